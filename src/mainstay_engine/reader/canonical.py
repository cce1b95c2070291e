"""From staged values to the fact tables as ``mainstay_engine.tables`` declares them.

Net, tax and gross are derived only from what the file states; nothing is invented. Amounts become
minor units, rounded half-even per line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mainstay_engine.reader.convert import minor
from mainstay_engine.reader.staged import Reading, credit_flag
from mainstay_engine.tables import CREDIT_NOTE, INVOICE, TABLES, Type

_UNIT = "CAST({} AS DECIMAL(38, 16))"


@dataclass(frozen=True)
class Amounts:
    """SQL of the amounts of a line in minor units; ``None`` where the file does not state them.

    ``exact`` is the unrounded net in major units where it is computed, ``how`` what it came from.
    """

    net: str | None
    tax: str | None
    gross: str | None
    how: str
    exact: str | None = None


def amounts(
    has: Collection[str], exponent: int, *, amount_is: str = "net", tax_rate: str | None = None
) -> Amounts:
    """Which expression gives net, tax and gross, from the columns there are.

    ``amount_is`` says what a bare 金额 was found to be; ``tax_rate`` (a decimal such as «0.13») stands
    in for a missing rate column.
    """
    given = {name: minor(name, exponent) for name in ("net", "tax", "gross", "amount") if name in has}
    if "amount" in given:
        given.setdefault(amount_is, given["amount"])
    net, tax, gross = given.get("net"), given.get("tax"), given.get("gross")
    rate = "tax_rate" if "tax_rate" in has else None
    if rate is None and tax_rate is not None:
        rate = f"CAST({tax_rate} AS DECIMAL(20, 10))"
    how, exact = "net", None
    if net is None and gross is not None and tax is not None:
        net, how = f"({gross}) - ({tax})", "gross-tax"
    elif net is None and gross is not None and rate is not None:
        net, how = without_tax(gross, rate), "gross/rate"
    elif net is None and {"price", "quantity"} <= set(has):
        exact = "quantity * price"
        if "discount_rate" in has:
            exact = f"CAST(quantity * price AS DECIMAL(30, 12)) * CAST(1 - discount_rate AS DECIMAL(8, 4))"
        net, how = minor(exact, exponent), "price*quantity"
    elif net is None and {"price_gross", "quantity"} <= set(has) and (rate or tax):
        gross = minor("quantity * price_gross", exponent)
        net = f"({gross}) - ({tax})" if tax else without_tax(gross, str(rate))
        how = "price_gross*quantity"
    if net is not None and tax is None:
        if gross is not None:
            tax = f"({gross}) - ({net})"
        elif rate is not None:
            tax = minor(f"CAST(({net}) AS DECIMAL(24, 0)) * ({rate})", 0)
    if net is not None and tax is not None and gross is None:
        gross = f"({net}) + ({tax})"
    return Amounts(net, tax, gross, how, exact)


def without_tax(gross: str, rate: str) -> str:
    """SQL of gross ÷ (1 + rate) on minor units, half-even, in whole-number arithmetic."""
    scaled = f"CAST(({gross}) AS HUGEINT) * 10000"
    parts = f"CAST(10000 * (1 + {rate}) AS HUGEINT)"
    twice = f"(2 * ({scaled}))"
    floor = f"(CASE WHEN ({scaled}) >= 0 THEN ({scaled}) // {parts} ELSE -((-({scaled}) + {parts} - 1) // {parts}) END)"
    rest = f"({twice} - 2 * {floor} * {parts})"
    up = f"CASE WHEN {rest} > {parts} OR ({rest} = {parts} AND {floor} % 2 <> 0) THEN 1 ELSE 0 END"
    return f"CAST({floor} + {up} AS BIGINT)"


def lines_sql(
    staged: str,
    reading: Reading,
    sums: Amounts,
    exponent: int,
    *,
    strip_zero: Collection[str] = (),
    flip: Collection[str] = (),
    where: str = "_out IS NULL AND NOT _bad",
) -> str:
    """SQL of the canonical lines from the staged rows.

    ``strip_zero`` names code columns that all end in «.0»; ``flip`` the columns whose sign on credit
    notes is turned round.
    """
    has = reading.places
    explicit = "kind" in has
    picked = _plain("lines", has, strip_zero, skip=("kind", "net", "tax", "gross", "cost", "discount",
                                                    "quantity", "customer_id"))  # fmt: skip
    picked["customer_id"] = customer_id(has, strip_zero)
    if "quantity" in has:
        picked["quantity"] = "CAST(quantity AS DECIMAL(18, 4))"
    picked["net"] = sums.net or "CAST(NULL AS BIGINT)"
    for name, value in (("tax", sums.tax), ("gross", sums.gross), ("cost", _cost(has, exponent)),
                        ("discount", _discount(has, exponent))):  # fmt: skip
        if value is not None:
            picked[name] = value
    if explicit:
        picked["_flag"] = credit_flag("kind", [reading.raw.headings[has["kind"]]])
    derived = f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in picked.items())} FROM {staged} WHERE {where}"
    columns = []
    for name in TABLES["lines"].names:
        if name == "kind":
            columns.append(f"CASE WHEN _credit THEN '{CREDIT_NOTE}' ELSE '{INVOICE}' END AS kind")
        elif name in picked:
            sign = f"CASE WHEN _credit THEN -{name} ELSE {name} END AS {name}"
            columns.append(sign if name in flip else name)
    quantity = "sum(quantity)" if "quantity" in picked else "0"
    credit = (
        "_flag"
        if explicit
        else "doc_no IN (SELECT doc_no FROM derived GROUP BY doc_no "
        f"HAVING sum(net) < 0 OR (sum(net) = 0 AND {quantity} < 0))"
    )
    return (
        f"WITH derived AS ({derived}), marked AS (SELECT *, {credit} AS _credit FROM derived) "
        f"SELECT {', '.join(columns)} FROM marked"
    )


def plain_sql(
    staged: str, reading: Reading, exponent: int, *, strip_zero: Collection[str] = ()
) -> str:
    """SQL of receipts, allocations or customers from their staged rows."""
    table, has = reading.raw.table, reading.places
    picked = _plain(table, has, strip_zero, skip=("customer_id",))
    for column in TABLES[table].columns:
        if column.type is Type.MONEY and column.name in has:
            picked[column.name] = minor(column.name, exponent)
    if "customer_id" in TABLES[table].names:
        picked["customer_id"] = customer_id(has, strip_zero)
    names = [name for name in TABLES[table].names if name in picked]
    columns = ", ".join(f"{picked[name]} AS {name}" for name in names)
    return f"SELECT {columns} FROM {staged} WHERE _out IS NULL AND NOT _bad"


def _plain(
    table: str, has: Mapping[str, int], strip_zero: Collection[str], skip: Collection[str]
) -> dict[str, str]:
    return {
        name: strip(name, strip_zero)
        for name in TABLES[table].names
        if name in has and name not in skip
    }


def strip(name: str, strip_zero: Collection[str]) -> str:
    """SQL of a code column, without the «.0» a spreadsheet or data frame put behind whole numbers."""
    return f"regexp_replace({name}, '[.]0$', '')" if name in strip_zero else name


def customer_id(has: Collection[str], strip_zero: Collection[str]) -> str:
    """SQL of the customer's code; where the input has names only, the name is the code."""
    if "customer_id" in has:
        return strip("customer_id", strip_zero)
    return "customer_name" if "customer_name" in has else "CAST(NULL AS VARCHAR)"


def _cost(has: Collection[str], exponent: int) -> str | None:
    if "cost" in has:
        return minor("cost", exponent)
    if {"unit_cost", "quantity"} <= set(has):
        return minor("quantity * unit_cost", exponent)
    return None


def _discount(has: Collection[str], exponent: int) -> str | None:
    return minor("discount", exponent) if "discount" in has else None
