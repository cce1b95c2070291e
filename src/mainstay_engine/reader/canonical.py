"""From staged values to the fact tables as ``mainstay_engine.tables`` declares them.

Net, tax and gross are derived only from what the file states; nothing is invented. Amounts become
minor units, rounded half-even per line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mainstay_engine.reader import commitments, efforts, receiptkinds
from mainstay_engine.reader.convert import half_even, minor
from mainstay_engine.reader.currencies import ONE, Money
from mainstay_engine.reader.staged import Reading
from mainstay_engine.tables import CREDIT_NOTE, INVOICE, OPENING, SOURCE_ROW, TABLES, Type


@dataclass(frozen=True)
class Amounts:
    """SQL of the amounts of a line in minor units; ``None`` where the file does not state them.

    ``exact`` is the unrounded net in major units, ``inputs`` the columns net came from, and
    ``computed`` says that it came from price × quantity.
    """

    net: str | None
    tax: str | None
    gross: str | None
    cost: str | None
    discount: str | None
    inputs: tuple[str, ...]
    exact: str | None = None
    computed: bool = False


def amounts(
    has: Collection[str], exponent: int, *, amount_is: str = "net", tax_rate: str | None = None
) -> Amounts:
    """Which expression gives net, tax, gross, cost and discount, from the columns there are.

    ``amount_is`` says what a bare 金额 was found to be; ``tax_rate`` (a decimal such as «0.13»)
    stands in for a missing rate column.
    """
    names = {name: name for name in ("net", "tax", "gross") if name in has}
    if "amount" in has:
        names.setdefault(amount_is, "amount")
    given = {name: minor(column, exponent) for name, column in names.items()}
    net, tax, gross = given.get("net"), given.get("tax"), given.get("gross")
    rate = "tax_rate" if "tax_rate" in has else None
    if rate is None and tax_rate is not None:
        rate = f"CAST({tax_rate} AS DECIMAL(20, 10))"
    listed = "quantity * price" if {"price", "quantity"} <= set(has) else None
    exact, computed = names.get("net"), False
    inputs: tuple[str, ...] = (names.get("net", ""),)
    if net is None and gross is not None and tax is not None:
        net, inputs = f"({gross}) - ({tax})", (names["gross"], names["tax"])
    elif net is None and gross is not None and rate is not None:
        net, inputs = without_tax(gross, rate), (names["gross"], "tax_rate")
    elif net is None and listed is not None:
        exact, inputs, computed = listed, ("quantity", "price"), True
        if "discount_rate" in has:
            kept = "CAST(1 - coalesce(discount_rate, 0) AS DECIMAL(8, 4))"
            exact = f"CAST({listed} AS DECIMAL(30, 12)) * {kept}"
        net = minor(exact, exponent)
    elif net is None and {"price_gross", "quantity"} <= set(has) and (rate or tax):
        gross, inputs = minor("quantity * price_gross", exponent), ("quantity", "price_gross")
        net = f"({gross}) - ({tax})" if tax else without_tax(gross, str(rate))
    if net is not None and tax is None:
        if gross is not None:
            tax = f"({gross}) - ({net})"
        elif rate is not None:
            tax = minor(f"CAST(({net}) AS DECIMAL(24, 0)) * ({rate})", 0)
    if net is not None and tax is not None and gross is None:
        gross = f"({net}) + ({tax})"
    cost = _cost(has, exponent, net)
    discount = _discount(has, exponent, net, listed)
    return Amounts(net, tax, gross, cost, discount, inputs, exact, computed)


def without_tax(gross: str, rate: str) -> str:
    """SQL of gross ÷ (1 + rate) on minor units, half-even, in whole-number arithmetic."""
    scaled = f"CAST(({gross}) AS HUGEINT) * 10000"
    parts = f"CAST(10000 * (1 + {rate}) AS HUGEINT)"
    return f"CAST({half_even(scaled, parts)} AS BIGINT)"


def _cost(has: Collection[str], exponent: int, net: str | None) -> str | None:
    if "cost" in has:
        return minor("cost", exponent)
    if {"unit_cost", "quantity"} <= set(has):
        return minor("quantity * unit_cost", exponent)
    if "profit" in has and net is not None:
        return f"({net}) - ({minor('profit', exponent)})"
    return None


def _discount(
    has: Collection[str], exponent: int, net: str | None, listed: str | None
) -> str | None:
    """List value less net; by the rate alone it is net × rate ÷ (1 − rate)."""
    if "discount" in has and "discount_rate" not in has:
        return minor("discount", exponent)
    if "discount_rate" not in has or net is None:
        return None
    if listed is not None:
        return f"({minor(listed, exponent)}) - ({net})"
    kept = "nullif(CAST(1 - discount_rate AS DECIMAL(8, 4)), 0)"
    return f"({without_tax(net, f'({kept} - 1)')}) - ({net})"


def line_columns(
    reading: Reading,
    sums: Amounts,
    *,
    money: Money = ONE,
    strip_zero: Collection[str] = (),
) -> dict[str, str]:
    """Canonical column → SQL over the staged columns, for every column but ``kind``."""
    has = reading.places
    derived = ("kind", "net", "tax", "gross", "cost", "discount", "quantity", "customer_id",
               "owed_own", *commitments.COLUMNS)  # fmt: skip
    picked = _plain("lines", has, strip_zero, derived)
    picked["customer_id"] = customer_id(has, strip_zero)
    if "quantity" in has:
        picked["quantity"] = "CAST(quantity AS DECIMAL(18, 4))"
    picked |= commitments.columns(reading, strip_zero)
    if commitments.possible(reading):
        number, who = picked.get("doc_no", "NULL"), picked["customer_id"]
        told = (
            f"coalesce({number}, CASE WHEN _commitment = '{OPENING}' THEN coalesce({who}, '') END)"
        )
        picked["doc_no"] = told
    for name in ("net", "tax", "gross", "cost", "discount"):
        value = getattr(sums, name)
        if value is not None:
            picked[name] = value
    if "terms" in has:
        picked.setdefault("due_date", "CAST(NULL AS DATE)")
    picked = money.stated(picked)
    return {name: picked[name] for name in TABLES["lines"].names if name in picked}


def lines_sql(
    staged: str, picked: dict[str, str], *, kind: str, extra: str = "", where: str = "TRUE"
) -> str:
    """SQL of the canonical lines; ``kind`` (see ``commitments.kind``) knows no credit notes yet."""
    columns = ", ".join(f"{sql} AS {name}" for name, sql in picked.items())
    return f"SELECT {columns}, {kind} AS kind{extra} FROM {staged} WHERE {where}"


def document_of(has: Collection[str]) -> str:
    """SQL of what tells one document of ``mainstay_lines`` from another; ``has``: columns read."""
    return "doc_no || chr(31) || coalesce(organisation, '')" if "organisation" in has else "doc_no"


def negative_documents(has: Collection[str]) -> str:
    """SQL condition: the line's document is a credit note by its total; ``has``: columns read."""
    quantity = "sum(quantity)" if "quantity" in has else "0"
    one = document_of(has)
    return (
        f"{one} IN (SELECT {one} FROM mainstay_lines WHERE kind = '{INVOICE}' GROUP BY {one} "
        f"HAVING sum(net) < 0 OR (sum(net) = 0 AND {quantity} < 0))"
    )


