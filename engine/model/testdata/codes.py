#!/usr/bin/env python3
"""Makes codes.json: PyTorch's codes for a million weights, of 8 and 4 bits, affine and
symmetric, a scale for the tensor, a gate, a row, and 32 neighbours.

    python3 codes.py        (Debian's python3-torch 1.13; writes beside itself)

Scales and zero points are those of PyTorch's min-max observers (of groups with the scale
rounded to float16), codes those of torch.quantize_per_tensor and quantize_per_channel.
PyTorch multiplies by 1/scale in float32; where that gives another code than the division
in float64, the place is listed. Else the hashes tell.
"""
import hashlib
import json
import pathlib

import numpy as np
import torch
from torch.ao.quantization.observer import PerChannelMinMaxObserver

ROWS, COLS = 1024, 1024


def weights():
    x = np.arange(ROWS * COLS, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(0x9E3779B9)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    f = x.view(np.int32).astype(np.float32) * np.float32(2.0**-31)
    return f * f * f


def sha(*arrays):
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()


def case(bits, symmetric, per, n):
    w = torch.from_numpy(weights().reshape(n, -1))
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    scheme = torch.per_channel_symmetric if symmetric else torch.per_channel_affine
    observer = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.qint8, qscheme=scheme, quant_min=low, quant_max=high, eps=2.0**-126)
    observer(w)
    scale, zero = observer.calculate_qparams()
    if per == "group32":
        scale = scale.half().float()
        if not symmetric:
            zero = torch.clamp(low - torch.round(torch.clamp(w.min(1).values, max=0) / scale), low, high).long()
    if n == 1:
        q = torch.quantize_per_tensor(w, scale.item(), int(zero.item()), torch.qint8)
    else:
        q = torch.quantize_per_channel(w, scale.double(), zero, 0, torch.qint8)
    q = torch.clamp(q.int_repr(), low, high).numpy()
    s, z = scale.numpy().astype(np.float32), zero.numpy().astype(np.int8)
    exact = np.rint(w.numpy().astype(np.float64) / s.astype(np.float64)[:, None]) + z[:, None]
    exact = np.clip(exact, low, high).astype(np.int8)
    at = np.flatnonzero(q.ravel() != exact.ravel())
    return {
        "Bits": bits, "Symmetric": symmetric, "Per": per,
        "Scales": sha(s, z), "Codes": sha(q),
        "Other": [[int(i), int(q.ravel()[i])] for i in at],
    }


cases = [
    case(bits, symmetric, per, n)
    for bits in (8, 4)
    for symmetric in (False, True)
    for per, n in (("tensor", 1), ("gate", 4), ("row", ROWS), ("group32", ROWS * COLS // 32))
]
out = pathlib.Path(__file__).with_name("codes.json")
out.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
