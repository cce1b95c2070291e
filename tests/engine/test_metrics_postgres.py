"""PostgreSQL answers every metric with the same bits as DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from psycopg import sql

from mainstay_engine.backends import on_postgres
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import company_totals, compute_metrics, metrics, monthly_sales
from mainstay_engine.replays import Replay
from mainstay_engine.tables import TABLES
from tests.engine.buying_worlds import AS_OF, buyers
from tests.engine.metrics_worlds import World, world

pytestmark = pytest.mark.postgres
SCHEMA = "mainstay_metrics_test"
SQL_TYPE = {
    "string": "text", "date": "date", "int64": "bigint", "int32": "integer",
    "decimal(18, 4)": "decimal(18, 4)", "decimal(20, 10)": "decimal(20, 10)",
}  # fmt: skip


@pytest.fixture
def schema(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        yield connection
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def on_the_server(given: World, connection: psycopg.Connection, url: str) -> Facts:
    backend = on_postgres(url)
    tables = {}
    served = [name for name in ("efforts", "effort_rates") if getattr(given, name)]
    for name in ("lines", "receipts", "customers", "allocations", *served):
        rows = given.arrow(name)
        kinds = {column.name: SQL_TYPE[column.type.value] for column in TABLES[name].columns}
        columns = sql.SQL(", ").join(
            sql.SQL("{} " + kinds[c]).format(sql.Identifier(c)) for c in rows.column_names
        )
        place = sql.Identifier(SCHEMA, name)
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, columns))
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} FROM STDIN").format(place)) as copy,
        ):
            for row in rows.to_pylist():
                copy.write_row(tuple(row.values()))
        tables[name] = backend.table(name, database=SCHEMA)
    return Facts(backend, **tables)


@pytest.mark.parametrize("known", [False, True])
def test_postgres_and_duckdb_agree_on_every_metric(
    known: bool, schema: psycopg.Connection, postgres_url: str
) -> None:
    given = world(11, documents=200, known=known)
    here, there = given.facts(), on_the_server(given, schema, postgres_url)
    names = [one.name for one in metrics() if not one.fitted]
    try:
        for as_of, window in [("2024-12-31", "12m"), ("2024-02-29", "90d"), ("2024-06-30", "all")]:
            asked = {"as_of": as_of, "window": window,
                     "known_as_of": date(2024, 6, 1) if known else None}  # fmt: skip
            left = compute_metrics(here, names, **asked)
            right = compute_metrics(there, names, **asked)
            for name in left.column_names:
                assert left[name].equals(right[name]), name
            assert company_totals(here, **asked) == company_totals(there, **asked)
        assert monthly_sales(here, as_of="2024-12-31").equals(
            monthly_sales(there, as_of="2024-12-31")
        )
    finally:
        there.backend.disconnect()


def test_fitted_metrics_have_the_same_bits(schema: psycopg.Connection, postgres_url: str) -> None:
    given = buyers(9)
    here, there = given.facts(), on_the_server(given, schema, postgres_url)
    names = [one.name for one in metrics() if one.fitted]
    try:
        assert compute_metrics(there, names, as_of=AS_OF).equals(
            compute_metrics(here, names, as_of=AS_OF)
        )
    finally:
        there.backend.disconnect()


def test_a_replay_of_facts_on_postgres_answers_as_they_do(
    schema: psycopg.Connection, postgres_url: str
) -> None:
    given = world(3)
    facts = on_the_server(given, schema, postgres_url)
    asked = {"as_of": date(2024, 9, 30), "known_as_of": date(2024, 9, 30)}
    names = ["net_sales", "orders", "median_gap", "items", "categories", "overdue_balance"]
    replayed = compute_metrics(None, names, state=Replay(facts), **asked)
    expected = compute_metrics(given.facts(), names, **asked)
    assert replayed.drop_columns("customer_name").equals(expected.drop_columns("customer_name"))