def mark_credit_notes(condition: str) -> str:
    """SQL that turns lines of sales into credit notes."""
    return (
        f"UPDATE mainstay_lines SET kind = '{CREDIT_NOTE}' "
        f"WHERE kind = '{INVOICE}' AND ({condition})"
    )


def plain_sql(
    staged: str,
    reading: Reading,
    exponent: int,
    *,
    money: Money = ONE,
    strip_zero: Collection[str] = (),
    source_rows: bool = False,
) -> str:
    """SQL of any table but lines from its staged rows."""
    table, has = reading.raw.table, reading.places
    picked = _plain(table, has, strip_zero, ("customer_id", "amount_own"))
    for column in TABLES[table].columns:
        if column.type is Type.MONEY and column.name in has and column.name != "amount_own":
            picked[column.name] = minor(column.name, exponent)
        elif column.type is Type.QUANTITY and column.name in has:
            picked[column.name] = f"CAST({column.name} AS DECIMAL(18, 4))"
    if "customer_id" in TABLES[table].names:
        picked["customer_id"] = customer_id(has, strip_zero)
    if table in efforts.TABLES:
        picked["activity"] = efforts.activity(table)
    if table == "customers":
        picked |= _terms(has)
    if table == "receipts" and (kind := receiptkinds.kind(reading)) is not None:
        picked["kind"] = kind
        picked["amount"] = receiptkinds.amount(reading, picked["amount"])
    picked = money.stated(picked)
    columns = ", ".join(
        f"{picked[name]} AS {name}" for name in TABLES[table].names if name in picked
    )
    if source_rows:
        columns += f", rn AS {SOURCE_ROW}"
    if table == "receipts" and "applied" in has:
        part = receiptkinds.amount(reading, minor("applied", exponent))
        columns += f", {part} AS _applied, _whose, rn AS _rn"
    return f"SELECT {columns} FROM {staged} WHERE _out IS NULL AND NOT _bad"


def _terms(has: Collection[str]) -> dict[str, str]:
    """Plain days are ``terms_days``, anything more is ``terms``; the fuller column speaks first."""
    given = [name for name in ("terms", "terms_days") if name in has]
    if not given:
        return {}
    stated = f"coalesce({', '.join(given)})"
    days = f"try_cast({stated} AS INTEGER)"
    return {"terms_days": days, "terms": f"CASE WHEN {days} IS NULL THEN {stated} END"}


def _plain(
    table: str, has: Collection[str], strip_zero: Collection[str], skip: Collection[str]
) -> dict[str, str]:
    return {
        name: strip(name, strip_zero)
        for name in TABLES[table].names
        if name in has and name not in skip
    }


def strip(name: str, strip_zero: Collection[str]) -> str:
    """SQL of a code column, without the «.0» a spreadsheet put behind whole numbers."""
    return f"regexp_replace({name}, '[.]0$', '')" if name in strip_zero else name


def customer_id(has: Collection[str], strip_zero: Collection[str]) -> str:
    """SQL of the customer's code; where the input has names only, the name is the code."""
    if "customer_id" in has:
        return strip("customer_id", strip_zero)
    named = "customer_name" in has
    return strip("customer_name", strip_zero) if named else "CAST(NULL AS VARCHAR)"
