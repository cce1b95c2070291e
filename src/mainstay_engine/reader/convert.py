"""SQL expressions that turn text as people write it into exact values; failure gives null.

Every expression takes the SQL of a text cell and yields a typed value or ``NULL``. ``quick_…`` read
what a program writes, the others what people write; the caller tries the quick one first and the
other only where it failed, so that clean files cost little. Numbers become exact decimals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

NUMBER = "DECIMAL(20, 10)"
"""Prices and rates as read: ten decimals kept, rounded beyond."""
QUANTITY = "DECIMAL(18, 6)"
AMOUNT = "DECIMAL(28, 10)"
LARGEST = {"price": 10**9, "quantity": 10**9, "number": 9 * 10**13}
"""Magnitude (major units, pieces) from which a cell is taken for a code in the wrong column."""

_WIDE = "０１２３４５６７８９．，－＋（）％　−–￥：／年月号"
_HALF = "0123456789.,-+()% --¥:/--日"


def quote(text: str) -> str:
    """A string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


_BLANKS = (" ", "\t", "\u00a0", "\u3000")


def trimmed(cell: str, *, key: bool = True) -> str:
    """The cell without surrounding blanks (a costly trim runs only where the ends show one).

    Tabs, no-break and ideographic spaces are looked for in keys only (codes, names of customers,
    dates), spaces everywhere.
    """
    if not key:
        return f"CASE WHEN {cell} < '!' OR suffix({cell}, ' ') THEN trim({cell}) ELSE {cell} END"
    ends = " OR ".join(f"suffix({cell}, {quote(blank)})" for blank in _BLANKS)
    wide = " OR ".join(f"prefix({cell}, {quote(blank)})" for blank in _BLANKS[2:])
    strip = f"trim({cell}, {quote(''.join(_BLANKS))})"
    starts = f"{cell} < '!' OR ({cell} >= '\u00a0' AND ({wide}))"
    return f"CASE WHEN {starts} OR {ends} THEN {strip} ELSE {cell} END"


def present(trimmed_cell: str) -> str:
    """A trimmed cell; empty and NULL are missing."""
    return (
        f"CASE WHEN {trimmed_cell} = '' OR {trimmed_cell} = 'NULL' OR {trimmed_cell} = 'null' "
        f"THEN NULL ELSE {trimmed_cell} END"
    )


def text(cell: str) -> str:
    """The cell without surrounding blanks; empty and NULL are missing."""
    return present(trimmed(cell))


def quick_number(cell: str, type_: str) -> str:
    """A number in plain digits."""
    return f"try_cast({cell} AS {type_})"


def finer_than(cell: str, places: int) -> str:
    """Whether a plain number has more decimals than ``places``, or an exponent."""
    point = f"instr({cell}, '.')"
    return (
        f"contains({cell}, 'e') OR contains({cell}, 'E') "
        f"OR ({point} > 0 AND strlen({cell}) - {point} > {places})"
    )


def bare_number(cell: str) -> str:
    """A number as people write it, in plain digits but for its thousands separators.

    Half-width, without currency signs, negative by a minus: «（１２．５０）» → «-12.50».
    """
    half = f"translate({cell}, {quote(_WIDE)}, {quote(_HALF)})"
    bare = f"regexp_replace({half}, '[\\s¥$€£元]|CNY|RMB|USD|EUR|GBP', '', 'gi')"
    return f"regexp_replace(regexp_replace({bare}, '^\\((.*)\\)$', '-\\1'), '^([^-].*)-$', '-\\1')"


def read_number(bare: str, type_: str) -> str:
    """The number of a bare one; «1,2345» and «1.234,56» are refused rather than guessed."""
    return (
        f"CASE WHEN regexp_full_match({bare}, '[-+]?[0-9]{{1,3}}(,[0-9]{{3}})+([.][0-9]*)?') "
        f"THEN try_cast(replace({bare}, ',', '') AS {type_}) ELSE try_cast({bare} AS {type_}) END"
    )


def read_comma(bare: str, type_: str) -> str:
    """The number of a bare one in which a comma stands before the decimals: «1.234,56», «12,5»."""
    plain = f"replace(replace({bare}, '.', ''), ',', '.')"
    shape = "[-+]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]*)?"
    return f"CASE WHEN regexp_full_match({bare}, '{shape}') THEN try_cast({plain} AS {type_}) END"


def number(cell: str, type_: str = NUMBER, *, comma: bool = False) -> str:
    """A number: thousands separators, currency signs, full-width digits, brackets for negative.

    «1,234.50», «¥1,234», «（12.00）», «12.00-», «１２»; with ``comma``, «1.234,50».
    """
    return (read_comma if comma else read_number)(bare_number(cell), type_)


def read_rate(cell: str, bare: str, *, comma: bool = False) -> str:
    """A tax or discount rate as a fraction: «13%», «13» and «0.13» are 0.13; «免税» is 0.

    ``bare`` is the cell as ``bare_number`` gives it.
    """
    value = (read_comma if comma else read_number)(f"replace({bare}, '%', '')", NUMBER)
    return (
        f"CASE WHEN {cell} IN ('免税', '零税率', '不征税', 'exempt', 'Exempt') THEN 0 "
        f"WHEN contains({bare}, '%') OR abs({value}) >= 1 THEN ({value}) / 100 ELSE {value} END"
    )


class RowPlaces(int):
    """Decimal places of the company's currency, where some rows are in others.

    ``others``: the places of those, each with the SQL condition that a row is of that kind.
    """

    others: tuple[tuple[int, str], ...]

    def __new__(cls, company: int, others: tuple[tuple[int, str], ...]) -> Self:
        made = super().__new__(cls, company)
        made.others = others
        return made


