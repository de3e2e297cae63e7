"""Gemm of workload W: Clove beside OpenBLAS, one thread, turn by turn.

    /usr/bin/python3 e2e/peers/gemm.py [--rounds 7] [--json]

Needs Go, Debian's python3-numpy and libopenblas0-pthread. OpenBLAS runs as each core type
that this processor can be; it often picks a slow one by itself. Both are given plain
matrices at each call, so packing is in it. A round asks each for every shape; the table
has the medians over rounds, in 10⁹ operations a second, and Clove's share of the
fastest core type's that has vectors as wide."""
import argparse, ctypes, ctypes.util, json, os, re, statistics, subprocess, sys, time

# name, transA, transB, m, n, k: wShapes of engine/tensor/bench_test.go.
SHAPES = [
    (f"{size}/{name}", a, b, m * (1 if k_rows else times), n, k * (times if k_rows else 1))
    for size, shapes in {
        "small": [("projection", 0, 1, 1024, 256, 64, 0), ("dX", 0, 0, 1024, 64, 256, 0),
                  ("dW", 1, 0, 256, 64, 1024, 1), ("step", 0, 1, 8, 256, 64, 0)],
        "medium": [("projection", 0, 1, 1024, 512, 100, 0), ("dX", 0, 0, 1024, 100, 512, 0),
                   ("dW_ih", 1, 0, 512, 100, 1024, 1), ("dW_hh", 1, 0, 512, 128, 1024, 1), ("step", 0, 1, 8, 512, 128, 0)],
    }.items()
    for times in (1, 4)
    for shape in shapes
    for name, a, b, m, n, k, k_rows in [(shape[0] + ("-whole" if times == 4 else ""), *shape[1:])]
]
SECONDS = 0.04  # a shape's turn


def blas():
    """All shapes by the OpenBLAS of this process, as JSON."""
    import numpy as np
    lib = ctypes.CDLL("libopenblas.so.0")
    lib.openblas_get_corename.restype = ctypes.c_char_p
    sgemm, i, f, p = lib.cblas_sgemm, ctypes.c_int, ctypes.c_float, ctypes.c_void_p
    sgemm.argtypes = [i, i, i, i, i, i, f, p, i, p, i, f, p, i]
    rates = {}
    for name, a, b, m, n, k in SHAPES:
        x, y = (np.random.default_rng(1).random(size, dtype=np.float32) * 2 - 1 for size in (m * k, k * n))
        z = np.zeros(m * n, np.float32)
        args = (101, 111 + a, 111 + b, m, n, k, 1.0, x.ctypes.data, m if a else k, y.ctypes.data, k if b else n, 0.0, z.ctypes.data, n)
        calls = max(1, int(2e7 / (2 * m * n * k)))
        sgemm(*args)
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < SECONDS:
            for _ in range(calls):
                sgemm(*args)
            count += calls
        rates[name] = 2 * m * n * k * count / took / 1e9
    print(json.dumps({"core": lib.openblas_get_corename().decode(), "rates": rates}))


def clove(binary):
    """The same by each of Clove's vector devices: device → shape → rate."""
    out = subprocess.run([binary, "-test.run", "^$", "-test.bench", "^BenchmarkGemm$/././^avx", "-test.benchtime", f"{SECONDS}s"],
                         check=True, capture_output=True, text=True, env=os.environ | {"GOMAXPROCS": "1"}).stdout
    rates = {}
    for shape, device, rate in re.findall(r"^BenchmarkGemm/(\S+)/([^\s/]+?)\s.*?([\d.]+) GFLOP/s", out, re.M):
        rates.setdefault(device, {})[shape] = float(rate)
    return rates


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--rounds", type=int, default=7)
    ask.add_argument("--json", action="store_true")
    ask.add_argument("--blas", action="store_true", help=argparse.SUPPRESS)
    asked = ask.parse_args()
    if asked.blas:
        return blas()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    binary = os.path.join(root, ".cache", "gemm.test")
    subprocess.run(["go", "test", "-c", "-o", binary, "./engine/tensor"], check=True, cwd=root)
    with open("/proc/cpuinfo") as f:
        cpu = f.read()
    cores = ["HASWELL", "ZEN"] + (["SKYLAKEX"] if " avx512f " in cpu else [])
    runs = {}  # who → shape → rates
    for _ in range(asked.rounds):
        turn = {}
        for core in cores:
            env = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": core}
            got = json.loads(subprocess.run([sys.executable, __file__, "--blas"], check=True, capture_output=True, text=True, env=env).stdout)
            turn["OpenBLAS " + got["core"]] = got["rates"]
        turn.update({"Clove " + device: rates for device, rates in clove(binary).items()})
        for who, rates in turn.items():
            for shape, rate in rates.items():
                runs.setdefault(who, {}).setdefault(shape, []).append(rate)
    medians = {who: {shape: statistics.median(all) for shape, all in shapes.items()} for who, shapes in runs.items()}
    name = re.search(r"model name\s*: (.*)", cpu)
    if asked.json:
        return print(json.dumps({"cpu": name and name[1], "gflops": medians}))
    print(name and name[1])
    for who in (w for w in medians if w.startswith("Clove")):
        print(f"\n{'':26}{who:>20}{'OpenBLAS':>10}  share")
        for shape, *_ in SHAPES:
            rivals = [w for w in medians if w.startswith("OpenBLAS") and ("avx512" in who or "Skylake" not in w)]
            core, best = max(((w, medians[w][shape]) for w in rivals), key=lambda x: x[1])
            rate = medians[who][shape]
            print(f"{shape:26}{rate:20.1f}{best:10.1f}{rate / best:7.2f}  {core.split()[1]}")


main()
