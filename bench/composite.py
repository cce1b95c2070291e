"""Jobs for ``measure``: a million customers classed by a composite of twelve criteria with guards,
from ready figures, by the engine and by hand-written DuckDB SQL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import data

CUSTOMERS = 1_000_000
AS_OF = "2024-12-31"
MORE = {
    "metric": "discount_rate", "weight": 5, "direction": "lower", "group": "quality",
    "scoring": {"by": "linear", "nodes": [{"at": 0, "score": 1}, {"at": 0.3, "score": 0}]},
    "missing": "exclude",
}  # fmt: skip
"""The twelfth criterion: the preset has eleven."""


def figures(customers: int = CUSTOMERS) -> Path:
    """Every figure the composite reads, made by seeded numbers on first use: skewed sales, some
    customers without orders, some without cost or due dates.
    """
    path = data.cache() / f"figures-{customers}.parquet"
    if not path.exists():
        _make(path, customers)
    return path


def _make(path: Path, customers: int) -> None:
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    dice = np.random.default_rng(7)

    def some(values: Any, missing: float) -> Any:
        return pa.array(values, mask=dice.random(customers) < missing)

    net = (dice.lognormal(9, 1.6, customers) * 100).astype(np.int64)
    orders = dice.poisson(9, customers).astype(np.int64)
    net[orders == 0] = 0
    days = np.minimum(orders, dice.poisson(8, customers) + (orders > 0))
    columns = {
        "net_sales": pa.array(net),
        "orders": pa.array(orders),
        "order_days": pa.array(days),
        "margin": some(dice.normal(0.18, 0.1, customers), 0.1),
        "tenure": pa.array(dice.integers(0, 3000, customers)),
        "gap_unevenness": some(dice.gamma(2, 0.25, customers), 0.3),
        "silence_ratio": some(dice.gamma(2, 0.8, customers), 0.3),
        "items": pa.array(dice.poisson(12, customers).astype(np.int64)),
        "growth": some(dice.normal(0.05, 0.4, customers), 0.2),
        "collection_rate_due": some(dice.normal(0.88, 0.15, customers), 0.2),
        "return_rate": some(dice.gamma(1, 0.02, customers), 0.05),
        "outside_region_share": some(dice.beta(0.3, 3, customers), 0.1),
        "discount_rate": some(dice.beta(1, 9, customers), 0.1),
        "largest_order_share": some(dice.beta(2, 6, customers), 0.05),
        "overdue_share": some(dice.beta(0.5, 4, customers), 0.3),
        "oldest_overdue_days": some(dice.integers(0, 400, customers), 0.3),
        "return_concentration": some(dice.gamma(1, 1, customers), 0.05),
        "previous_net_sales": pa.array((dice.lognormal(9, 1.6, customers) * 100).astype(np.int64)),
    }
    ids = [f"C{number:07}" for number in range(customers)]
    parquet.write_table(pa.table({"customer_id": ids, **columns}), path, compression="zstd")


def scheme() -> dict[str, Any]:
    """The preset without its hysteresis, and one criterion more."""
    from mainstay_engine import load_scheme

    definition = load_scheme("composite").definition()
    del definition["stability"]
    definition |= {"name": "house", "row": "", "own": []}
    definition["criteria"] = [*definition["criteria"], MORE]
    return definition


def prepare_engine(path: str) -> Any:
    from pyarrow import parquet

    import mainstay_engine  # noqa: F401

    return parquet.read_table(path)


def engine(table: Any, path: str) -> dict[str, Any]:
    """Everybody's class."""
    import mainstay_engine as me

    result = me.grade(None, scheme(), as_of=AS_OF, metrics=table)
    return {count["class"]: count["customers"] for count in result.counts()}


def prepare_sql(path: str) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE f AS SELECT * FROM '{path}'")
    return connection


_PERCENTILE = """
    (rank() OVER (ORDER BY {name}) - 1 + 0.5 * (count(*) OVER (PARTITION BY {name}) - 1))
    / (count(*) OVER () - 1)"""
_SCORES = {
    "net_sales": (20, _PERCENTILE), "order_days": (10, _PERCENTILE),
    "margin": (15, "least(greatest(margin / 0.25, 0), 1)"),
    "tenure": (5, "least(tenure / 1095, 1)"),
    "gap_unevenness": (5, "greatest(1 - gap_unevenness, 0)"),
    "silence_ratio": (5, "least(greatest((4 - silence_ratio) / 3, 0), 1)"),
    "items": (5, _PERCENTILE),
    "growth": (10, "least(greatest((growth + 0.3) / 0.6, 0), 1)"),
    "collection_rate_due": (15, "least(greatest((collection_rate_due - 0.70) / 0.25, 0), 1)"),
    "return_rate": (5, "greatest(1 - return_rate / 0.1, 0)"),
    "outside_region_share": (5, "greatest(1 - outside_region_share / 0.5, 0)"),
    "discount_rate": (5, "greatest(1 - discount_rate / 0.3, 0)"),
}  # fmt: skip
"""Weight and score of each criterion; null where its figure is."""


def sql(connection: Any, path: str) -> dict[str, Any]:
    """The same classes by hand: scores, weights of what is known, cuts, then guards."""
    scored = ", ".join(
        f"CASE WHEN {name} IS NOT NULL THEN {score.format(name=name)} END AS s_{name}"
        for name, (_, score) in _SCORES.items()
    )
    known = " + ".join(f"(s_{name} IS NOT NULL)::INT * {w}" for name, (w, _) in _SCORES.items())
    earned = " + ".join(f"coalesce(s_{name}, 0) * {w}" for name, (w, _) in _SCORES.items())
    rows = connection.execute(f"""
        WITH scored AS (SELECT *, {scored} FROM f),
        summed AS (SELECT *, {known} AS known, {earned} AS earned FROM scored),
        cut AS (
          SELECT *, CASE WHEN orders = 0 THEN 'none'
                         WHEN known < 0.5 * 105 THEN 'n/a'
                         WHEN earned * 105 / known >= 75 THEN 'A'
                         WHEN earned * 105 / known >= 60 THEN 'B'
                         WHEN earned * 105 / known >= 45 THEN 'C' ELSE 'D' END AS cut
          FROM summed),
        lifted AS (
          SELECT *, CASE WHEN cut IN ('C', 'D') AND growth >= 0.5 AND orders >= 12
                              AND previous_net_sales > 0 THEN 'B' ELSE cut END AS up
          FROM cut)
        SELECT CASE WHEN up IN ('A', 'B') AND (largest_order_share >= 0.5
                         OR (orders >= 12 AND margin < 0.05) OR outside_region_share >= 0.5)
                      THEN 'C'
                    WHEN up = 'A' AND ((overdue_share >= 0.3 AND oldest_overdue_days > 90)
                         OR (return_rate >= 0.05 AND return_concentration >= 3)) THEN 'B'
                    ELSE up END AS class, count(*) AS customers
        FROM lifted GROUP BY ALL""").fetchall()
    return dict.fromkeys(("A", "B", "C", "D", "none", "n/a"), 0) | dict(rows)
