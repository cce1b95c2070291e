"""One more day on two years of data: the state appended to, against computing everything again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import data

ADDITIVE = [
    "net_sales", "gross_sales", "returns", "return_rate", "discount_rate", "quantity", "lines",
    "cost", "gross_profit", "margin", "sales_share", "previous_net_sales", "growth",
]  # fmt: skip


def _facts(path: str, condition: str = "true") -> Any:
    """Opening and imports are start-up; pyarrow imports pandas, where installed, on first use."""
    import pyarrow as pa

    import mainstay_engine.rollups  # noqa: F401

    pa.array([0])
    from mainstay_engine.backends import on_duckdb, open_duckdb
    from mainstay_engine.facts import Facts

    connection = open_duckdb(spill=str(data.cache() / "spill"))
    connection.execute(f"CREATE VIEW lines AS SELECT * FROM '{path}' WHERE {condition}")
    backend = on_duckdb(connection)
    return Facts(backend, backend.table("lines"))


def _answer(metrics: str, **given: Any) -> dict[str, Any]:
    import pyarrow.compute as pc

    from mainstay_engine.metrics import available_metrics, compute_metrics

    names = ADDITIVE
    if metrics == "all":
        names = [m.name for m in available_metrics(given["facts"], state=given.get("state"))
                 if m.family != "receivables"]  # fmt: skip
    table = compute_metrics(given.pop("facts"), names, as_of=data.AS_OF, **given)
    return {
        "customers": len(table),
        **{name: round(pc.sum(table[name]).as_py() or 0, 6) for name in names
           if table[name].type in ("int64", "double")},
    }  # fmt: skip


def prepare_full(path: str, metrics: str) -> Any:
    import mainstay_engine.metrics  # noqa: F401

    return _facts(path)


def full(facts: Any, path: str, metrics: str) -> dict[str, Any]:
    return _answer(metrics, facts=facts)


def saved_state(path: str) -> Path:
    """The state of all days before the last, built on first use."""
    from mainstay_engine.rollups import State

    folder = data.cache() / f"state-{Path(path).stem}-{data.AS_OF}"
    if not (folder / "manifest.json").exists():
        State.build(_facts(path, f"doc_date < DATE '{data.AS_OF}'")).save(folder)
    return folder


def _copy(path: str) -> Path:
    copy = data.cache() / "state-of-this-run"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(saved_state(path), copy)
    return copy


def prepare_memory(path: str, metrics: str) -> Any:
    """A running service: the state is in memory; yesterday's metrics were just answered from it."""
    from mainstay_engine.rollups import State

    state = State.load(_copy(path))
    state.table("customer_days")
    if metrics == "all":
        state.table("documents")
        state.pairs("items")
        state.pairs("categories")
    return state, _facts(path, f"doc_date = DATE '{data.AS_OF}'")


def memory(prepared: Any, path: str, metrics: str) -> dict[str, Any]:
    state, new = prepared
    state.append(new)
    return _answer(metrics, facts=None, state=state)


def prepare_folder(path: str, metrics: str) -> Any:
    """A nightly job: the state is in its folder, and saved there again."""
    import mainstay_engine.rollups  # noqa: F401

    return _copy(path), _facts(path, f"doc_date = DATE '{data.AS_OF}'")


def folder(prepared: Any, path: str, metrics: str) -> dict[str, Any]:
    from mainstay_engine.rollups import State

    place, new = prepared
    state = State.load(place)
    state.append(new)
    answer = _answer(metrics, facts=None, state=state)
    state.save(place)
    return answer
