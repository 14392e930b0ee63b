"""Rank aggregation under a cap of 40 % in numpy and polars, timed, and compared with the allocator where it is built.

The peers do less: no checks of the input, no explanation, no digest. Run by `cargo xtask bench`, or alone.
"""

import json
import pathlib
import platform
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment

environment.enter("numpy==2.2.6", "polars==1.35.2")

import numpy as np
import polars as pl
import workload

CAP = 0.40


def fill(weights, cap):
    """Progressive water-filling of `weights`, which sum to 1, under one cap."""
    placed, open_ = np.zeros_like(weights), weights > 0
    while open_.any():
        grown = weights * (1.0 - placed[~open_].sum()) / weights[open_].sum()
        over = open_ & (grown > cap)
        if not over.any():
            placed[open_] = grown[open_]
            break
        placed[over], open_ = cap, open_ & ~over
    return placed


def numpy_blend(scores, weights):
    """From dense matrices to the weights of all symbols and who stands behind them, as a matrix of truth values."""
    count = len(scores)
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    dense = np.concatenate([np.ones((count, 1)), 1 + np.cumsum(np.diff(ordered, axis=1) != 0, axis=1)], axis=1)
    ranks = np.empty_like(scores)
    np.put_along_axis(ranks, order, dense, axis=1)
    takes = ~np.isnan(scores) & (weights != 0)
    shares = np.where(takes, np.sign(weights) / ranks, 0.0)
    shares /= np.abs(shares).sum(axis=1, keepdims=True)
    strategy = fill(np.full(count, 1.0 / count), CAP)
    return strategy @ shares, takes


def polars_blend(frames):
    """From one frame for each strategy to a frame of symbol, weight and contributing strategies."""
    rows = pl.concat([frame.with_columns(strategy=pl.lit(name)) for name, frame in frames.items()])
    conviction = pl.col("score") * pl.col("weight").sign()
    worth = pl.col("weight").sign() / pl.col("conviction").rank("dense", descending=True).over("strategy")
    rows = rows.filter(pl.col("weight") != 0).with_columns(conviction=conviction).with_columns(worth=worth)
    rows = rows.with_columns(share=pl.col("worth") / pl.col("worth").abs().sum().over("strategy"))
    names = sorted(frames)
    caps = pl.DataFrame({"strategy": names, "part": fill(np.full(len(names), 1.0 / len(names)), CAP)})
    rows = rows.join(caps, on="strategy")
    blended = rows.group_by("symbol").agg(
        final_weight=(pl.col("share") * pl.col("part")).sum(), contributing_strategies=pl.col("strategy").sort()
    )
    return blended.sort(pl.col("final_weight").abs(), "symbol", descending=[True, False])


def median(work, seconds=3.0):
    work()
    times, start = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return statistics.median(times), min(times)


def allocator(root, frames):
    """The weights as the allocator answers them, or None where it is not built."""
    for profile in ("release", "debug"):
        program = root / "target" / profile / "allocator"
        if program.exists():
            table = {name: frame.to_dict(as_series=False) for name, frame in frames.items()}
            request = json.dumps({"version": 1, "signals": table}).encode()
            answer = subprocess.run([program, "blend", "--in", "-"], input=request, capture_output=True, check=True).stdout
            return {row["symbol"]: row["final_weight"] for row in json.loads(answer)["weights"]}
    return None


def main(root):
    print(f"python {platform.python_version()}, numpy {np.__version__}, polars {pl.__version__}, one thread")
    for strategies, symbols in [(10, 100), (50, 5_000)]:
        scores, weights = workload.signals(strategies, symbols)
        names = np.array([f"SYM{symbol:05d}" for symbol in range(symbols)])
        frames = {}
        for s in range(strategies):
            here = ~np.isnan(scores[s])
            frames[f"s{s:02d}"] = pl.DataFrame({"symbol": names[here], "score": scores[s][here], "weight": weights[s][here]})
        by_numpy, _ = numpy_blend(scores, weights)
        by_polars = dict(polars_blend(frames).select("symbol", "final_weight").iter_rows())
        assert all(abs(by_polars[name] - weight) < 1e-12 for name, weight in zip(names, by_numpy)), "the peers disagree"
        ours = allocator(root, frames)
        if ours is None:
            print("the allocator is not built: not compared")
        else:
            print(f"{strategies}x{symbols}: largest difference to the allocator {max(abs(ours[n] - w) for n, w in zip(names, by_numpy)):.1e}")
        for name, work in [("numpy", lambda: numpy_blend(scores, weights)), ("polars", lambda: polars_blend(frames))]:
            middle, least = median(work)
            print(f"blend {strategies}x{symbols} {name:7} median {middle * 1e3:9.3f} ms, least {least * 1e3:9.3f} ms")


if __name__ == "__main__":
    main(environment.ROOT)