def minor(value: str, exponent: int) -> str:
    """Exact decimal in major units → minor units, rounded half-even; null when too large."""
    return _by_places(
        exponent,
        lambda places: f"try_cast(round_even({value}, {places}) * {10**places} AS BIGINT)",
    )


def places_of(exponent: int) -> str:
    """SQL of the decimal places of a row's currency."""
    return _by_places(exponent, str)


def _by_places(exponent: int, sql: Callable[[int], str]) -> str:
    plain = sql(int(exponent))
    others = exponent.others if isinstance(exponent, RowPlaces) else ()
    if not others:
        return plain
    whens = " ".join(f"WHEN {condition} THEN {sql(places)}" for places, condition in others)
    return f"CASE {whens} ELSE {plain} END"


def half_even(numerator: str, denominator: str) -> str:
    """SQL of numerator ÷ denominator (both HUGEINT, the latter positive), half-even; HUGEINT."""
    n, d = f"({numerator})", f"({denominator})"
    floor = f"(CASE WHEN {n} >= 0 THEN {n} // {d} ELSE -((-{n} + {d} - 1) // {d}) END)"
    rest = f"(2 * {n} - 2 * {floor} * {d})"
    return (
        f"({floor} + CASE WHEN {rest} > {d} OR ({rest} = {d} AND {floor} % 2 <> 0) "
        "THEN 1 ELSE 0 END)"
    )


def quick_date(cell: str) -> str:
    """A day as 2024-01-31 or 2024/1/31, with or without a time behind it (but no time zone)."""
    return (
        f"CASE WHEN strlen({cell}) <= 19 AND NOT contains({cell}, '+') "
        f"THEN CAST(try_cast({cell} AS TIMESTAMP) AS DATE) END"
    )


def bare_date(cell: str) -> str:
    """A date as people write it, with «-» between its parts and without the time of day.

    «2024年1月5日» → «2024-1-5», «5/1/2024 8:26» → «5-1-2024»; empty for what is no date at all.
    """
    half = f"translate({cell}, {quote(_WIDE)}, {quote(_HALF)})"
    joined = f"regexp_replace(replace({half}, '日', ' '), '\\s*[-./]\\s*', '-', 'g')"
    return f"regexp_extract(trim({joined}), '^([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)(?:[ T].*)?$', 1)"


def read_date(bare: str, dayfirst: bool | None = None) -> str:
    """The calendar day of a bare date; impossible days give null.

    ISO order, 20240105, Excel serial days («45296» or, with a time, «45296-4375»), 5-Jan-2024, and,
    once ``dayfirst`` is known, 5-1-2024 or 05-01-24.
    """
    formats = [
        ("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", "%Y-%m-%d"),
        ("[0-9]{8}", "%Y%m%d"),
        ("[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}", "%d-%b-%Y"),
        ("[0-9]{1,2}-[A-Za-z]{3}-[0-9]{2}", "%d-%b-%y"),
    ]
    if dayfirst is not None:
        order = "%d-%m" if dayfirst else "%m-%d"
        formats += [
            ("[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}", f"{order}-%Y"),
            ("[0-9]{1,2}-[0-9]{1,2}-[0-9]{2}", f"{order}-%y"),
        ]
    whens = " ".join(
        f"WHEN regexp_full_match({bare}, '{shape}') "
        f"THEN CAST(try_strptime({bare}, '{form}') AS DATE)"
        for shape, form in formats
    )
    serial = (
        f"WHEN regexp_full_match({bare}, '[2-7][0-9]{{4}}(-[0-9]+)?') "
        f"THEN DATE '1899-12-30' + try_cast(left({bare}, 5) AS INTEGER)"
    )
    return f"CASE {whens} {serial} END"


def plausible(day: str) -> str:
    """The day itself when its year lies in 1950–2100, else null."""
    return f"CASE WHEN {day} BETWEEN DATE '1950-01-01' AND DATE '2100-12-31' THEN {day} END"


def parts(cell: str) -> tuple[str, str]:
    """First and second number of a d/m/y or m/d/y text (null for every other form)."""
    half = f"translate({cell}, {quote(_WIDE)}, {quote(_HALF)})"
    shape = "^([0-9]{1,2})[-./]([0-9]{1,2})[-./](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?$"
    first, second = (f"regexp_extract({half}, '{shape}', {i})" for i in (1, 2))
    return f"try_cast({first} AS INTEGER)", f"try_cast({second} AS INTEGER)"


UNCALCULATED = "#UNCALCULATED!"
"""How a formula is read that no spreadsheet has worked out: a program wrote it."""
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!",
          UNCALCULATED)  # fmt: skip
"""What spreadsheets show for a formula that failed, or did not come to a value."""


def total_like(cell: str) -> str:
    """Whether a document number may be the label of a total, to be looked at carefully."""
    return f"({' OR '.join(f'contains({cell}, {quote(w)})' for w in ('计', 'otal', 'OTAL'))})"


def error_cell(cell: str) -> str:
    """Whether the cell holds a spreadsheet error."""
    errors = ", ".join(quote(error) for error in ERRORS)
    return f"({cell} < '$' AND prefix({cell}, '#') AND {cell} IN ({errors}))"


def cut_code(cell: str) -> str:
    """Whether a code was turned into a number and cut short (9.14E+17)."""
    return f"(contains({cell}, 'E+') AND regexp_full_match({cell}, '[0-9]([.][0-9]+)?E[+][0-9]+'))"
