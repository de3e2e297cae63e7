#!/usr/bin/env python3
"""Golden numbers of PyTorch for engine/nn and engine/optim.

    /usr/bin/python3 engine/nn/testdata/golden.py > engine/nn/testdata/golden.json

Made with Debian's python3-torch 1.13.0. Embedding -> LSTM over packed sequences
-> Dropout -> Linear -> BCE with logits (K = 1) or cross-entropy (K = 3), and
20 steps of torch.optim.Adam under clip_grad_norm_ and a linear schedule. Dropout
is left out (its draws are ours); variable lengths, the forget bias and an
untrained padding row are in.
"""
import json
import torch

V, E, H, B, T, STEPS = 17, 5, 6, 7, 9, 20
RATE, CLIP = 0.02, 0.25


def numbers(t):
    return [float(f"{x:.9g}") for x in t.detach().flatten().tolist()]


def case(K):
    torch.manual_seed(7 + K)
    emb = torch.nn.Embedding(V, E, padding_idx=0)
    lstm = torch.nn.LSTM(E, H, batch_first=True)
    lin = torch.nn.Linear(H, K)
    with torch.no_grad():
        lstm.bias_ih_l0[H:2 * H] += 1.0  # forget gate
    named = {"embedding.weight": emb.weight,
             **{"lstm." + n: p for n, p in lstm.named_parameters()},
             **{"linear." + n: p for n, p in lin.named_parameters()}}
    params = [named[n] for n in sorted(named)]
    initial = {n: numbers(p) for n, p in named.items()}
    opt = torch.optim.Adam(params, lr=RATE)

    steps = []
    for step in range(STEPS):
        lengths = torch.randint(1, T + 1, (B,))
        lengths[step % B] = T
        ids = torch.randint(1, V, (B, T))
        for i, n in enumerate(lengths):
            ids[i, n:] = 0
        targets = torch.randint(0, max(K, 2), (B,))

        packed = torch.nn.utils.rnn.pack_padded_sequence(
            emb(ids), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = lstm(packed)
        logits = lin(h[0])
        if K == 1:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())
        else:
            loss = torch.nn.functional.cross_entropy(logits, targets)
        opt.zero_grad()
        loss.backward()
        one = {"ids": ids.flatten().tolist(), "lengths": lengths.tolist(), "targets": targets.tolist(),
               "loss": loss.item()}
        if step == 0:
            one["logits"] = numbers(logits)
            one["grads"] = {n: numbers(p.grad) for n, p in named.items()}
        one["norm"] = float(torch.nn.utils.clip_grad_norm_(params, CLIP))
        for g in opt.param_groups:
            g["lr"] = RATE * (1 - step / STEPS)
        opt.step()
        steps.append(one)
    return {"v": V, "e": E, "h": H, "k": K, "b": B, "t": T, "rate": RATE, "clip": CLIP,
            "initial": initial, "steps": steps, "final": {n: numbers(p) for n, p in named.items()}}


print(json.dumps({"torch": torch.__version__, "cases": [case(1), case(3)]}, separators=(",", ":")))
