#!/usr/bin/env python3
"""The weights of a model that Clove saved, under PyTorch's names, decoded to float32 (format.md).

    python3 read_clove.py MODEL.safetensors        lists them;  read(path) returns {name: array}
"""
import json
import sys

import numpy as np

TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "U8": "u1"}


def read(path):
    b = open(path, "rb").read()
    n = int.from_bytes(b[:8], "little")
    head = json.loads(b[8 : 8 + n])
    meta, t = head.pop("__metadata__"), {}
    for name, e in head.items():
        t[name] = np.frombuffer(b[8 + n :][slice(*e["data_offsets"])], TYPES[e["dtype"]]).reshape(e["shape"])
        if e["dtype"] == "BF16":
            t[name] = (t[name].astype("<u4") << 16).view("<f4")
    for name in [x for x in t if x.endswith(".huffman")]:
        t[name[:-8]] = inflate(t.pop(name))
    config, kinds = json.loads(meta["clove.config"]), json.loads(meta.get("clove.encodings", "{}"))
    bag, e, h, k = config["model"].get("kind") == "bag", config["model"]["embedding"], config["model"]["hidden"], config["outputs"]
    words = 2 + sum(c < 128 for c in t["vocabulary.lengths"]) if "vocabulary.lengths" in t else meta["clove.vocabulary"].count(" ") + 1
    shapes = {"embedding.weight": (words, e), "linear.weight": (k, e if bag else h), "linear.bias": (k,)}
    if not bag:
        shapes |= {"lstm.weight_ih_l0": (4 * h, e), "lstm.weight_hh_l0": (4 * h, h), "lstm.bias_ih_l0": (4 * h,), "lstm.bias_hh_l0": (4 * h,)}
    out = {}
    for name, shape in shapes.items():
        told = ("sparse " if name + ".bitmap" in t else "") + ("int8" if name in t and t[name].dtype == "i1" else "f32")
        out[name] = decode(t, kinds.get(name, told).split(" "), name, *(shape if len(shape) > 1 else (1, *shape))).astype("<f4").reshape(shape)
    return out


def decode(t, kind, name, rows, cols):
    base, *options = kind.pop(0).split("/")
    word, digits = base.rstrip("0123456789"), int("0" + base.lstrip("abcdefghijklmnopqrstuvwxyz"))
    scale = t.get(name + ".scale")
    if word in ("f", "bf"):
        return t[name].reshape(rows, cols)
    if word == "huffman":
        return decode(t, kind, name, rows, cols)
    if word == "sparse":
        mask, out = np.unpackbits(t[name + ".bitmap"], bitorder="little")[: rows * cols] > 0, np.zeros(rows * cols, "f4")
        row = np.flatnonzero(mask) // cols
        if kind[0] == "int8":
            out[mask] = scale[row] * np.subtract(t[name], t[name + ".zero"][row], dtype="f4")
        else:
            out[mask] = decode(t, kind, name, 1, len(row))[0]
        return out.reshape(rows, cols)
    if word == "int":
        q = t[name].reshape(rows, cols).astype(int) if digits == 8 else codes(t[name], rows, cols, 4) - 8
        z = np.zeros(scale.size, int)
        if "sym" not in options:
            z = t[name + ".zero"].astype(int) if digits == 8 else codes(t[name + ".zero"], 1, scale.size, 4)[0] - 8
        group = next((int(o[5:]) for o in options if o.startswith("group")), max(cols, 1))
        r, c = np.indices((rows, cols))
        at = r * -(-cols // group) + c // group
        at = at * 0 if "tensor" in options else r // (rows // 4) if "gate" in options else at
        return scale.astype("f4").ravel()[at] * (q - z[at]).astype("f4")
    if word in ("binary", "sign"):
        return (codes(t[name], rows, cols, 1) * 2 - 1) * (1 if scale is None else scale.astype("f4")[:, None])
    if word == "ternary":
        return np.array([0, 1, 0, -1], "f4")[codes(t[name], rows, cols, 2)] * scale.astype("f4")[:, None]
    if word == "cluster":
        return t[name + ".codebook"][codes(t[name], rows, cols, digits)]
    if word == "pq":
        sub = next(int(o[3:]) for o in options if o.startswith("sub"))
        book = decode(t, kind, name + ".codebook", 1 << digits, cols)
        at = codes(t[name + ".codes"], rows, -(-cols // sub), digits)[:, np.arange(cols) // sub]
        norm = decode(t, kind, name + ".norm", 1, rows).astype("f4").reshape(rows, 1) if "norm" in options else 1
        return book[at, np.arange(cols)] * norm
    if word == "lowrank":
        u = decode(t, kind, name + ".u", rows, digits)
        return u.astype("f4") @ decode(t, kind, name + ".v", digits, cols).astype("f4")
    raise ValueError(f"{name} is stored as {base}, which this reader does not know")


def places(cols, bits):
    """Of each plane's blocks: their codes, the byte of each, its bits there, their number, and what they are worth."""
    at = shift = 0
    for w in [w for w in (8, 4, 2, 1) if bits & w]:
        for i in range(0, cols, 128 // w):
            k = np.arange(min(128 // w, cols - i))
            size = (len(k) * w + 7) // 8
            yield slice(i, i + len(k)), at + k % size, k // size * w, w, shift
            at += size
        shift += w


def codes(b, rows, cols, bits):
    b, out = np.asarray(b).reshape(rows, -1).astype(int), np.zeros((rows, cols), int)
    for to, byte, bit, w, shift in places(cols, bits):
        out[:, to] |= (b[:, byte] >> bit & (1 << w) - 1) << shift
    return out


def inflate(b):
    b = bytes(b)
    kind, bits, dims = b[:3]
    *shape, cols = np.frombuffer(b[3 : 7 + 4 * dims], "<u4").tolist()
    table, symbols = b[7 + 4 * dims :], 1 << (bits or 8)
    length = [table[s // 2] >> s % 2 * 4 & 15 for s in range(symbols)]
    stream, total = "".join(f"{x:08b}" for x in table[symbols // 2 :]), int(np.prod(shape))
    book, code, at, out, seen = {}, 0, 0, [], 0
    for n in range(1, 16):
        for s in [s for s in range(symbols) if length[s] == n]:
            book[f"{code:0{n}b}"] = s
            code += 1
        code <<= 1
    rows = shape[0] if dims == 2 else 1
    while seen < (rows * cols if bits else 8 * total):
        n = next(n for n in range(1, 16) if stream[at : at + n] in book)
        out.append(book[stream[at : at + n]])
        at, seen = at + n, seen + (1 if bits else out[-1] + (out[-1] < 255))
    if bits == 0:
        marks = np.cumsum([g + (g < 255) for g in out]) - 1
        mask = np.zeros(8 * total + 1, "u1")
        mask[[m for m, g in zip(marks, out) if g < 255]] = 1
        return np.packbits(mask[:-1], bitorder="little")
    packed, q = np.zeros((rows, total // rows if rows else 0), int), np.array(out, int).reshape(rows, cols)
    for to, byte, bit, w, shift in places(cols, bits):
        np.bitwise_or.at(packed, (slice(None), byte), (q[:, to] >> shift & (1 << w) - 1) << bit)
    return packed.astype("u1").view(["u1", "i1"][kind]).reshape(shape)


if __name__ == "__main__":
    for name, w in read(sys.argv[1]).items():
        print(f"{name:18} {str(list(w.shape)):14} mean {w.mean():+.6f}  deviation {w.std():.6f}")
