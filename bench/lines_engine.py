"""All metrics that need lines only, and the ABC classes, by the engine."""

from __future__ import annotations

from typing import Any

import data


def prepare_grade(path: str, memory: str = "4GB") -> Any:
    """Imports, an open back end and the first compilation are start-up."""
    import pyarrow as pa

    import mainstay_engine.schemes  # noqa: F401

    pa.array([0])  # pyarrow imports pandas, where installed, on first use
    from mainstay_engine.backends import on_duckdb, open_duckdb
    from mainstay_engine.facts import Facts

    backend = on_duckdb(open_duckdb(memory_limit=memory, spill=str(data.cache() / "spill")))
    return Facts(backend, backend.read_parquet(path), currency="CNY")


def grade(facts: Any, *_: str) -> dict[str, Any]:
    import pyarrow.compute as pc

    from mainstay_engine.metrics import available_metrics, compute_metrics
    from mainstay_engine.schemes import grade as grade_by

    names = [m.name for m in available_metrics(facts) if m.family != "receivables"]
    table = compute_metrics(facts, names, as_of=data.AS_OF, window="12m")
    result = grade_by(facts, "abc", as_of=data.AS_OF, window="12m", metrics=table)
    return {
        "customers": len(table), "net_sales": pc.sum(table["net_sales"]).as_py(),
        "gross_profit": pc.sum(table["gross_profit"]).as_py(),
        "orders": pc.sum(table["orders"]).as_py(),
        "order_days": pc.sum(table["order_days"]).as_py(),
        "items": pc.sum(table["items"]).as_py(),
        "categories": pc.sum(table["categories"]).as_py(),
        "median_gap": round(pc.sum(table["median_gap"]).as_py(), 3),
        "previous": pc.sum(table["previous_net_sales"]).as_py(),
        "A": result.counts()[0]["customers"],
    }  # fmt: skip
