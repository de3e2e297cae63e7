"""Reads what `clove export --to safetensors` writes: float32 under PyTorch's names, gates i, f, g, o.

    weights, words = read("model.safetensors")
    lstm.load_state_dict({k[5:]: torch.tensor(w) for k, w in weights.items() if k.startswith("lstm.")})
"""
import json
import numpy as np


def read(path):
    b = open(path, "rb").read()
    n = 8 + int.from_bytes(b[:8], "little")
    head = json.loads(b[8:n])
    words = head.pop("__metadata__")["clove.vocabulary"].split(" ")  # within one, \s is a space, \\ a backslash
    return {k: np.frombuffer(b[n:][slice(*e["data_offsets"])], {"F32": "<f4"}[e["dtype"]]).reshape(e["shape"]) for k, e in head.items()}, words


def logits(w, ids):  # of one text, each token the id of its word
    x, sigmoid = w["embedding.weight"][ids], lambda z: 1 / (1 + np.exp(-z))
    h = c = np.zeros(w["linear.weight"].shape[1], "f4")
    for x_t in x if "lstm.weight_hh_l0" in w else []:
        i, f, g, o = np.split(w["lstm.weight_ih_l0"] @ x_t + w["lstm.bias_ih_l0"] + w["lstm.weight_hh_l0"] @ h + w["lstm.bias_hh_l0"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return w["linear.weight"] @ (h if "lstm.weight_hh_l0" in w else x.mean(0)) + w["linear.bias"]
