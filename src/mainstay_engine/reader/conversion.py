"""Tables in several currencies, made one: checked for rates, then converted by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.reader import rates
from mainstay_engine.reader.options import Wishes

if TYPE_CHECKING:
    import duckdb

    from mainstay_engine.reader.table import Outcome


def convert_all(
    con: duckdb.DuckDBPyConnection,
    outcomes: Mapping[str, Outcome],
    wishes: Wishes,
    *,
    own_amounts: bool,
    standing: Any = None,
) -> dict[str, Outcome]:
    """Convert lines and receipts where they lie; the outcomes with their totals and remarks.

    With ``own_amounts`` they are checked only, and totals are of the company's currency alone.
    Raises ``BadInput`` for every missing rate.
    """
    company = wishes.currency or ""
    rates.put_in_force(con, standing)
    named = {name: outcome.source.name for name, outcome in outcomes.items()}
    tables = [name for name in ("lines", "receipts") if name == "lines" or name in outcomes]
    remarks = prepare(con, tables, company, named, booked_only=own_amounts)
    if not own_amounts:
        convert_tables(con, tables, company, wishes.exponent, named)
    if "allocations" in outcomes:
        rates.rescale_allocations(con, company, wishes.exponent)
    done = dict(outcomes)
    for name, outcome in outcomes.items():
        if name in (*tables, "allocations"):
            source = replace(
                outcome.source,
                total=rates.total(con, name, only=company if own_amounts else None),
                notes=[*outcome.source.notes, *remarks.get(name, [])],
            )
            done[name] = replace(outcome, source=source)
    return done


def prepare(
    con: duckdb.DuckDBPyConnection,
    tables: list[str],
    company: str,
    named: Mapping[str, str],
    prefix: str = "mainstay_",
    *,
    booked_only: bool = False,
) -> dict[str, list[dict[str, str]]]:
    """See that every row has a currency and a rate; remarks by table. Raises ``BadInput``.

    ``booked_only``: orders and deliveries, which are not converted, need no rate.
    """
    faults: list[Fault] = []
    remarks: dict[str, list[dict[str, str]]] = {}
    for name in tables:
        rates.home(con, f"{prefix}{name}", company)
        file = named.get(name)
        faults += rates.missing(
            con, name, company, file, f"{prefix}{name}", booked_only=booked_only
        )
        remarks[name] = rates.far_off(con, name, company, f"{prefix}{name}")
    if faults:
        raise BadInput(faults)
    return remarks


def convert_tables(
    con: duckdb.DuckDBPyConnection,
    tables: list[str],
    company: str,
    places: int,
    named: Mapping[str, str],
    prefix: str = "mainstay_",
) -> None:
    """Put the converted tables in the place of those in own currencies. Raises ``BadInput``."""
    faults: list[Fault] = []
    for name in tables:
        source, target = f"{prefix}{name}", f"{prefix}converted_{name}"
        faults += rates.convert(con, name, company, places, named.get(name), source, target)
    if faults:
        raise BadInput(faults)
    for name in tables:
        con.execute(f"DROP TABLE {prefix}{name}")
        con.execute(f"ALTER TABLE {prefix}converted_{name} RENAME TO {prefix}{name}")
