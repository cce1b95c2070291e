"""Efforts and their rates: which activity a text means, and what cannot be an effort or a rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.activities import FINANCING, FINANCING_TITLE, activities
from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.currencies import condemned

if TYPE_CHECKING:
    import duckdb

    from mainstay_engine.errors import Fault
    from mainstay_engine.reader.staged import Reading

TABLES = ("efforts", "effort_rates")
_FINANCING = "资金|利息|利率|financ|capital|interest"
MOST_HOURS = 1_000
"""Of one effort; more is a slip of the pen or a sum."""


def activity(table: str) -> str:
    """SQL of the activity's name by the text of a staged row; null where no word of it is known."""
    text = "lower(trim(activity))"
    known = [(one.name, one.title, one.words) for one in activities()]
    if table == "effort_rates":
        known.insert(0, (FINANCING, FINANCING_TITLE, _FINANCING))
    exact = " ".join(
        f"WHEN {text} IN ({_listed(name, *title.values())}) THEN {quote(name)}"
        for name, title, _ in known
    )
    loose = " ".join(
        f"WHEN regexp_matches({text}, {quote(words)}) THEN {quote(name)}"
        for name, _, words in known
    )
    return f"CASE {exact} {loose} END"


def faults(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[Fault]:
    """A fault per row whose activity nobody knows, whose customer is missing, whose hours cannot
    be, or that sets no rate.

    Of rates also one that costs less than nothing, and a second one of its activity and day.
    """
    table, has = reading.raw.table, reading.places
    if "activity" not in has:
        return []
    titles = [one.title for one in activities()]
    titles += [FINANCING_TITLE] if table == "effort_rates" else []
    said = {
        "en_names": ", ".join(title["en"] for title in titles),
        "zh_names": "、".join(title["zh"] for title in titles),
    }

    def rows(column: str, condition: str) -> list[tuple[int, str]]:
        return con.execute(
            f"SELECT rn, CAST({column} AS VARCHAR) FROM {staged} WHERE _out IS NULL AND NOT _bad "
            f"AND ({condition}) ORDER BY rn"
        ).fetchall()

    found = condemned(
        con, staged, reading, "activity", "unknown_activity",
        rows("activity", f"({activity(table)}) IS NULL"), **said,
    )  # fmt: skip
    if table == "efforts":
        who = "customer_id" if "customer_id" in has else "customer_name"
        if who in has:
            nobody = rows(who, f"{who} IS NULL")
            found += condemned(con, staged, reading, who, "missing_value", nobody)
        if "hours" in has:
            wrong = rows("hours", f"hours < 0 OR hours > {MOST_HOURS}")
            found += condemned(con, staged, reading, "hours", "bad_hours", wrong, most=MOST_HOURS)
        if "quantity" in has:
            found += condemned(
                con, staged, reading, "quantity", "bad_times", rows("quantity", "quantity < 0")
            )
        return found
    amounts = [name for name in ("per_hour", "per_time", "per_year") if name in has]
    stated = " AND ".join(f"{name} IS NULL" for name in amounts) or "TRUE"
    if "per_year" in has:
        stated = f"({stated}) OR (({activity(table)}) = '{FINANCING}') <> (per_year IS NOT NULL)"
    else:
        stated = f"({stated}) OR ({activity(table)}) = '{FINANCING}'"
    found += condemned(con, staged, reading, "activity", "no_rate", rows("activity", stated))
    for name in amounts:
        found += condemned(con, staged, reading, name, "negative_rate", rows(name, f"{name} < 0"))
    if "since" in has:
        twice = (
            f"rn <> (SELECT min(o.rn) FROM {staged} o WHERE o._out IS NULL AND NOT o._bad "
            f"AND o.since = {staged}.since "
            f"AND {_of('o', table)} = {_of(staged, table)})"
        )
        found += condemned(
            con, staged, reading, "activity", "doubled_effort_rate", rows("activity", twice)
        )
    return found


def _of(rows: str, table: str) -> str:
    return f"({activity(table).replace('trim(activity)', f'trim({rows}.activity)')})"


def _listed(*words: str) -> str:
    return ", ".join(quote(word.lower()) for word in words)
