"""Amounts of sales lines: what a bare 金额 is, the lines themselves, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader import canonical, commitments
from mainstay_engine.reader.convert import RowPlaces, minor
from mainstay_engine.reader.currencies import Money, places
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.query import one
from mainstay_engine.reader.signs import settle_signs
from mainstay_engine.reader.staged import Reading
from mainstay_engine.reader.statuses import credit_flag
from mainstay_engine.reader.terms import fill_due_dates
from mainstay_engine.reader.ties import KEPT, TOLERANCE, missing_amounts, money, ties, untied
from mainstay_engine.tables import DELIVERY, LINES, ORDER, SOURCE_ROW

if TYPE_CHECKING:
    import duckdb


@dataclass
class Built:
    """What building the lines gave. ``total`` in minor units, ``exact_total`` in major units."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    total: int = 0
    exact_total: str | None = None
    amount_is: str | None = None
    """What a bare 金额 was found to be: «net» or «gross»."""
    net_sql: str | None = None
    """SQL of a staged row's net in minor units."""


def needs_no_decision(reading: Reading) -> bool:
    """Whether lines can be built in the pass that reads them: no decision on the whole file."""
    if commitments.possible(reading):
        return False
    return not {"kind", "amount", "discount", "currency", "status"} & set(reading.places)


def build_at_once(con: duckdb.DuckDBPyConnection, reading: Reading, wishes: Wishes) -> Built | None:
    """Make ``mainstay_lines`` in one pass over the input; ``None`` if any row is wrong."""
    has, exponent = reading.places, wishes.exponent
    sums = canonical.amounts(has, exponent, tax_rate=wishes.table_options("lines").tax_rate)
    picked = canonical.line_columns(reading, sums)
    wrong = [
        "_bad",
        *(f"coalesce({c}, FALSE)" for c, _d in ties(has, exponent, "net", sums)),
    ]
    exact = f", {sums.exact} AS _exact" if sums.exact else ""
    exact += ", terms" if "terms" in has else ""
    number = f", rn AS {SOURCE_ROW}" if wishes.source_rows else ""
    con.execute(
        "CREATE OR REPLACE TABLE mainstay_lines AS "
        + canonical.lines_sql(
            f"({reading.stage()})",
            picked,
            kind=commitments.kind(reading),
            extra=f"{number}, {' OR '.join(wrong)} AS _wrong{exact}",
        )
    )
    if one(con, "SELECT coalesce(bool_or(_wrong OR net IS NULL), TRUE) FROM mainstay_lines")[0]:
        return None
    con.execute("ALTER TABLE mainstay_lines DROP COLUMN _wrong")
    con.execute(canonical.mark_credit_notes(canonical.negative_documents(has)))
    if "terms" in has:
        fill_due_dates(con)
    built = Built()
    built.faults += settle_signs(con, reading, explicit=False)
    _totals(con, built, sums, exponent)
    return built


