"""OpenBLAS's sgemm on the products of workload W, named as clove bench names them

C [m, n] = A [m, k] · B [k, n], A or B transposed where it says so. Threads and kernels
are the environment's.
"""
import ctypes
import json
import statistics
import time

SHAPES = [  # name, A transposed, B transposed, m, n, k
    ("small projection", False, True, 1024, 256, 64),
    ("small dX", False, False, 1024, 64, 256),
    ("small dW", True, False, 256, 64, 1024),
    ("medium projection", False, True, 1024, 512, 100),
    ("medium dX", False, False, 1024, 100, 512),
    ("medium dW_ih", True, False, 512, 100, 1024),
    ("medium dW_hh", True, False, 512, 128, 1016),
]
ROW, PLAIN, TRANSPOSED = 101, 111, 112
blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_get_corename.restype = blas.openblas_get_config.restype = ctypes.c_char_p
floats = lambda n: (ctypes.c_float * n)(*([0.5, -0.25, 0.125, 1.0, -0.75] * (n // 5 + 1))[:n])


def gops(ta, tb, m, n, k, seconds=0.4):
    """The median of 10⁹ multiplications and additions a second; alpha 1, beta 0."""
    a, b, c = floats(m * k), floats(k * n), floats(m * n)
    lda, ldb = (m if ta else k), (k if tb else n)
    call = lambda: blas.cblas_sgemm(
        ROW, TRANSPOSED if ta else PLAIN, TRANSPOSED if tb else PLAIN, m, n, k,
        ctypes.c_float(1), a, lda, b, ldb, ctypes.c_float(0), c, n)
    for _ in range(3):
        call()
    took, began = [], time.perf_counter()
    while time.perf_counter() - began < seconds:
        t = time.perf_counter()
        call()
        took.append(time.perf_counter() - t)
    return 2e-9 * m * n * k / statistics.median(took)


print(json.dumps({
    "version": blas.openblas_get_config().decode().split()[1], "kernels": blas.openblas_get_corename().decode(),
    "gops": {name: gops(*shape) for name, *shape in SHAPES},
}))
