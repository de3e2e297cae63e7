#!/usr/bin/env python3
"""Makes prune.json: the masks of torch.nn.utils.prune.global_unstructured.

    python3 golden.py        (Debian's python3-torch; writes beside itself)
"""
import json
import pathlib

import torch
from torch.nn.utils import prune

torch.manual_seed(20261125)


def case(share, shapes):
    holders = []
    for shape in shapes:
        module = torch.nn.Module()
        module.weight = torch.nn.Parameter(torch.randn(*shape) * 0.2)
        holders.append(module)
    groups = [m.weight.detach().flatten().tolist() for m in holders]
    prune.global_unstructured([(m, "weight") for m in holders], prune.L1Unstructured, amount=share)
    kept = [m.weight_mask.flatten().int().tolist() for m in holders]
    return {"Share": share, "Groups": groups, "Kept": kept}


cases = [
    case(0.8, [(10, 8), (1, 6), (24, 6), (24, 8)]),
    case(0.5, [(7, 5), (3, 3)]),
    case(0.05, [(9, 9)]),
    case(0.99, [(20, 5), (2, 10)]),
]
out = pathlib.Path(__file__).with_name("prune.json")
out.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
