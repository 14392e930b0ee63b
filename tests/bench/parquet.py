"""Writes returns of 100 strategies on 250,000 days, 200 MB of Parquet without a pattern: the file that figure Q9 times.

    python3 tests/bench/parquet.py returns.parquet
"""

import sys
from datetime import date, timedelta

import numpy as np
import polars as pl

STRATEGIES, DAYS = 100, 250_000

random = np.random.default_rng(7)
first = date(1600, 1, 1)
columns = {"date": [first + timedelta(days=day) for day in range(DAYS)]}
columns |= {f"s{i}": random.normal(0.0004, 0.01, DAYS) for i in range(STRATEGIES)}
pl.DataFrame(columns).write_parquet(sys.argv[1])
