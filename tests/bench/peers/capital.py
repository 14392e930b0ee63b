"""Minimum variance, long only, by Clarabel called directly, on the covariances of allocator-core/benches/optimise.rs.

Run by `cargo xtask bench`, or alone.
"""

import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment

environment.enter("numpy==2.2.6", "scipy==1.15.3", "clarabel==0.11.1")

import clarabel
import numpy as np
import workload
from scipy import sparse

DAYS = 1000


def number(index):
    return workload.uniform(np.asarray(index)) - 0.5


def covariance(n):
    days = np.arange(DAYS)[:, None]
    names = np.arange(n)[None, :]
    factors = sum(number((days * (n + 3) + f) * 2) * number(7_000_003 + names * 3 + f) for f in range(3))
    size = 0.0025 + 0.028 * (number(9_000_001 + names) + 0.5)
    return np.cov(size * (2.0 * factors + 2.5 * number((days * (n + 3) + 3 + names) * 2)) + 0.0004, rowvar=False)


def solve(matrix):
    n = len(matrix)
    form = sparse.triu(sparse.csc_matrix(matrix)).tocsc()
    rows = sparse.vstack([np.ones((1, n)), -sparse.identity(n)]).tocsc()
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    limits = np.concatenate([[1.0], np.zeros(n)])
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(n)]
    return np.array(clarabel.DefaultSolver(form, np.zeros(n), rows, limits, cones, settings).solve().x)


for n in (10, 50, 200, 500):
    matrix = covariance(n)
    weights = solve(matrix)
    times = []
    for _ in range(9):
        before = time.perf_counter()
        solve(matrix)
        times.append(time.perf_counter() - before)
    print(
        f"clarabel {n:4}: median {1e3 * statistics.median(times):8.3f} ms, least {1e3 * min(times):8.3f} ms, "
        f"lowest weight {weights.min():.1e}, sum off by {abs(weights.sum() - 1):.1e}"
    )
