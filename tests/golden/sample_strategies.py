"""The sample strategies of allocator_core::sample, computed independently with NumPy 2.4.6.

python3 sample_strategies.py ../../dashboard/assets/sample/ecb_euro_reference_rates.csv > sample_strategies.json
"""

import csv
import datetime
import json
import sys

import numpy as np

NAMES = "AUD CAD CHF CZK GBP HKD HUF JPY KRW NOK NZD PLN SEK SGD USD ZAR".split()
with open(sys.argv[1], newline="") as file:
    rows = list(csv.DictReader(file))
dates = [datetime.date.fromisoformat(row["Date"]) for row in rows]
prices = 1 / np.array([[float(row[name]) for name in NAMES] for row in rows])
returns = prices[1:] / prices[:-1] - 1
last = len(prices) - 1


def volatility(t):
    return returns[t - 60 : t].std(axis=0, ddof=1) * np.sqrt(252)


def capped(shares, cap):
    weights = shares / shares.sum()
    while (weights > cap + 1e-15).any():
        over = weights >= cap
        weights[over] = cap
        weights[~over] = shares[~over] / shares[~over].sum() * (1 - over.sum() * cap)
    return weights


def best_five(scores):
    held = np.zeros(len(scores), bool)
    held[np.argsort(-scores, kind="stable")[:5]] = True
    return held


def decide(strategy, t):
    if strategy == "breakout":
        before = prices[t - 55 : t]
        high, low = before.max(axis=0), before.min(axis=0)
        scores = (2 * prices[t] - high - low) / (high - low)
        return scores, best_five(scores) / 5
    if strategy == "momentum_20d":
        scores = prices[t] / prices[t - 20] - 1
        return scores, best_five(scores) / 5
    if strategy == "short_term_reversal":
        scores = -(prices[t] / prices[t - 5] - 1)
        return scores, best_five(scores) / 5
    if strategy == "momentum_12_1":
        scores = prices[t - 21] / prices[t - 252] - 1
        return scores, best_five(scores) / 5
    if strategy == "mean_reversion":
        window = prices[t - 19 : t + 1]
        scores = -(prices[t] - window.mean(axis=0)) / window.std(axis=0, ddof=1)
        return scores, best_five(scores) / 5
    scores = -volatility(t)
    return scores, capped(np.where(best_five(scores), 1 / volatility(t), 0), 0.40)


WEEKLY = ("mean_reversion", "short_term_reversal")


def period(strategy, day):
    return day.isocalendar()[:2] if strategy in WEEKLY else (day.year, day.month)


answer = {}
for strategy in ("breakout", "low_volatility", "mean_reversion", "momentum_12_1", "momentum_20d", "short_term_reversal"):
    earned, weights = [], None
    for t in range(252, last):
        if t == 252 or period(strategy, dates[t]) != period(strategy, dates[t - 1]):
            weights = decide(strategy, t)[1]
        day = float(weights @ returns[t])
        earned.append(day)
        weights = weights * (1 + returns[t]) / (1 + day)
    earned = np.array(earned)
    value = np.concatenate([[1], np.cumprod(1 + earned)])
    scores, weights = decide(strategy, last)
    answer[strategy] = {
        "n": len(earned),
        "total": value[-1] - 1,
        "vol": earned.std(ddof=1) * np.sqrt(252),
        "sharpe": earned.mean() / earned.std(ddof=1) * np.sqrt(252),
        "mdd": (value / np.maximum.accumulate(value) - 1).min(),
        "weights": {name: weight for name, weight in zip(NAMES, weights) if weight > 0},
        "scores": {name: score for name, score, weight in zip(NAMES, scores, weights) if weight > 0},
    }
print(json.dumps(answer, indent=1, default=float))
