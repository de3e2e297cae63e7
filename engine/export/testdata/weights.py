# Answers as JSON what docs/read_weights.py reads: [{file, ids: [[id, …], …]}] on standard input.
import json
import sys

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, "../../docs")
import read_weights  # noqa: E402

answers = []
for q in json.load(sys.stdin):
    weights, words = read_weights.read(q["file"])
    answers.append({
        "sums": {k: float((w.astype(float).ravel() * (np.arange(w.size) % 7)).sum()) for k, w in weights.items()},
        "words": words,
        "logits": np.concatenate([read_weights.logits(weights, ids) for ids in q["ids"]]).tolist(),
    })
json.dump(answers, sys.stdout)