def build_lines(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    reading: Reading,
    wishes: Wishes,
    strip: list[str],
    money_of: Money,
) -> Built:
    """Make ``mainstay_lines`` from the staged rows, with what there is to say about it.

    Rows whose amounts are missing or do not tie get a fault and count as bad in ``staged``.
    """
    built = Built()
    exponent = places(con, staged, money_of, wishes.exponent)
    rate = wishes.table_options("lines").tax_rate
    has = set(reading.places)
    if "discount" in has and _is_rate(con, staged):
        con.execute(f"ALTER TABLE {staged} ADD COLUMN discount_rate DECIMAL(20, 10)")
        con.execute(f"UPDATE {staged} SET discount_rate = discount")
        has.add("discount_rate")
    amount_is = "net"
    if "amount" in has and "net" not in has:
        amount_is, note = _amount_is(con, staged, has, exponent)
        built.notes.append(note)
        built.amount_is = amount_is
    sums = canonical.amounts(has, exponent, amount_is=amount_is, tax_rate=rate)
    if sums.net is None:
        column = LINES["net"]
        shown = ", ".join(h for h in reading.raw.headings if h)
        built.faults.append(
            fault(
                "missing_column",
                file=reading.raw.name,
                sheet=reading.raw.sheet,
                column="net",
                canonical="net",
                en=column.en,
                zh=column.zh,
                headings=shown,
            )
        )
        return built
    opening = commitments.is_opening(reading)
    owed = _owed(has, exponent, amount_is, sums)
    built.net_sql = f"CASE WHEN {opening} THEN 0 ELSE {sums.net} END"
    given = replace(sums, net=f"CASE WHEN {opening} THEN {owed} ELSE {sums.net} END")
    built.faults += missing_amounts(con, staged, reading, given)
    built.faults += untied(
        con, staged, reading, has, exponent, amount_is, sums, where=f"{KEPT} AND NOT {opening}"
    )
    flag = "FALSE"
    if "kind" in has:
        flag = credit_flag("kind", reading.raw.headings[reading.places["kind"]])
        flag = f"({flag} AND NOT {opening})"
    explicit = bool(
        one(con, f"SELECT coalesce(bool_or({flag}), FALSE) FROM {staged} WHERE {KEPT}")[0]
    )
    picked = canonical.line_columns(reading, sums, money=money_of, strip_zero=strip)
    if money_of.foreign:
        sums = replace(sums, exact=None)  # amounts of several currencies have no sum
    exact = f", {sums.exact} AS _exact" if sums.exact else ""
    exact += ", terms" if "terms" in has else ""
    if commitments.possible(reading):
        exact += f", {commitments.held_ahead(reading, owed)} AS _owed"
    con.execute(
        "CREATE OR REPLACE TABLE mainstay_lines AS "
        + canonical.lines_sql(
            staged,
            picked,
            kind=commitments.kind(reading),
            extra=f", {flag} AS _flag, rn AS _rn{exact}",
            where=KEPT,
        )
    )
    if explicit:
        con.execute(canonical.mark_credit_notes("_flag"))
    else:
        con.execute(canonical.mark_credit_notes(canonical.negative_documents(has)))
    built.faults += settle_signs(con, reading, explicit)
    con.execute("ALTER TABLE mainstay_lines DROP COLUMN _flag")
    if "terms" in has:
        fill_due_dates(con)
    if wishes.source_rows:
        con.execute(f"ALTER TABLE mainstay_lines RENAME COLUMN _rn TO {SOURCE_ROW}")
    else:
        con.execute("ALTER TABLE mainstay_lines DROP COLUMN _rn")
    if commitments.possible(reading):
        built.notes += commitments.keep_openings_off_sales(con)
        built.notes += _kept_apart(con, exponent)
    _totals(con, built, sums, exponent)
    return built


def _owed(has: Collection[str], exponent: int, amount_is: str, sums: canonical.Amounts) -> str:
    """SQL of what an opening states: its gross, else net with the tax it states, else net.

    A tax rate that the user gave for the whole file is not added: a balance includes tax.
    """
    stated = canonical.amounts(has, exponent, amount_is=amount_is)
    parts = [stated.gross, stated.net, sums.net]
    if stated.net is not None and stated.tax is not None:
        parts.insert(1, f"({stated.net}) + ({stated.tax})")
    return f"coalesce({', '.join(f'({part})' for part in parts if part is not None)})"


def _is_rate(con: duckdb.DuckDBPyConnection, staged: str) -> bool:
    """Whether a discount column holds rates: none reaches 1, and some are more than 0."""
    row = one(con, f"SELECT max(abs(discount)) FROM {staged} WHERE {KEPT}")
    return row[0] is not None and 0 < row[0] < 1


def _amount_is(
    con: duckdb.DuckDBPyConnection, staged: str, has: Collection[str], exponent: int
) -> tuple[str, dict[str, str]]:
    """Whether a bare amount is net or gross, by what it ties with on most rows, and a remark."""
    amount = minor("amount", exponent)
    tests: list[tuple[str, str]] = []
    if {"tax", "gross"} <= set(has):
        tax, gross = minor("tax", exponent), minor("gross", exponent)
        tests.append(
            (
                f"abs({amount} + {tax} - {gross}) <= {TOLERANCE}",
                f"tax <> 0 AND abs({amount} - {gross}) <= {TOLERANCE}",
            )
        )
    elif "gross" in has:
        tests.append(("abs(amount) < abs(gross)", "amount = gross"))
    elif {"tax", "tax_rate"} <= set(has):
        tests.append(
            (
                "tax <> 0 AND abs(amount * CAST(tax_rate AS DECIMAL(8, 4)) - tax) <= 0.02",
                "tax <> 0 AND abs((amount - tax) * CAST(tax_rate AS DECIMAL(8, 4)) - tax) <= 0.02",
            )
        )
    elif {"price_gross", "quantity"} <= set(has):
        tests.append(
            ("FALSE", f"abs({minor('quantity * price_gross', exponent)} - {amount}) <= {TOLERANCE}")
        )
    elif {"price", "quantity", "tax"} <= set(has):
        listed = minor("quantity * price", exponent)
        tests.append(
            (
                f"tax <> 0 AND abs({listed} - {amount}) <= {TOLERANCE}",
                f"tax <> 0 AND abs({listed} + {minor('tax', exponent)} - {amount}) <= {TOLERANCE}",
            )
        )
    for net_test, gross_test in tests:
        as_net, as_gross = one(
            con,
            f"SELECT count(*) FILTER ({net_test}), count(*) FILTER ({gross_test}) "
            f"FROM {staged} WHERE {KEPT}",
        )
        if as_gross > as_net:
            return "gross", {
                "en": f"The amount column includes tax (verified on {as_gross} rows).",
                "zh": f"金额列含税（已在 {as_gross} 行核对）。",
            }
        if as_net:
            return "net", {
                "en": f"The amount column excludes tax (verified on {as_net} rows).",
                "zh": f"金额列不含税（已在 {as_net} 行核对）。",
            }
    return "net", {
        "en": "The amount column is taken as net: the file holds nothing to verify it by.",
        "zh": "金额列按不含税处理：文件中没有可核对的数据。",
    }


