"""In which currencies the rows of one table are: one for all, or each row its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault, MixedCurrencies
from mainstay_engine.reader.convert import RowPlaces, quote
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import Wishes, currency_code, exponent_of
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

OWN = "_currency"
"""Column of staged rows: the ISO code of the row's own currency, where there are several."""
SIGNS = {
    "¥": ("¥", "￥", "CNY", "RMB", "元"), "$": ("$", "USD"), "€": ("€", "EUR"), "£": ("£", "GBP"),
}  # fmt: skip
"""What amounts may carry beside their digits, by the currency it means."""


@dataclass(frozen=True)
class Money:
    """The currency of one table's amounts: the one of all rows, or the company's of ``foreign``
    rows too, whose own stands in ``OWN``."""

    currency: str | None = None
    foreign: bool = False

    def stated(self, picked: dict[str, str]) -> dict[str, str]:
        """The columns to pick, with the currency by its code; a rate only beside several."""
        made = dict(picked)
        if self.foreign:
            return made | {"currency": OWN}
        made.pop("exchange_rate", None)
        if "currency" in made and self.currency is not None:
            made["currency"] = f"CASE WHEN currency IS NOT NULL THEN {quote(self.currency)} END"
        return made


ONE = Money()


def of_rows(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, wishes: Wishes
) -> tuple[Money, list[Fault]]:
    """The currency of the rows, and what is wrong with it.

    Raises ``MixedCurrencies`` where there are several and nobody said the company's, or neither
    rates nor a column of them were given. The company's may also be told by the file itself: all
    its rows, and only its, state the rate 1.
    """
    if "currency" not in reading.places:
        return ONE, []
    texts = con.execute(
        f"SELECT currency, count(*) FROM {staged} WHERE _out IS NULL AND currency IS NOT NULL "
        "GROUP BY 1"
    ).fetchall()
    codes = {text: currency_code(text) for text, _count in texts}
    if reading.raw.table == "rates":
        _write_own(con, staged, codes, None)
        return Money(foreign=True), _unknown(con, staged, reading, codes)
    counts: dict[str, int] = {}
    for text, count in texts:
        counts[codes[text]] = counts.get(codes[text], 0) + count
    rated = wishes.rates or "exchange_rate" in reading.places
    if len(counts) <= 1 and not (rated and wishes.currency and counts):
        return Money(next(iter(counts), None)), []
    if set(counts) == {wishes.currency}:
        return Money(wishes.currency), []
    company = wishes.currency or _told(con, staged, reading, codes)
    if not rated or company is None:
        raise _mixed(reading.raw.name, counts, rated=rated)
    _write_own(con, staged, codes, company)
    return Money(company, foreign=True), [
        *_unknown(con, staged, reading, codes),
        *_rate_faults(con, staged, reading, company),
    ]


def places(con: duckdb.DuckDBPyConnection, staged: str, money: Money, company: int) -> int:
    """Decimal places of amounts: the company's, or each row's own where rows are foreign."""
    if not money.foreign:
        return company
    found = con.execute(f"SELECT DISTINCT {OWN} FROM {staged} WHERE {OWN} IS NOT NULL").fetchall()
    own: dict[int, list[str]] = {}
    for (code,) in found:
        if code != money.currency:
            own.setdefault(exponent_of(code), []).append(quote(code))
    return RowPlaces(
        company,
        tuple((places, f"{OWN} IN ({', '.join(sorted(codes))})")
              for places, codes in sorted(own.items()) if places != company),
    )  # fmt: skip


def _told(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, codes: dict[str, str]
) -> str | None:
    """The one currency all of whose rows state the rate 1."""
    if "exchange_rate" not in reading.places:
        return None
    rows = con.execute(
        f"SELECT currency, bool_and(coalesce(exchange_rate = 1, FALSE)) FROM {staged} "
        "WHERE _out IS NULL AND currency IS NOT NULL GROUP BY 1"
    ).fetchall()
    home = {codes[text] for text, _ in rows} - {codes[text] for text, home in rows if not home}
    return home.pop() if len(home) == 1 else None


def _mixed(name: str, counts: dict[str, int], *, rated: bool) -> MixedCurrencies:
    listed = ", ".join(f"{code} ({count})" for code, count in sorted(counts.items()))
    remedy = {
        "en": "Give dated rates of them (rates) or a column with each row's rate, and the "
        "company's currency.",
        "zh": "请提供带日期的汇率表或汇率列，并指明公司的本位币。",
    }
    if rated:
        remedy = {"en": "Say which is the company's currency.", "zh": "请指明公司的本位币。"}
    return MixedCurrencies(
        {
            "en": f"{name} holds several currencies: {listed}.",
            "zh": f"{name} 中有多种币种：{listed}。",
        },
        remedy,
        counts=counts,
    )


