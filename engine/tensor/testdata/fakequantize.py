#!/usr/bin/env python3
"""Golden numbers of PyTorch for Device.FakeQuantize.

    /usr/bin/python3 engine/tensor/testdata/fakequantize.py > engine/tensor/testdata/fakequantize.json

Made with Debian's python3-torch 1.13.0: torch.fake_quantize_per_channel_affine of
rows, and the gradient that it lets through. Ties, both ends of the codes and what
lies beyond them are in; not what no int64 holds, NaN and infinities, of which
PyTorch makes the last code on the wrong side.
"""
import json
import torch


def numbers(t):
    return [float(f"{x:.9g}") for x in t.detach().flatten().tolist()]


def case(lo, hi, rows, n):
    torch.manual_seed(1000 * rows + n)
    scale = torch.rand(rows) * 0.05 + 0.001
    zero = torch.randint(lo, hi + 1, (rows,), dtype=torch.int32)
    x = torch.randn(rows, n) * scale[:, None] * (hi - lo)
    x[:, 0] = 0
    x[:, 1] = 2.5 * scale        # a tie, or what float32 makes of it
    x[:, 2] = (hi - zero) * scale  # the last code
    x[:, 3] = (lo - zero) * scale
    x[:, 4] = 1e9
    x[:, 5] = -(hi - zero + 1) * scale
    x.requires_grad_()
    out = torch.fake_quantize_per_channel_affine(x, scale, zero, 0, lo, hi)
    out.sum().backward()
    return {"rows": rows, "n": n, "lo": lo, "hi": hi, "scale": numbers(scale), "zero": zero.tolist(),
            "x": numbers(x), "out": numbers(out), "pass": [int(v) for v in x.grad.flatten().tolist()]}


print(json.dumps([case(-128, 127, 3, 37), case(0, 15, 2, 21), case(-1, 1, 4, 10)], separators=(",", ":")))
