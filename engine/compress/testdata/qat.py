#!/usr/bin/env python3
"""Makes qat.json: what PyTorch fake-quantises weights to in training, and the gradient that
goes through.

    /usr/bin/python3 engine/compress/testdata/qat.py      (writes beside itself)

Made with Debian's python3-torch 1.13.0: scales of PerChannelMinMaxObserver, of groups rounded to
float16, then torch.fake_quantize_per_channel_affine and its autograd. Weights are k/10⁷, codes
are told, and a row has an outlier.
"""
import json
import pathlib

import torch
from torch.ao.quantization.observer import PerChannelMinMaxObserver

ROWS, COLS = 12, 64


def case(bits, symmetric, group):
    torch.manual_seed(bits + group)
    k = torch.randint(-7000000, 7000000, (ROWS, COLS))
    k[3, 5] = 50000000
    w = (k.double() / 1e7).float().reshape(-1, group or COLS)
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    scheme = torch.per_channel_symmetric if symmetric else torch.per_channel_affine
    o = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.qint8, qscheme=scheme, quant_min=low, quant_max=high, eps=2.0**-126)
    o(w)
    scale, zero = o.calculate_qparams()
    if group:
        scale = scale.half().float()
        if not symmetric:
            zero = torch.clamp(low - torch.round(torch.clamp(w.min(1).values, max=0) / scale), low, high).int()
    w.requires_grad_()
    out = torch.fake_quantize_per_channel_affine(w, scale, zero.int(), 0, low, high)
    out.sum().backward()
    codes = torch.round(out / scale[:, None]).int() + zero[:, None].int()
    return {"Bits": bits, "Symmetric": symmetric, "Group": group, "Rows": ROWS, "Cols": COLS, "K": k.flatten().tolist(),
            "Codes": codes.flatten().tolist(), "Pass": w.grad.int().flatten().tolist()}


cases = [case(b, s, g) for b in (8, 4) for s in (False, True) for g in (0, 32)]
pathlib.Path(__file__).with_name("qat.json").write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
