"""``read_facts``: open, understand, check and type each input; all faults or none of the facts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.facts import Facts, Source
from mainstay_engine.reader.conversion import convert_all
from mainstay_engine.reader.mapping import OPTIONS, fits, load_mapping
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.rates import ALLOCATED_PLACES
from mainstay_engine.reader.table import Outcome, read_table
from mainstay_engine.tables import LINES, Type

FLAT = "96MB"
ROOMIER = ("128MB", "256MB")
"""For rows too wide for that, one after the other: a block of them is held until it is written."""

if TYPE_CHECKING:
    import duckdb

    Progress = Callable[[str, int, int], None]


def read_facts(
    lines: Any = None,
    receipts: Any = None,
    customers: Any = None,
    allocations: Any = None,
    rates: Any = None,
    *,
    mapping: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    skip_bad: bool = False,
    currency: str | None = None,
    exponent: int | None = None,
    connection: Any = None,
    source_rows: bool = False,
    progress: Progress | None = None,
    folder: str | os.PathLike[str] | None = None,
    own_amounts: bool = False,
    orders: bool = False,
    products: Any = None,
    standing_rates: Any = None,
    efforts: Any = None,
    effort_rates: Any = None,
) -> Facts:
    """Read sales lines, receipts, customers, allocations, rates, products, efforts and what these
    cost, those given.

    Without sales lines the facts hold an empty table of them.

    Each input is a path (CSV, TSV, .gz of either, xlsx, xls, Parquet), a pandas or Polars
    data frame, an Arrow table, or, with ``connection`` (URL, DB-API, DuckDB or Ibis), the
    name of a table or view. Amounts in inputs are major units (yuan, pounds). ``mapping`` is
    a dict or the path of a YAML file: ``{lines: {doc_no: <heading>}, options: {dayfirst:
    true, currency: GBP}}``. ``currency`` is an ISO 4217 code, ``exponent`` its decimal places
    (default: by currency, else 2). With ``source_rows``, lines and receipts carry the column
    ``source_row``: the row in the file, as a spreadsheet counts; reading then takes longer.
    ``progress`` is called with (table, step, steps). With ``folder`` (an empty one, which the
    caller removes afterwards) the tables lie in a file there and memory stays flat. Orders and
    deliveries, told by the type column or by the option ``documents`` (sales, orders, deliveries),
    are no sales: they are left out and counted, unless ``orders`` asks for them.

    Rows in other currencies than the company's, ``currency``, are converted by the rate their
    row states (汇率), else by ``rates`` (``reader.rates`` says how); with ``own_amounts`` they
    stay as they are, once it is sure that there is a rate for each of them. ``standing_rates``, an
    Arrow table of rates, holds for days on which ``rates`` has none.

    Raises ``BadInput`` with every fault of every input, unless ``skip_bad``: then faulty rows
    are left out and their faults are ``facts.rejects``. Raises ``MixedCurrencies`` where there
    are several and no rates, or nothing tells the company's. Missing: a line without customer is
    kept unassigned; optional columns that are absent stay absent.
    """
    inputs = {
        "lines": lines,
        "receipts": receipts,
        "customers": customers,
        "allocations": allocations,
        "rates": rates,
        "products": products,
        "efforts": efforts,
        "effort_rates": effort_rates,
    }
    if all(source is None for source in inputs.values()):
        raise TypeError("read_facts needs an input")
    if currency is not None and not fits("currency", currency):
        en, zh = OPTIONS["currency"]
        raise BadInput([fault("bad_option", column="currency", value=currency, en=en, zh=zh)])
    wishes = replace(
        Wishes.of(load_mapping(mapping), currency, exponent),
        source_rows=source_rows,
        orders=orders,
        rates=rates is not None or standing_rates is not None,
    )
    con = open_duckdb() if folder is None else open_duckdb(memory_limit=FLAT, folder=folder)
    given = [name for name, source in inputs.items() if source is not None]
    outcomes: dict[str, Outcome] = {}
    faults: list[Fault] = list(wishes.faults)
    try:
        for step, name in enumerate(given):
            if progress is not None:
                progress(name, step, len(given))
            try:
                fine = name == "allocations" and _foreign(outcomes)
                asked = replace(wishes, given_exponent=ALLOCATED_PLACES) if fine else wishes
                outcome = _read(con, inputs[name], name, asked, connection, flat=folder is not None)
            except BadInput as error:
                faults += error.faults
                continue
            outcomes[name] = outcome
            faults += outcome.faults
            wishes = wishes.agreed(name, outcome.currency)
        fatal = [fault for fault in faults if fault.row is None]
        if fatal or len(outcomes) < len(given) or (faults and not skip_bad):
            raise BadInput(faults)
        if "lines" not in outcomes:
            con.execute(_no_lines())
        if _foreign(outcomes):
            outcomes = convert_all(
                con, outcomes, wishes, own_amounts=own_amounts, standing=standing_rates
            )
    except BaseException:
        con.close()
        raise
    if progress is not None:
        progress("", len(given), len(given))
    backend = on_duckdb(con)
    tables = {name: backend.table(f"mainstay_{name}") for name in ("lines", *outcomes)}
    return Facts(
        backend,
        tables["lines"],
        tables.get("receipts"),
        tables.get("allocations"),
        tables.get("customers"),
        wishes.currency,
        wishes.exponent,
        tuple(_source(outcome) for outcome in outcomes.values()),
        tuple(faults),
        tables.get("rates"),
        tables.get("products"),
        tables.get("efforts"),
        tables.get("effort_rates"),
    )


def _foreign(outcomes: Mapping[str, Outcome]) -> bool:
    return any(outcome.foreign for outcome in outcomes.values())


def _read(
    con: duckdb.DuckDBPyConnection, source: Any, name: str, wishes: Wishes, connection: Any, *,
    flat: bool,
) -> Outcome:  # fmt: skip
    """A table, once more with more room where its rows are too wide for flat memory."""
    from duckdb import OutOfMemoryException

    for room in ROOMIER if flat else ():
        try:
            return read_table(con, source, name, wishes, connection=connection)
        except OutOfMemoryException:  # a block for each thread: one thread needs the least
            con.execute(f"SET threads = 1; SET memory_limit = '{room}'")
    return read_table(con, source, name, wishes, connection=connection)


def _no_lines() -> str:
    """SQL of an empty table of lines, for receipts or customers that come alone."""
    columns = ", ".join(
        f"{name} {_SQL[LINES[name].type]}" for name in (*LINES.required, "customer_name")
    )
    return f"CREATE TABLE mainstay_lines ({columns})"


_SQL = {Type.TEXT: "VARCHAR", Type.DATE: "DATE", Type.MONEY: "BIGINT"}


def _source(outcome: Outcome) -> Source:
    return outcome.source
