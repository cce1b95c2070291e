"""What the models of buying forecast of CDNOW's last 39 weeks, beside what customers then did.

    python bench/holdout.py

All 23,570 customers of the cohort; fitted on purchases until 1997-09-30, held against those of the
39 weeks after. ``naive`` is each customer's own rate so far. Where ``MAINSTAY_BENCH_LIFETIMES``
names a Python that has the package ``lifetimes``, its forecasts stand beside ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

END, WEEKS = date(1997, 9, 30), 39
PEER = """
import sys, numpy as np, lifetimes
x, t, age, _ = np.load(sys.argv[1])
found = []
for name in ("ParetoNBDFitter", "ModifiedBetaGeoFitter", "BetaGeoFitter"):
    fitter = getattr(lifetimes, name)()
    fitter.fit(x.astype(float), t / 7, age / 7)
    given = x.astype(float), t / 7, age / 7
    found.append(fitter.conditional_probability_alive(*given))
    found.append(fitter.conditional_expected_number_of_purchases_up_to_time(39.0, *given))
np.save(sys.argv[2], np.array([np.asarray(one, float) for one in found]))
"""


def purchases(path: Path) -> np.ndarray:
    """Repeats, recency, age in days by the end of the calibration, and repeats after it."""
    fields = [line.split()[:2] for line in path.read_text("utf-8").splitlines()[1:]]
    who = np.array([int(code) for code, _ in fields])
    day = np.array([date.fromisoformat(text).toordinal() for _, text in fields])
    end = END.toordinal()
    pairs = np.unique(who * 1_000_000 + day)  # purchases of one day are one
    who, day = np.divmod(pairs, 1_000_000)
    before = day <= end
    codes, first, count = np.unique(who[before], return_index=True, return_counts=True)
    start, last = day[before][first], day[before][first + count - 1]
    later = np.bincount(np.searchsorted(codes, who[~before]), minlength=len(codes))
    return np.stack([count - 1, last - start, end - start, later])


def auc(score: np.ndarray, happened: np.ndarray) -> float:
    """How often a customer who bought scores above one who did not; ties count half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    yes, no = int(happened.sum()), int((~happened).sum())
    return float((rank[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def peers(given: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Chance of being alive and expected purchases by ``lifetimes``; nothing where it is not."""
    python = os.environ.get("MAINSTAY_BENCH_LIFETIMES")
    if not python:
        print("lifetimes: skipped, MAINSTAY_BENCH_LIFETIMES names no Python that has it\n")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        told, heard = Path(folder) / "given.npy", Path(folder) / "found.npy"
        np.save(told, given)
        subprocess.run([python, "-W", "ignore", "-c", PEER, str(told), str(heard)], check=True)
        found = np.load(heard)
    names = [f"lifetimes {name}" for name in ("pareto_nbd", "mbg_nbd", "bg_nbd")]
    return {name: (found[2 * k], found[2 * k + 1]) for k, name in enumerate(names)}


def main() -> int:
    from mainstay_engine.lifetime import MODELS, Histories, fit_orders

    folder = Path(os.environ.get("MAINSTAY_TEST_DATA")
                  or Path(__file__).resolve().parents[2] / "shared" / "data")  # fmt: skip
    given = purchases(folder / "cdnow" / "CDNOW_master.txt")
    repeats, recency, age, later = given
    rows, place = Histories.from_days(repeats, recency, age)
    forecasts = {"naive": (-(age - recency), repeats / age * WEEKS * 7)}
    for name in MODELS:
        fit = fit_orders(rows, name)
        said = ", ".join(f"{key} {value:.4f}" for key, value in fit.parameters.items())
        print(f"{name}: {said}, log-likelihood {fit.log_likelihood:.2f}")
        forecasts[name] = fit.alive(rows)[place], fit.expected(rows, WEEKS)[place]
    print()
    forecasts |= peers(given)
    print(f"{len(later):,} customers; {later.sum():,} repeat purchases in {WEEKS} weeks, "
          f"by {np.count_nonzero(later):,} of them\n")  # fmt: skip
    print(f"{'':22}{'total':>9}{'of actual':>11}{'MAE':>8}{'AUC forecast':>14}{'AUC alive':>11}")
    for name, (alive, expected) in forecasts.items():
        total, happened = expected.sum(), later > 0
        print(f"{name:22}{total:>9,.0f}{total / later.sum():>10.1%} "
              f"{np.abs(expected - later).mean():>8.4f}{auc(expected, happened):>14.4f}"
              f"{auc(alive, happened):>11.4f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
