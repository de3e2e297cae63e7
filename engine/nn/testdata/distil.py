#!/usr/bin/env python3
"""Makes distil.json: PyTorch's loss of knowledge distillation and its gradient.

    /usr/bin/python3 engine/nn/testdata/distil.py      (writes beside itself)

Made with Debian's python3-torch 1.13.0: (1 - a) cross_entropy(z, y) + a T^2 kl_div(log_softmax(z/T),
softmax(u/T)), the mean over the batch, autograd's gradient by z. One output is the pair (z, 0), of
which class 1 is z's.
"""
import json
import pathlib

import torch
from torch.nn import functional as F


def numbers(t):
    return [float(f"{x:.9g}") for x in t.detach().flatten().tolist()]


def case(B, K, T, a):
    torch.manual_seed(100 * K + int(10 * T))
    z = (torch.randn(B, K) * 3).requires_grad_()
    u = torch.randn(B, K) * 4
    y = torch.randint(0, max(K, 2), (B,))
    both, teacher, target = z, u, y
    if K == 1:
        zero = torch.zeros(B, 1)
        both, teacher, target = torch.cat([z, zero], 1), torch.cat([u, zero], 1), 1 - y
    hard = F.cross_entropy(both, target)
    soft = F.kl_div(F.log_softmax(both / T, 1), F.softmax(teacher / T, 1), reduction="batchmean")
    loss = (1 - a) * hard + a * T * T * soft
    loss.backward()
    return {"B": B, "K": K, "T": T, "Share": a, "Z": numbers(z), "U": numbers(u), "Y": y.tolist(),
            "Loss": loss.item(), "Gradient": numbers(z.grad)}


cases = [case(9, 1, 2.0, 0.9), case(9, 1, 1.0, 1.0), case(5, 1, 0.5, 0.25), case(7, 3, 4.0, 0.7), case(6, 5, 1.0, 0.0), case(6, 2, 20.0, 1.0)]
pathlib.Path(__file__).with_name("distil.json").write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
