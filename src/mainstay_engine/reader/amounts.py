"""Amounts of sales lines: what a bare 金额 is, whether they tie, which sign credit notes carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault
from mainstay_engine.reader import canonical
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb


@dataclass
class Built:
    """What building the lines gave. ``total`` in minor units, ``exact_total`` in major units."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    total: int = 0
    exact_total: str | None = None


def build_lines(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, wishes: Wishes, strip: list[str]
) -> Built:
    """Make ``mainstay_lines`` from the staged rows, with what there is to say about it."""
    built = Built()
    has, exponent = reading.places, wishes.exponent
    sums = canonical.amounts(has, exponent, tax_rate=wishes.table_options("lines").tax_rate)
    con.execute(
        "CREATE OR REPLACE TABLE mainstay_lines AS "
        + canonical.lines_sql(staged, reading, sums, exponent, strip_zero=strip)
    )
    total, unassigned, unassigned_net = _one(
        con, "SELECT coalesce(sum(net), 0), count(*) FILTER (customer_id IS NULL), "
        "coalesce(sum(net) FILTER (customer_id IS NULL), 0) FROM mainstay_lines"
    )  # fmt: skip
    built.total = int(total)
    if sums.exact is not None:
        exact = _one(con, f"SELECT sum({sums.exact}) FROM {staged} WHERE _out IS NULL AND NOT _bad")[0]
        built.exact_total = plain(exact or Decimal(0), exponent)
        difference = Decimal(built.total).scaleb(-exponent) - (exact or Decimal(0))
        built.notes.append(
            {"en": f"Net computed as price × quantity, rounded half-even per line: {plain(difference, exponent)} "
                   f"against the unrounded {built.exact_total}.",
             "zh": f"不含税金额按单价×数量逐行四舍六入五成双：与未舍入合计 {built.exact_total} "
                   f"相差 {plain(difference, exponent)}。"}
        )  # fmt: skip
    if unassigned:
        net = plain(Decimal(int(unassigned_net)).scaleb(-exponent), exponent)
        built.notes.append(
            {"en": f"{unassigned} lines without customer (net {net}) are kept as unassigned.",
             "zh": f"{unassigned} 行没有客户（不含税 {net}），作为未归属保留。"}
        )  # fmt: skip
    return built


def plain(value: Decimal, exponent: int) -> str:
    """An exact decimal without trailing zeros, but with at least the currency's places."""
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(exponent, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row
