"""Sales lines laid out by document, in a file of their own: memory stays flat, however many.

Lines come as the engine's fact table (``mainstay_engine.tables``): amounts in minor units, optional
columns absent where the file lacks them. DuckDB sorts and sums them within ``MEMORY``; digests,
which need all lines of a document at once, are made for a stretch of documents at a time.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay.foundation.scratch import Scratch
from mainstay.ledger.shaping import (
    HEAD,
    LINE_COLUMNS,
    RATED,
    RECEIPT_COLUMNS,
    joined,
    literal,
    typed,
)

if TYPE_CHECKING:
    import duckdb

MEMORY = "128MB"
"""While lines are sorted and added up."""
LESS_MEMORY = "72MB"
"""While sorted lines are handed out, a stretch at a time."""
STRETCH = 40_000
"""Lines worked on at a time, as many documents as hold about that many."""
CONTENT = ("line_no", "item", "quantity", "net", "tax", "gross", "cost", "discount")
FURTHER_CONTENT = ("order_no", "promised", "order_state", "category")
"""Further content of a line, which most lines do not have."""
HEAD_CONTENT = ("customer_id", "doc_date", "due_date", "salesperson", "region", "currency")
SUMS = ("net", "tax", "gross", "cost", "discount")


class Workshop:
    """The lines of one import. Its files go with it."""

    def __init__(self, lines: pa.Table | Path) -> None:
        import duckdb

        scratch = Scratch("import")
        folder = scratch.path
        self._db = duckdb.connect(
            folder / "work.duckdb" if isinstance(lines, Path) else ":memory:",
            config={"memory_limit": MEMORY, "temp_directory": str(folder)},
        )
        self._close = weakref.finalize(self, _close, self._db, scratch)
        try:
            self._lay_out(lines)
        except BaseException:
            self._close()
            raise

    def _lay_out(self, lines: pa.Table | Path) -> None:
        db = self._db
        if isinstance(lines, Path):
            given = db.read_parquet(str(lines))
            given.create_view("given")
            names = given.columns
        else:
            db.register("given", lines)
            names = lines.column_names
        columns = typed(names, LINE_COLUMNS)
        db.execute(
            f"CREATE TABLE loose AS SELECT {columns}, row_number() OVER () AS place FROM given"  # noqa: S608  our names
        )
        head = ", ".join(HEAD)
        db.execute(
            f"CREATE TABLE head AS SELECT *, row_number() OVER (ORDER BY {head}) - 1 AS document "  # noqa: S608  our names
            f"FROM (SELECT DISTINCT {head} FROM loose)"
        )
        same = " AND ".join(f"loose.{name} IS NOT DISTINCT FROM head.{name}" for name in HEAD)
        rest = ", ".join(f"loose.{name}" for name in LINE_COLUMNS if name not in HEAD)
        db.execute(
            f"CREATE TABLE line AS SELECT document, place, {rest} FROM loose JOIN head ON {same} "  # noqa: S608  our names
            "ORDER BY document, place"
        )
        db.execute("DROP TABLE loose")

    def documents(self) -> pa.Table:
        """Every document by ``place`` (0, 1, …): ``key``, ``part`` (1, … of one key), ``net``,
        ``kind``, ``currency``, ``line_count`` and a ``digest`` of the content, whatever the order
        of lines.
        """
        self._db.execute("DROP TABLE IF EXISTS summed")
        sums = ", ".join(
            f"CASE WHEN count({name}) = count(*) THEN sum({name})::BIGINT END AS {name}"
            for name in SUMS
        )
        none = " AND ".join(f"{name} IS NULL" for name in FURTHER_CONTENT)
        content = (
            f"CASE WHEN {none} THEN {joined(CONTENT)} ELSE {joined(CONTENT + FURTHER_CONTENT)} END"
        )
        for start, end in self._stretches():
            into = "INSERT INTO summed" if start else "CREATE TABLE summed AS"
            self._db.execute(
                f"{into} SELECT document, customer_name, {', '.join(SUMS)}, line_count, "  # noqa: S608  our names
                f"md5({joined(HEAD_CONTENT)} || {RATED} || '¶' || content) AS digest "
                f"FROM (SELECT document, min(customer_name) AS customer_name, {sums}, "
                "count(*)::INTEGER AS line_count, "
                f"string_agg({content}, '¶' ORDER BY {content}) AS content FROM line "
                f"WHERE document >= {start} AND document < {end} GROUP BY document) "
                "JOIN head USING (document)"
            )
        self._db.execute(
            """
            CREATE OR REPLACE TABLE versions AS SELECT document, kind || ':' || doc_no AS key,
                   row_number() OVER (PARTITION BY doc_no, kind ORDER BY document)::INTEGER AS part
            FROM head ORDER BY document
            """
        )
        found: pa.Table = self._db.sql(
            """
            SELECT document AS place, key, part, kind, currency, net, line_count, digest
            FROM summed JOIN versions USING (document) JOIN head USING (document) ORDER BY document
            """
        ).to_arrow_table()
        self._db.execute(f"SET memory_limit = '{LESS_MEMORY}'")
        return found

    def places_of(self, keys: list[str]) -> pa.Array[Any]:
        """The places of the documents of these keys, ascending."""
        found: pa.Table = self._db.sql(
            "SELECT document FROM versions WHERE key IN (SELECT unnest($1)) ORDER BY document",
            params=[keys],
        ).to_arrow_table()
        return found["document"].combine_chunks()

    def heads(self, places: pa.Array[pa.Int64Scalar]) -> Iterator[pa.Table]:
        """What stands at the head of these documents, in order of ``place``, in parts: ``key,
        part, digest``, number, kind, what its lines share, and sums of ``net, tax, gross, cost,
        discount`` (null where any line's is).
        """
        shared = ", ".join(
            "exchange_rate AS rate" if name == "exchange_rate" else name
            for name in HEAD if name not in ("doc_no", "kind")
        )  # fmt: skip
        yield from self._in_parts(
            f"SELECT document AS place, key, part, digest, doc_no AS number, kind, {shared}, "  # noqa: S608  our names
            f"customer_name, {', '.join(SUMS)}, line_count "
            "FROM summed JOIN versions USING (document) JOIN head USING (document)",
            "document",
            places,
        )

    def lines(self, places: pa.Array[pa.Int64Scalar]) -> Iterator[pa.Table]:
        """The lines of these documents, in order of document and file, some thousands at a time."""
        yield from self._in_parts(
            "SELECT document AS place, line_no, item, item_name, category, quantity, net, tax, "
            "gross, cost, discount, source_row, order_no, promised, order_state FROM line",
            "document, line.place",
            places,
        )

    def _in_parts(
        self, select: str, order: str, places: pa.Array[pa.Int64Scalar]
    ) -> Iterator[pa.Table]:
        """The rows of these documents (ascending), a stretch at a time."""
        ascending = places.to_numpy()
        for start, end in self._stretches():
            first, last = np.searchsorted(ascending, (start, end))
            self._db.register("wanted", pa.table({"wanted": places[first:last]}))
            yield self._db.sql(
                f"{select} WHERE document >= {start} AND document < {end} "  # noqa: S608  whole numbers
                f"AND document IN (SELECT wanted FROM wanted) ORDER BY {order}"
            ).to_arrow_table()

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """First and end of runs of documents; at least one."""
        count, rows = self._one("SELECT (SELECT count(*) FROM head), (SELECT count(*) FROM line)")
        stretch = max(1, count * STRETCH // max(rows, 1))
        for start in range(0, max(count, 1), stretch):
            yield start, start + stretch

    def net_by_currency(self, kinds: Sequence[str]) -> dict[str | None, int]:
        """Net of documents of these kinds by currency, in its minor units; ``None``: of those that
        name none.
        """
        rows = self._db.execute(
            "SELECT currency, sum(net)::BIGINT FROM line JOIN head USING (document) "
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
        (figures,) = self._db.execute(
            "SELECT count(DISTINCT document), count(*), "  # noqa: S608  a quoted code
            f"coalesce(sum(net) FILTER ({home}), 0)::BIGINT, "
            "count(*) FILTER (customer_id IS NULL), "
            f"coalesce(sum(net) FILTER (customer_id IS NULL AND {home}), 0)::BIGINT "
            "FROM line JOIN head USING (document) WHERE list_contains(?, kind)",
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
            "SELECT count(DISTINCT document), "  # noqa: S608  a quoted code
            f"coalesce(sum(gross) FILTER (coalesce(currency, {code}) = {code}), 0)::BIGINT "
            "FROM line JOIN head USING (document) WHERE kind = 'opening'"
        )
        return dict(zip(("openings", "openings_owed"), found, strict=True))

    def customers(self, receipts: pa.Table | None) -> pa.Table:
        """Customers as documents and receipts name them: ``code``, latest ``name`` and ``tax_no``,
        and the region and salesperson of the latest document. Sorted by code.
        """
        also = ""
        if receipts is not None:
            self._db.register("paid", receipts)
            columns = typed(receipts.column_names, RECEIPT_COLUMNS)
            also = (
                "UNION ALL SELECT customer_id, customer_name, NULL, NULL, NULL, date "  # noqa: S608  our names
                f"FROM (SELECT {columns} FROM paid)"
            )
        found: pa.Table = self._db.sql(
            f"""
            SELECT customer_id AS code,
                   arg_max(customer_name, (day, customer_name)) AS name,
                   arg_max(region, (day, region)) AS region,
                   arg_max(salesperson, (day, salesperson)) AS salesperson,
                   arg_max(tax_no, (day, tax_no)) AS tax_no
            FROM (SELECT customer_id, customer_name, region, salesperson, tax_no, doc_date AS day
                  FROM line JOIN head USING (document) {also})
            WHERE customer_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
        return found

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
            self._db.register("wanted", pa.table({"wanted": places}))
            among = "AND document IN (SELECT wanted FROM wanted) "
        found: pa.Table = self._db.sql(
            f"SELECT item AS code, {last} FROM line WHERE nullif(item, '') IS NOT NULL "  # noqa: S608  our names
            f"{among}GROUP BY item ORDER BY item"
        ).to_arrow_table()
        return found

    def _one(self, query: str) -> tuple[int, ...]:
        (found,) = self._db.execute(query).fetchall()
        return tuple(found)


def _close(db: duckdb.DuckDBPyConnection, scratch: Scratch) -> None:
    db.close()
    scratch.close()
