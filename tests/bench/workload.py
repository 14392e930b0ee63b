"""The numbers of allocator-core/benches/workload: splitmix64 by counting, so that all work on the same."""

import numpy as np

NAMED = 0.7


def uniform(counters):
    with np.errstate(over="ignore"):
        z = (counters.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53


def signals(strategies, symbols):
    """Arrays (strategies × symbols) of scores and weights; NaN where a strategy does not name a symbol."""
    first = 3 * np.arange(strategies * symbols).reshape(strategies, symbols)
    named = uniform(first) < NAMED
    return np.where(named, 2.0 * uniform(first + 1) - 1.0, np.nan), np.where(named, uniform(first + 2), np.nan)


def returns(n, days=1_000):
    """Returns of n strategies, one column each: three factors that all share, and noise of their own."""
    day, strategy = np.arange(days)[:, None], np.arange(n)[None, :]

    def number(index):
        return uniform(np.asarray(index)) - 0.5

    factors = sum(number((day * (n + 3) + f) * 2) * number(7_000_003 + strategy * 3 + f) for f in range(3))
    size = 0.0025 + 0.028 * (number(9_000_001 + strategy) + 0.5)
    return size * (2.0 * factors + 2.5 * number((day * (n + 3) + 3 + strategy) * 2)) + 0.0004
