#!/usr/bin/env python3
"""Makes quantize.json: what PyTorch's per-channel affine quantizer gives.

    python3 golden.py        (Debian's python3-torch; writes beside itself)

The scale and zero point are those of PyTorch's per-channel min-max observer with
quint8's 255 steps shifted to int8, which is the formula in int8.go; the codes and the
decoded values are torch.quantize_per_channel's.
"""
import json
import pathlib

import torch
from torch.ao.quantization.observer import PerChannelMinMaxObserver


def case(name, w):
    observer = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.qint8, qscheme=torch.per_channel_affine, eps=2.0**-126)
    observer(w)
    scale, zero = observer.calculate_qparams()
    q = torch.quantize_per_channel(w, scale.double(), zero, 0, torch.qint8)
    return {
        "Name": name,
        "Rows": w.shape[0],
        "Cols": w.shape[1],
        "W": w.flatten().tolist(),
        "Scale": scale.tolist(),
        "Zero": zero.tolist(),
        "Codes": q.int_repr().flatten().tolist(),
        "Decoded": q.dequantize().flatten().tolist(),
    }


torch.manual_seed(20261125)
cases = [
    case("normal", torch.randn(8, 24) * 0.1),
    case("uniform, as an LSTM begins", (torch.rand(8, 16) * 2 - 1) / 8),
    case("all of one sign", torch.rand(6, 12) + 0.5),
    case("all below 0", -torch.rand(6, 12) - 0.01),
    case("an outlier", torch.cat([torch.randn(4, 15) * 0.01, torch.full((4, 1), 3.0)], 1)),
]
out = pathlib.Path(__file__).with_name("quantize.json")
out.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
