"""Equal risk contribution, hierarchical risk parity and minimum variance by peers, on the numbers of allocator-core/benches/workload.

1,000 days of 10, 50, 200 and 500 strategies, long only, fully invested. Clarabel and the bare numpy and scipy begin with the covariance, as
`capital/erc`, `capital/hrp` and `optimise/min_variance` do; the libraries begin with their own objects and returns, as their users do, and
are to be read beside `capital/request_…`. What cannot be installed is left out, and said. Run by `cargo xtask bench`, or alone; with a size
as argument, for that size only.
"""

import importlib.metadata
import logging
import pathlib
import statistics
import sys
import time
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment

environment.enter(
    "numpy==2.2.6",
    "scipy==1.15.3",
    "clarabel==0.11.1",
    wanted=("skfolio==1.12.2", "pyportfolioopt==1.6.0", "ffn==1.1.2", "riskparityportfolio==0.6.0"),
)

import clarabel
import numpy as np
import workload
from scipy import sparse
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
SECONDS = 4.0


def timed(what, n, covariance, run, weights=np.asarray):
    """Runs a few times, prints the median and the least, and how far the weights are from what the method asks for."""
    try:
        found = weights(run())
    except Exception as error:
        print(f"{what:28} {n:4}: failed ({type(error).__name__}: {str(error)[:80]})")
        return
    times = []
    while len(times) < 3 or (sum(times) < SECONDS and len(times) < 200):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    found = np.asarray(found, dtype=float)
    volatility = np.sqrt(found @ covariance @ found)
    risk = found * (covariance @ found) / volatility**2
    note = f"sum off by {abs(found.sum() - 1):.0e}"
    if what.startswith("erc"):
        note += f", risk shares off by {np.abs(risk - 1 / n).max() * n:.0e}"
    elif what.startswith("min variance"):
        note += f", volatility {volatility:.12f}"
    print(f"{what:28} {n:4}: median {1e3 * statistics.median(times):9.3f} ms, least {1e3 * min(times):9.3f} ms, {note}")


def min_variance(matrix):
    n = len(matrix)
    form = sparse.triu(sparse.csc_matrix(matrix)).tocsc()
    rows = sparse.vstack([np.ones((1, n)), -sparse.identity(n)]).tocsc()
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    limits = np.concatenate([[1.0], np.zeros(n)])
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(n)]
    return np.array(clarabel.DefaultSolver(form, np.zeros(n), rows, limits, cones, settings).solve().x)


def hrp(matrix):
    """López de Prado (2016), single linkage, as anybody writes it with scipy."""
    deviation = np.sqrt(np.diag(matrix))
    correlation = np.clip(matrix / np.outer(deviation, deviation), -1.0, 1.0)
    distance = np.sqrt((1.0 - correlation) / 2.0)
    np.fill_diagonal(distance, 0.0)
    order = hierarchy.leaves_list(hierarchy.linkage(squareform(distance, checks=False), "single"))
    weights = np.ones(len(matrix))

    def variance(members):
        part = matrix[np.ix_(members, members)]
        share = 1.0 / np.diag(part)
        share /= share.sum()
        return share @ part @ share

    parts = [order]
    while parts:
        parts = [half for part in parts for half in (part[: len(part) // 2], part[len(part) // 2 :]) if len(part) > 1]
        for left, right in zip(parts[::2], parts[1::2]):
            a, b = variance(left), variance(right)
            weights[left] *= b / (a + b)
            weights[right] *= a / (a + b)
    return weights


def erc(matrix):
    """Newton's method on Spinu's (2013) objective in numpy."""
    n = len(matrix)
    x = np.full(n, 1.0 / np.sqrt(matrix.sum()))
    for _ in range(100):
        gradient = matrix @ x - 1.0 / n / x
        if np.abs(gradient * x).max() < 1e-14:
            break
        step = np.linalg.solve(matrix + np.diag(1.0 / n / x**2), gradient)
        size = np.sqrt(step @ gradient)
        x = x - step / (1.0 + size * np.sqrt(n)) if size > 0.1 else x - step
    return x / x.sum()


def libraries(n, returns, covariance):
    """What each library that is there has of the three."""
    try:
        import pandas as pd
        from skfolio import RiskMeasure
        from skfolio.optimization import HierarchicalRiskParity, MeanRisk, ObjectiveFunction, RiskBudgeting

        frame = pd.DataFrame(returns, index=pd.bdate_range("2014-01-06", periods=len(returns)))
        frame.columns = [f"s{i:03}" for i in range(n)]
        name = f"skfolio {importlib.metadata.version('skfolio')}"
        fitted = lambda model: lambda: model.fit(frame)
        take = lambda model: model.weights_
        timed(f"erc, {name}", n, covariance, fitted(RiskBudgeting(risk_measure=RiskMeasure.VARIANCE)), take)
        timed(f"hrp, {name}", n, covariance, fitted(HierarchicalRiskParity(risk_measure=RiskMeasure.VARIANCE)), take)
        least = MeanRisk(objective_function=ObjectiveFunction.MINIMIZE_RISK, risk_measure=RiskMeasure.VARIANCE)
        timed(f"min variance, {name}", n, covariance, fitted(least), take)
    except ImportError:
        print("skfolio is not there")
    try:
        import pandas as pd
        import pypfopt

        frame = pd.DataFrame(returns)
        name = f"PyPortfolioOpt {importlib.metadata.version('pyportfolioopt')}"
        values = lambda weights: np.array([weights[i] for i in range(n)])
        timed(f"min variance, {name}", n, covariance, lambda: pypfopt.EfficientFrontier(None, covariance).min_volatility(), values)
        timed(f"hrp, {name}", n, covariance, lambda: pypfopt.HRPOpt(frame).optimize(), values)
    except ImportError:
        print("PyPortfolioOpt is not there")
    try:
        import ffn.core
        import pandas as pd

        frame = pd.DataFrame(returns)
        name = f"ffn {importlib.metadata.version('ffn')}"
        settings = {"covar_method": "standard", "maximum_iterations": 1_000, "tolerance": 1e-12}
        timed(f"erc, {name}", n, covariance, lambda: ffn.core.calc_erc_weights(frame, **settings))
    except ImportError:
        print("ffn is not there")
    try:
        import riskparityportfolio

        budget = np.full(n, 1.0 / n)
        name = f"riskparityportfolio {importlib.metadata.version('riskparityportfolio')}"
        timed(f"erc, {name}", n, covariance, lambda: riskparityportfolio.vanilla.design(covariance, budget))
    except ImportError:
        print("riskparityportfolio is not there")


for n in [int(size) for size in sys.argv[1:]] or (10, 50, 200, 500):
    returns = workload.returns(n)
    covariance = np.cov(returns, rowvar=False)
    timed(f"min variance, clarabel {clarabel.__version__}", n, covariance, lambda: min_variance(covariance))
    timed("erc, numpy", n, covariance, lambda: erc(covariance))
    timed("hrp, numpy and scipy", n, covariance, lambda: hrp(covariance))
    libraries(n, returns, covariance)
