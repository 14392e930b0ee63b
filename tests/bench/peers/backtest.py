"""Ten years of monthly target weights over the sample prices in bt and vectorbt, timed, and held against the allocator's backtest.

All three trade the same fractions of value at the same closes with ten basis points of commission. The peers do less: no decisions one bar
before execution, no attribution, no digest. Run by `cargo xtask bench`, or alone; the allocator must be built (best: `cargo build --release`).
"""

import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment

environment.enter("bt==1.1.2", "vectorbt==0.28.0", "pandas==2.3.3")

import bt
import numpy as np
import pandas as pd
import vectorbt as vbt

COST = 0.001
MONEY = 1_000_000.0


def targets(prices):
    """A third each in the three symbols that rose most over 252 bars, decided at the first bar of every month and carried out at the next.

    Answers the weights by the bar of execution, and the bar before each, which is when the allocator is told of them.
    """
    rose = prices / prices.shift(252) - 1.0
    first = prices.index.to_series().groupby(prices.index.to_period("M")).first()
    bars = [prices.index.get_loc(day) for day in first]
    bars = [bar for bar in bars if bar >= 252 and bar + 2 < len(prices)]
    rows, told = {}, {}
    for bar in bars:
        best = rose.iloc[bar].nlargest(3).index
        row = pd.Series(0.0, prices.columns)
        row[best] = 1.0 / 3.0
        rows[prices.index[bar + 1]], told[prices.index[bar]] = row, row
    return pd.DataFrame(rows).T, pd.DataFrame(told).T


def by_bt(prices, weights):
    algos = [bt.algos.RunOnDate(*weights.index), bt.algos.WeighTarget(weights), bt.algos.Rebalance()]
    test = bt.Backtest(
        bt.Strategy("peer", algos),
        prices,
        initial_capital=MONEY,
        commissions=lambda quantity, price: abs(quantity) * price * COST,
        integer_positions=False,
        progress_bar=False,
    )
    test.run()
    return test.strategy.values.iloc[-1]


def by_vectorbt(prices, weights):
    portfolio = vbt.Portfolio.from_orders(
        prices,
        size=weights.reindex(prices.index),
        size_type="targetpercent",
        group_by=True,
        cash_sharing=True,
        call_seq="auto",
        fees=COST,
        init_cash=MONEY,
        freq="1D",
    )
    return portfolio.value().iloc[-1]


def median(work, seconds=3.0):
    work()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return statistics.median(times), min(times)


def allocator(root, told):
    """The final value as the allocator answers it and the time of the whole program, or None where it is not built."""
    for profile in ("release", "debug"):
        program = root / "target" / profile / "allocator"
        if not program.exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            weights = pathlib.Path(folder) / "peer.csv"
            told.rename_axis("date").to_csv(weights)
            settings = [f"cost_rate={COST}", f"initial_value={MONEY}"]
            command = [program, "backtest", "--prices", root / "docs" / "samples" / "prices.csv", "--weights", weights]
            command += [word for setting in settings for word in ("--set", setting)]
            answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            work = lambda: subprocess.run(command, capture_output=True, check=True)
            return profile, answer["summary"]["final_value"], median(work)
    return None


def main(root):
    prices = pd.read_csv(root / "docs" / "samples" / "prices.csv", index_col="date", parse_dates=True)
    weights, told = targets(prices)
    print(f"python {platform.python_version()}, bt {bt.__version__}, vectorbt {vbt.__version__}, numpy {np.__version__}, one thread")
    print(f"{len(prices)} bars, {len(prices.columns)} symbols, {len(weights)} rebalances")
    ours = allocator(root, told)
    if ours is None:
        print("the allocator is not built: not compared")
    else:
        profile, value, (middle, least) = ours
        print(f"allocator ({profile}, whole program with reading) final {value:14.2f} median {middle * 1e3:9.3f} ms, least {least * 1e3:9.3f} ms")
    for name, work in [("bt", lambda: by_bt(prices, weights)), ("vectorbt", lambda: by_vectorbt(prices, weights))]:
        value = work()
        middle, least = median(work)
        apart = "" if ours is None else f", {value / ours[1] - 1.0:+.1e} beside the allocator"
        print(f"{name:9} final {value:14.2f}{apart} median {middle * 1e3:9.3f} ms, least {least * 1e3:9.3f} ms")


if __name__ == "__main__":
    main(environment.ROOT)