def _totals(
    con: duckdb.DuckDBPyConnection,
    built: Built,
    sums: canonical.Amounts,
    exponent: int,
) -> None:
    """The total, what rounding changed (``_exact`` goes), and the lines without customer."""
    total, unassigned, unassigned_net = one(
        con,
        "SELECT coalesce(sum(net), 0), count(*) FILTER (customer_id IS NULL), "
        "coalesce(sum(net) FILTER (customer_id IS NULL), 0) FROM mainstay_lines",
    )
    built.total = int(total)
    if sums.exact is not None:
        exact = one(con, "SELECT sum(_exact) FROM mainstay_lines")[0] or Decimal(0)
        con.execute("ALTER TABLE mainstay_lines DROP COLUMN _exact")
        if sums.computed:
            built.exact_total = plain(exact, exponent)
        if sums.computed or Decimal(built.total).scaleb(-exponent) != exact:
            built.notes.append(_rounding(sums.computed, exact, built.total, exponent))
    if unassigned:
        several = isinstance(exponent, RowPlaces)
        net = "–" if several else money(int(unassigned_net), exponent)
        lines = f"{unassigned:,} line{'s' if unassigned != 1 else ''}"
        built.notes.append(
            {
                "en": f"In the whole file: {lines} without customer (net {net}), "
                "kept as unassigned.",
                "zh": f"整个文件中：{unassigned:,} 行没有客户（不含税 {net}），作为未归属保留。",
            }
        )


def _kept_apart(con: duckdb.DuckDBPyConnection, exponent: int) -> list[dict[str, str]]:
    """One remark on orders and one on deliveries, where the lines hold any, with their net."""
    told = []
    for kind, en, zh in ((ORDER, "orders", "订单"), (DELIVERY, "deliveries", "发货单")):
        rows, net = one(
            con,
            f"SELECT count(*), coalesce(sum(net), 0) FROM mainstay_lines WHERE kind = '{kind}'",
        )
        if rows:
            amount = money(int(net), exponent)
            told.append(
                {
                    "en": f"Rows of {en}: {rows:,} (net {amount}); kept, but no sales.",
                    "zh": f"{zh}：{rows:,} 行（不含税 {amount}），保留但不计入销售。",
                }
            )
    return told


def _rounding(computed: bool, exact: Decimal, total: int, exponent: int) -> dict[str, str]:
    difference = Decimal(total).scaleb(-exponent) - exact
    rounded, off = money(total, exponent), plain(difference, exponent)
    unrounded = f"{Decimal(plain(exact, exponent)):,f}"
    how_en = "computed as price × quantity and rounded" if computed else "rounded"
    how_zh = "按单价×数量计算并" if computed else ""
    return {
        "en": f"Net is {how_en} half-even per line: {rounded} in all, {off} against the "
        f"unrounded {unrounded}.",
        "zh": f"不含税金额{how_zh}逐行四舍六入五成双：合计 {rounded}，"
        f"与未舍入的 {unrounded} 相差 {off}。",
    }


def plain(value: Decimal, exponent: int) -> str:
    """An exact decimal without trailing zeros, but with at least the currency's places."""
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(exponent, "0")
    return f"{whole}.{fraction}" if fraction else whole
