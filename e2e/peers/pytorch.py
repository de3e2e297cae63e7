"""PyTorch on workload W, as w.mjs has it: pytorch.py SIZE THREADS

The BLAS beneath takes its threads and its kernels from the environment
(OPENBLAS_NUM_THREADS, OPENBLAS_CORETYPE), which peers.mjs sets. Set up as PyTorch's
tuning guide says: gradients set to none, inference_mode, denormals flushed.
"""
import json
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn

V, T, B = 10_000, 128, 32
E, H = {"small": (64, 64), "medium": (100, 128)}[sys.argv[1]]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.lstm, self.head = nn.Embedding(V, E), nn.LSTM(E, H, batch_first=True), nn.Linear(H, 1)

    def forward(self, ids):
        _, (h, _) = self.lstm(self.embedding(ids))
        return self.head(h[-1])


def timed(f, seconds=2.0):
    """The median time of f, and how often it was called."""
    for _ in range(5):
        f()
    took, began = [], time.perf_counter()
    while time.perf_counter() - began < seconds or len(took) < 5:
        t = time.perf_counter()
        f()
        took.append(time.perf_counter() - t)
    return statistics.median(took), len(took)


def right():
    """Some kernels of an old OpenBLAS compute wrong on a new processor: no peer, then."""
    r = np.random.default_rng(0)
    a, b = r.standard_normal((200, 130)), r.standard_normal((130, 170))
    return np.abs((torch.tensor(a, dtype=torch.float32) @ torch.tensor(b, dtype=torch.float32)).numpy() - a @ b).max() < 1e-3


torch.set_num_threads(int(sys.argv[2]))
torch.set_num_interop_threads(1)
torch.set_flush_denormal(True)
torch.manual_seed(0)
model = Model()
rng = np.random.default_rng(0)
ids, labels = torch.from_numpy(rng.integers(1, V, (B, T))), torch.from_numpy(rng.integers(0, 2, (B, 1)).astype(np.float32))
one = ids[:1].contiguous()
adam, loss = torch.optim.Adam(model.parameters(), lr=1e-3), nn.BCEWithLogitsLoss()


def step():
    adam.zero_grad(set_to_none=True)
    cost = loss(model(ids), labels)
    cost.backward()
    adam.step()
    return cost.item()


said = {"version": torch.__version__}
if not right():
    said["error"] = "a matrix product is wrong with these kernels"
else:
    took, calls = timed(step)
    said.update(train_seq_s=B / took, train_calls=calls)
    model.eval()
    with torch.inference_mode():
        for name, m in ("", model), ("int8_", torch.ao.quantization.quantize_dynamic(model, {nn.LSTM, nn.Linear}, dtype=torch.qint8)):
            took, calls = timed(lambda: m(ids))
            said.update({name + "infer_seq_s": B / took, name + "infer_calls": calls})
            took, calls = timed(lambda: m(one), 1.0)
            said.update({name + "latency_ms": 1000 * took, name + "latency_calls": calls})
    said["int8_engine"] = torch.backends.quantized.engine
print(json.dumps(said))
