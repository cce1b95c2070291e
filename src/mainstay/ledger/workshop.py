"""Everything an import brings, laid out in a file of its own: memory stays flat, however much.

Tables come as the engine's fact tables (``mainstay_engine.tables``): amounts in minor units,
optional columns absent where the file lacks them. DuckDB sorts and sums them within ``MEMORY``;
digests of documents, which need all their lines at once, are made for a stretch at a time. Here
each table of the books then lies as it will be written, row by row in order of ``place``.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay.foundation.scratch import Scratch
from mainstay.ledger.shaping import (
    HEAD,
    LINE_COLUMNS,
    RATED,
    SHAPES,
    WHOSE,
    counted,
    joined,
    literal,
    own,
    typed,
)

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

MEMORY = 80
"""Megabytes for sorting, adding up and comparing rows: enough for some millions of lines.

What needs more gets twice as much, and again, up to ``MOST_MEMORY``.
"""
MOST_MEMORY = 4_000
LESS_MEMORY = 32
"""While rows are handed out, a stretch at a time."""
STRETCH = 20_000
"""Rows worked on at a time; of documents, as many as hold about that many lines."""
CONTENT = ("line_no", "item", "quantity", "net", "tax", "gross", "cost", "discount")
FURTHER_CONTENT = ("order_no", "promised", "order_state", "category")
"""Further content of a line, which most lines do not have."""
HEAD_CONTENT = ("customer_id", "doc_date", "due_date", "salesperson", "region", "currency")
SUMS = ("net", "tax", "gross", "cost", "discount")
OURS = {
    "document": ("last_name", "tax_no", "base"), "receipt": ("customer_name", "base"),
}  # fmt: skip
"""What only ``customers`` and ``organisations`` need of a table; the books do not hold it there."""


Given = pa.Table | Path
"""A table, or the path of one in Parquet, which is read in parts."""


@dataclass(frozen=True, slots=True)
class Twice:
    """Lines that a document holds more than once with the very same content: they may be real, or
    a file's rows doubled.
    """

    lines: int
    """How many are beyond the first of each."""
    documents: int
    samples: list[dict[str, Any]]
    """``number, item, item_name, quantity, net, currency, times``, and in the file the ``rows``."""


class Workshop:
    """The rows of one import. Its files go with it."""

    def __init__(
        self, lines: Given, others: Mapping[str, Given | None] | None = None, company: str = ""
    ) -> None:
        """``others``: what ``SHAPES`` names, where it is there; ``company``: its currency."""
        import duckdb

        scratch = Scratch("import")
        folder = scratch.path
        self.db = duckdb.connect(
            folder / "work.duckdb" if isinstance(lines, Path) else ":memory:",
            config={"memory_limit": f"{MEMORY}MB", "temp_directory": str(folder)},
        )
        self._memory = MEMORY
        self._close = weakref.finalize(self, _close, self.db, scratch)
        given = {name: table for name, table in (others or {}).items() if table is not None}
        self.tables = ("document", *(name for name in SHAPES if name in given))
        """What there is, by its name in the books."""
        try:
            self._lay_out(lines)
            self._sum_up()
            for name in self.tables[1:]:
                have = self._give(given[name])
                self.make(f"CREATE TABLE {name} AS {SHAPES[name](have, company)}")
        except BaseException:
            self._close()
            raise

    def _give(self, table: Given) -> list[str]:
        """Let a table be «given»; its columns."""
        self.db.unregister("given")
        if isinstance(table, Path):
            relation = self.db.read_parquet(str(table))
            relation.create_view("given", replace=True)
            return list(relation.columns)
        self.db.register("given", table)  # goes before a view of that name
        return list(table.column_names)

    def make(self, statement: str) -> None:
        """Carry out a statement that makes rows, with more memory where it needs that."""
        import duckdb

        while True:
            try:
                self.db.execute(statement)
            except duckdb.OutOfMemoryException:
                if self._memory >= MOST_MEMORY:
                    raise
                enough, self._memory = self._memory, min(2 * self._memory, MOST_MEMORY)
                log.info("the rows of an import take more than %d MB to sort", enough)
                self.db.execute(f"SET memory_limit = '{self._memory}MB'")
            else:
                return

    def _lay_out(self, lines: Given) -> None:
        """Make ``line``: every row by ``document`` (0, 1, …, in order of ``HEAD``) and ``place`` in
        the file. Sorted on the disk, documents are told apart from one row to the next.
        """
        columns = typed(self._give(lines), LINE_COLUMNS)
        begins = " OR ".join(f"{name} IS DISTINCT FROM lag({name}) OVER ()" for name in HEAD)
        self.make(
            "CREATE TABLE line AS "  # noqa: S608  our names
            "SELECT (sum(begins::BIGINT) OVER (ROWS UNBOUNDED PRECEDING))::BIGINT - 1 AS document, "
            f"* EXCLUDE (begins) FROM (SELECT *, lag(place) OVER () IS NULL OR {begins} AS begins "
            f"FROM (SELECT {columns}, row_number() OVER () AS place FROM given "
            f"ORDER BY {', '.join(HEAD)}, place))"
        )

    def _sum_up(self) -> None:
        """Make ``document``: every one by ``place`` (0, 1, …) with ``key``, ``part`` (1, … of one
        key) and a ``digest`` of its content, whatever the order of lines (``base``: without the
        organisation); number, kind, what its
        lines share, and sums of ``net, tax, gross, cost, discount`` (null where any line's is).
        """
        sums = ", ".join(
            f"CASE WHEN count({name}) = count(*) THEN sum({name})::BIGINT END AS {name}"
            for name in SUMS
        )
        none = " AND ".join(f"{name} IS NULL" for name in FURTHER_CONTENT)
        content = (
            f"CASE WHEN {none} THEN {joined(CONTENT)} ELSE {joined(CONTENT + FURTHER_CONTENT)} END"
        )
        shared = ", ".join(
            "exchange_rate AS rate" if name == "exchange_rate" else name
            for name in HEAD if name not in ("doc_no", "kind")
        )  # fmt: skip
        head = ", ".join(f"any_value({name}) AS {name}" for name in HEAD)
        for start, end in self._stretches_of_documents():
            into = "INSERT INTO summed" if start else "CREATE TABLE summed AS"
            self.make(
                f"{into} SELECT document AS place, kind || ':' || doc_no || {WHOSE} AS key, "  # noqa: S608  our names
                f"md5({joined(HEAD_CONTENT)} || {RATED} || '¶' || content) AS base, "
                f"{own('base', 'organisation')} AS digest, "
                f"doc_no AS number, kind, {shared}, customer_name, last_name, tax_no, "
                f"{', '.join(SUMS)}, line_count "
                f"FROM (SELECT document, {head}, min(customer_name) AS customer_name, "
                f"max(customer_name) AS last_name, max(tax_no) AS tax_no, {sums}, "
                "count(*)::INTEGER AS line_count, "
                f"string_agg({content}, '¶' ORDER BY {content}) AS content FROM line "
                f"WHERE document >= {start} AND document < {end} GROUP BY document) "
                "ORDER BY place"
            )
        parts = counted("SELECT * FROM summed", key="key", count="part")
        self.make(f"CREATE TABLE document AS SELECT * FROM ({parts}) ORDER BY place")  # noqa: S608  our names
        self.db.execute("DROP TABLE summed")

    def need_less(self) -> None:
        """From now on rows are only handed out."""
        self.db.execute(f"SET memory_limit = '{LESS_MEMORY}MB'; SET threads = 1")

    def places_of(self, keys: list[str]) -> pa.Array[Any]:
        """The places of the documents of these keys, ascending."""
        found: pa.Table = self.db.sql(
            "SELECT place FROM document WHERE key IN (SELECT unnest($1)) ORDER BY place",
            params=[keys],
        ).to_arrow_table()
        return found["place"].combine_chunks()

    def first_of(
        self, kinds: Sequence[str], places: pa.Array[pa.Int64Scalar], count: int
    ) -> pa.Array[pa.Int64Scalar]:
        """The first so many of these places whose documents are of one of the kinds."""
        self.db.register("wanted", pa.table({"wanted": places}))
        found: pa.Table = self.db.sql(
            "SELECT place FROM document WHERE list_contains($1, kind) "
            "AND place IN (SELECT wanted FROM wanted) ORDER BY place LIMIT $2",
            params=[list(kinds), count],
        ).to_arrow_table()
        return found["place"].combine_chunks()

    def rows(self, table: str, places: pa.Array[pa.Int64Scalar]) -> Iterator[pa.Table]:
        """The rows of a table at these places (ascending), as the books take them, in parts."""
        document = table == "document"
        stretches = self._stretches_of_documents() if document else self._stretches_of(table)
        without = f"EXCLUDE ({', '.join(OURS[table])})" if table in OURS else ""
        select = f"SELECT * {without} FROM {table}"  # noqa: S608  our names
        yield from self._in_parts(select, "place", places, stretches)

    def lines(self, places: pa.Array[pa.Int64Scalar]) -> Iterator[pa.Table]:
        """The lines of these documents (ascending), each with its document's ``place``, in order of
        document and file, some thousands at a time.
        """
        columns = (
            "line_no, item, item_name, category, quantity, net, tax, gross, cost, discount, "
            "source_row, order_no, promised, order_state"
        )
        yield from self._in_parts(
            f"SELECT document AS place, {columns} FROM (SELECT * RENAME (place AS row) FROM line)",  # noqa: S608  our names
            "document, row",
            places,
            self._stretches_of_documents(),
            by="document",
        )

    def twice(self, places: pa.Array[pa.Int64Scalar], count: int) -> Twice:
        """Lines of these documents (ascending) that say the very same as another of theirs."""
        alike = ", ".join((*CONTENT, *FURTHER_CONTENT))
        ascending, lines = places.to_numpy(), 0
        found: list[dict[str, Any]] = []
        documents: set[int] = set()
        for start, end in self._stretches_of_documents():
            first, last = np.searchsorted(ascending, (start, end))
            self.db.register("wanted", pa.table({"wanted": places[first:last]}))
            table = self.db.sql(
                "SELECT document AS place, any_value(doc_no) AS number, item, "  # noqa: S608  our names
                "any_value(item_name) AS item_name, quantity, net, "
                "any_value(currency) AS currency, count(*) AS times, "
                "list(source_row ORDER BY source_row) AS rows "
                f"FROM line WHERE document >= {start} AND document < {end} "
                "AND document IN (SELECT wanted FROM wanted) "
                f"GROUP BY document, {alike} HAVING count(*) > 1 ORDER BY place, min(line.place)"
            ).to_arrow_table()
            rows: list[dict[str, Any]] = table.to_pylist()
            lines += sum(row["times"] - 1 for row in rows)
            documents.update(row["place"] for row in rows)
            found += rows[: max(0, count - len(found))]
        return Twice(lines, len(documents), found)

    def _in_parts(
        self,
        select: str,
        order: str,
        places: pa.Array[pa.Int64Scalar],
        stretches: Iterator[tuple[int, int]],
        *,
        by: str = "place",
    ) -> Iterator[pa.Table]:
        """The rows whose ``by`` is among the places, a stretch at a time."""
        ascending = places.to_numpy()
        for start, end in stretches:
            first, last = np.searchsorted(ascending, (start, end))
            self.db.register("wanted", pa.table({"wanted": places[first:last]}))
            yield self.db.sql(
                f"{select} WHERE {by} >= {start} AND {by} < {end} "  # noqa: S608  whole numbers
                f"AND {by} IN (SELECT wanted FROM wanted) ORDER BY {order}"
            ).to_arrow_table()

    def _stretches_of(self, table: str) -> Iterator[tuple[int, int]]:
        """First and end of runs of rows; at least one."""
        (count,) = self._one(f"SELECT count(*) FROM {table}")  # noqa: S608  our names
        for start in range(0, max(count, 1), STRETCH):
            yield start, start + STRETCH

    def _stretches_of_documents(self) -> Iterator[tuple[int, int]]:
        """First and end of runs of documents; at least one."""
        last, rows = self._one("SELECT coalesce(max(document), -1), count(*) FROM line")
        stretch = max(1, (last + 1) * STRETCH // max(rows, 1))
        for start in range(0, max(last + 1, 1), stretch):
            yield start, start + stretch

    def net_by_currency(self, kinds: Sequence[str]) -> dict[str | None, int]:
        """Net of documents of these kinds by currency, in its minor units; ``None``: of those that
        name none.
        """
        rows = self.db.execute(
            "SELECT currency, sum(net)::BIGINT FROM document "
            "WHERE list_contains(?, kind) GROUP BY 1",
            [list(kinds)],
        ).fetchall()
        return dict(rows)

    def totals(self, kinds: Sequence[str], company: str = "") -> dict[str, int]:
        """Of documents of these kinds: how many, their ``lines`` and ``net``, and of those without
        a customer ``unassigned_lines`` and ``unassigned_net``; net of the company's currency.
        """
        code = literal(company)
        home = f"coalesce(currency, {code}) = {code}"
        (figures,) = self.db.execute(
            "SELECT count(*), coalesce(sum(line_count), 0)::BIGINT, "  # noqa: S608  a quoted code
            f"coalesce(sum(net) FILTER ({home}), 0)::BIGINT, "
            "coalesce(sum(line_count) FILTER (customer_id IS NULL), 0)::BIGINT, "
            f"coalesce(sum(net) FILTER (customer_id IS NULL AND {home}), 0)::BIGINT "
            "FROM document WHERE list_contains(?, kind)",
            [list(kinds)],
        ).fetchall()
        names = ("documents", "lines", "net", "unassigned_lines", "unassigned_net")
        return dict(zip(names, figures, strict=True))

    def openings(self, company: str = "") -> dict[str, int]:
        """How many ``openings`` there are among the documents, and what is ``openings_owed`` in the
        company's currency.
        """
        code = literal(company)
        found = self._one(
            "SELECT count(DISTINCT place), "  # noqa: S608  a quoted code
            f"coalesce(sum(l.gross) FILTER (coalesce(currency, {code}) = {code}), 0)::BIGINT "
            "FROM (SELECT place, currency FROM document WHERE kind = 'opening') "
            "JOIN (SELECT document, gross FROM line) l ON l.document = place"
        )
        return dict(zip(("openings", "openings_owed"), found, strict=True))

    def customers(self) -> pa.Table:
        """Customers as documents and receipts name them: ``code``, latest ``name`` and ``tax_no``,
        and the region and salesperson of the latest document. Sorted by code.
        """
        also = ""
        if "receipt" in self.tables:
            also = (
                "UNION ALL SELECT customer_id, customer_name, NULL, NULL, NULL, date FROM receipt"
            )
        found: pa.Table = self.db.sql(
            f"""
            SELECT customer_id AS code,
                   arg_max(customer_name, (day, customer_name)) AS name,
                   arg_max(region, (day, region)) AS region,
                   arg_max(salesperson, (day, salesperson)) AS salesperson,
                   arg_max(tax_no, (day, tax_no)) AS tax_no
            FROM (SELECT customer_id, last_name AS customer_name, region, salesperson, tax_no,
                         doc_date AS day FROM document {also})
            WHERE customer_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
        return found

    def unnumbered(self, places: pa.Array[pa.Int64Scalar], customers: list[str]) -> pa.Table:
        """The receipts at these places that have no number, of customers by these codes, as the
        books take them.
        """
        self.db.register("wanted", pa.table({"wanted": places}))
        found: pa.Table = self.db.sql(
            f"SELECT * EXCLUDE ({', '.join(OURS['receipt'])}) FROM receipt "  # noqa: S608  our names
            "WHERE number IS NULL AND place IN (SELECT wanted FROM wanted) "
            "AND customer_id IN (SELECT unnest($1)) ORDER BY place",
            params=[customers],
        ).to_arrow_table()
        return found

    def first_rates(self) -> dict[str, date]:
        """The first day of each currency's rates that the import brings."""
        if "rate" not in self.tables:
            return {}
        return dict(self.db.execute("SELECT currency, min(date) FROM rate GROUP BY 1").fetchall())

    def items(self, places: pa.Array[pa.Int64Scalar] | None = None) -> pa.Table:
        """Items as lines name them, all or those of the documents at ``places``: ``code``, and the
        last ``name`` and ``category`` that a line gives, in the order lines are written; null where
        none does. Sorted by code.
        """
        last = ", ".join(
            f"arg_max({column}, (document, place)) FILTER (nullif({column}, '') IS NOT NULL) "
            f"AS {name}"
            for column, name in (("item_name", "name"), ("category", "category"))
        )
        among = ""
        if places is not None:
            self.db.register("wanted", pa.table({"wanted": places}))
            among = "AND document IN (SELECT wanted FROM wanted) "
        found: pa.Table = self.db.sql(
            f"SELECT item AS code, {last} FROM line WHERE nullif(item, '') IS NOT NULL "  # noqa: S608  our names
            f"{among}GROUP BY item ORDER BY item"
        ).to_arrow_table()
        return found

    def _one(self, query: str) -> tuple[int, ...]:
        (found,) = self.db.execute(query).fetchall()
        return tuple(found)


def _close(db: duckdb.DuckDBPyConnection, scratch: Scratch) -> None:
    db.close()
    scratch.close()
