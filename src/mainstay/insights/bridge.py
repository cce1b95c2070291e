"""The doorway to the engine: its reader and catalogues. Heavy parts load on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.metrics import Metric
    from mainstay_engine.reader import Preview

Mappings = Mapping[str, Mapping[str, str]]
"""Per table: canonical column → heading in the file."""


@lru_cache(maxsize=1)
def metric_catalogue() -> tuple[Metric, ...]:
    """Every metric the engine knows, in the catalogue's order."""
    from mainstay_engine.metrics import metrics

    return tuple(metrics())


def inspect(
    path: Path, *, table: str, mapping: Mapping[str, str] | None, currency: str | None = None
) -> Preview:
    """What the reader makes of one file, orders and deliveries among its lines; nothing is kept.

    ``currency``: the company's, if known.
    """
    from mainstay_engine.reader import inspect as look

    return look(
        path, table=table, mapping={table: dict(mapping)} if mapping else None, currency=currency,
        several=True, orders=True,
    )  # fmt: skip


def read(
    files: Mapping[str, Path],
    *,
    mapping: Mappings,
    skip_bad: bool,
    progress: Callable[[str, int, int], None],
    folder: Path | None = None,
    currency: str | None = None,
    rates: Sequence[tuple[str, date, object]] = (),
) -> Facts:
    """Read files by table as the command line does, orders and deliveries with the lines, amounts
    in each row's own currency.

    ``currency`` is the company's, where the books have one; ``rates`` those that stand in them, for
    other days than the files' own. Raises ``BadInput`` with every fault.
    With ``folder``, an empty one that the caller removes, memory stays flat.
    """
    from mainstay_engine import read_facts

    return read_facts(
        files.get("lines"),
        files.get("receipts"),
        files.get("customers"),
        files.get("allocations"),
        mapping=dict(mapping) or None,
        skip_bad=skip_bad,
        source_rows=True,
        orders=True,
        products=files.get("products"),
        rates=files.get("rates"),
        efforts=files.get("efforts"),
        effort_rates=files.get("effort_rates"),
        currency=currency,
        standing_rates=_table_of(rates),
        own_amounts=True,
        progress=progress,
        folder=folder,
    )


def _table_of(rates: Sequence[tuple[str, date, object]]) -> pa.Table:
    codes, days, values = zip(*rates, strict=True) if rates else ((), (), ())
    return pa.table({
        "currency": pa.array(codes, pa.string()), "date": pa.array(days, pa.date32()),
        "rate": pa.array(values, pa.decimal128(20, 10)),
    })  # fmt: skip


def write_rejects(facts: Facts, path: Path) -> list[Path]:
    """Write the rows a reading left out; the files written, none without any such row.

    One workbook where the path ends in «.xlsx», else a CSV file per input that has any.
    """
    from mainstay_engine.reader import write_rejects as write

    return write(facts, path)


DEMO = ("lines", "receipts", "customers", "efforts", "effort_rates")
"""Files of the believable company."""


def write_demo(folder: Path) -> dict[str, Path]:
    """Write the believable company's files into the folder: path by table."""
    from mainstay_engine.synth import demo

    demo().write(folder)
    return {table: folder / f"{table}.csv" for table in DEMO}