def _write_own(
    con: duckdb.DuckDBPyConnection, staged: str, codes: dict[str, str], company: str | None
) -> None:
    """Each row's own currency by its code, in ``OWN``; a row that states none is the company's."""
    con.execute(f"ALTER TABLE {staged} ADD COLUMN {OWN} VARCHAR")
    whens = " ".join(f"WHEN {quote(text)} THEN {quote(code)}" for text, code in codes.items())
    if whens:
        con.execute(f"UPDATE {staged} SET {OWN} = CASE currency {whens} END")
    if company is not None:
        con.execute(f"UPDATE {staged} SET {OWN} = {quote(company)} WHERE {OWN} IS NULL")


def _unknown(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, codes: dict[str, str]
) -> list[Fault]:
    """A fault per row whose currency no standard knows."""
    odd = [text for text, code in codes.items() if code not in known_currencies()]
    if not odd:
        return []
    rows = con.execute(
        f"SELECT rn, currency FROM {staged} WHERE _out IS NULL AND NOT _bad "
        "AND currency IN (SELECT unnest(?)) ORDER BY rn",
        [odd],
    ).fetchall()
    return condemned(con, staged, reading, "currency", "unknown_currency", rows)


def _rate_faults(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, company: str
) -> list[Fault]:
    """A fault per row that states an impossible rate: 0, less, or not 1 for the company's own."""
    if "exchange_rate" not in reading.places:
        return []
    query = (
        f"SELECT rn, CAST(exchange_rate AS VARCHAR) FROM {staged} WHERE _out IS NULL "
        "AND NOT _bad AND {} ORDER BY rn"
    )
    bad = con.execute(query.format(f"exchange_rate <= 0 AND {OWN} <> {quote(company)}")).fetchall()
    home = con.execute(query.format(f"exchange_rate <> 1 AND {OWN} = {quote(company)}")).fetchall()
    return [
        *condemned(con, staged, reading, "exchange_rate", "bad_rate", bad),
        *condemned(con, staged, reading, "exchange_rate", "home_rate", home, company=company),
    ]


def condemned(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    reading: Reading,
    column: str,
    code: str,
    rows: list[tuple[int, str]],
    **words: object,
) -> list[Fault]:
    """A fault for the column's cell in each of the rows (number, value), which become bad."""
    if rows:
        numbers = [row for row, _value in rows]
        con.execute(f"UPDATE {staged} SET _bad = TRUE WHERE rn IN (SELECT unnest(?))", [numbers])
    raw = reading.raw
    heading = raw.headings[reading.places[column]]
    return [
        fault(code, file=raw.name, sheet=raw.sheet, row=row, column=heading, value=value, **words)
        for row, value in rows
    ]


@lru_cache(maxsize=1)
def known_currencies() -> frozenset[str]:
    """ISO 4217 codes, those of former currencies too; source: CLDR as Babel carries it."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


def several_signs(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[Fault]:
    """A fault where cells carry signs of several currencies and no column says which they are in.

    Looked for only among cells that are no plain numbers.
    """
    raw = reading.raw
    money = [
        name for name, index in reading.places.items()
        if reading.kind(name) in ("number", "price") and raw.types[index] == "text"
    ]  # fmt: skip
    if "currency" in reading.places or not money:
        return []
    odd = {name: f"t_{name} IS NOT NULL AND q_{name} IS NULL" for name in money}
    tests = [
        f"min(t_{name}) FILTER ({condition} AND "
        f"({' OR '.join(_holds(f't_{name}', sign) for sign in signs)}))"
        for name, condition in odd.items() for signs in SIGNS.values()
    ]  # fmt: skip
    cells = iter(con.execute(
        f"SELECT {', '.join(tests)} FROM ({reading.values()}) WHERE {' OR '.join(odd.values())}"
    ).fetchall()[0])  # fmt: skip
    found: dict[str, str] = {}
    for name in money:
        for sign in SIGNS:
            cell = next(cells)
            if cell is not None:
                found.setdefault(sign, f"«{cell}» › {raw.headings[reading.places[name]]}")
    if len(found) < 2:
        return []
    listed = ", ".join(found.values())
    return [fault("several_signs", file=raw.name, sheet=raw.sheet, signs=listed)]


def _holds(cell: str, sign: str) -> str:
    return f"contains(upper({cell}), {quote(sign)})"
