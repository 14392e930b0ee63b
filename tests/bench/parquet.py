"""Writes returns of 100 strategies in 250,000 hours, 200 MB of Parquet without a pattern: the file that figure Q9 times.

    python3 tests/bench/parquet.py returns.parquet
"""

import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl

STRATEGIES, HOURS = 100, 250_000

random = np.random.default_rng(7)
first = datetime(1997, 1, 1)
columns = {"date": [first + timedelta(hours=hour) for hour in range(HOURS)]}
columns |= {f"s{i}": random.normal(0.0004, 0.01, HOURS) for i in range(STRATEGIES)}
pl.DataFrame(columns).write_parquet(sys.argv[1])
