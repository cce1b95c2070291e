"""Whose number it is: two branches may use the same ones, and files need not say whose they are.

A fact is known by its number and its organisation (``shaping.own``). Files that begin to name
organisations, or leave them out again, bring known facts all the same: here these get the key under
which the books have them. Which fact it is then shows in what else is alike (``_Table.alike``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mainstay.ledger import shaping
from mainstay.ledger.models import Allocation, Document, Receipt, Version, Versions
from mainstay.ledger.versions import Compared, chunks
from mainstay.ledger.workshop import Workshop

if TYPE_CHECKING:
    import duckdb

READ = 20_000
"""Versions read at a time."""


@dataclass(frozen=True, slots=True)
class _Table:
    model: type[Version]
    number: str
    """SQL, in the workshop: what the organisation makes one fact of."""
    known: tuple[str, str]
    """The same of the books: two columns, joined by a colon; the first may be empty."""
    alike: tuple[str, str]
    """Columns in the workshop by which one organisation's fact is known without it."""
    there: tuple[str, str]
    """The same of the books."""


_TABLES = {
    "document": _Table(
        Document, "kind || ':' || number", ("kind", "number"),
        ("doc_date", "customer_id"), ("doc_date", "customer_code__code"),
    ),
    "receipt": _Table(
        Receipt, "':' || number", ("", "number"),
        ("date", "customer_id"), ("date", "customer_code__code"),
    ),
    "allocation": _Table(
        Allocation, "':' || receipt_no", ("", "receipt_no"),
        ("doc_no", "amount"), ("doc_no", "amount"),
    ),
}  # fmt: skip


def recognise(workshop: Workshop, *, afresh: bool = False) -> None:
    """Let facts have the keys under which the books know them, where an organisation came or went;
    ``afresh``: as if the books knew none.

    Costs nothing while neither the books nor the files name any.
    """
    for name in workshop.tables:
        table = _TABLES.get(name)
        if table is None:
            continue
        brought = workshop.db.execute(
            f"SELECT 1 FROM {name} WHERE organisation IS NOT NULL LIMIT 1"  # noqa: S608  our names
        ).fetchone()
        known = table.model.objects.none() if afresh else table.model.objects.visible()
        if not brought and not known.filter(organisation__gt="").exists():
            continue
        _lay_out_known(table, known, workshop.db)
        names = {"table": name, **_alike(table)}
        workshop.make(_MOVED.format(number=table.number, **names))
        workshop.make(_REKEYED.format(**names))
        if name == "document":
            workshop.make(_RECOUNTED)
        if name != "allocation":
            workshop.make(_DIGESTED.format(table=name))
        if name == "receipt":
            workshop.make(_UNNUMBERED)
            workshop.make(_AS_KNOWN)


def moved_to_others(workshop: Workshop, compared: Compared, leads: Mapping[str, str]) -> list[str]:
    """Keys of changed documents that are other customers' than before: a correction, or another
    branch's document of the same number. ``leads``: code → code of the customer it leads to.
    """
    db = workshop.db
    db.execute("CREATE OR REPLACE TABLE was (key VARCHAR, customer VARCHAR)")
    for ids in chunks(compared.superseded):
        rows = Document.objects.filter(pk__in=ids, customer__isnull=False)
        found = list(rows.values_list("key", "customer__code"))
        if found:
            db.register("read", _table(("key", "customer"), found))
            db.execute("INSERT INTO was SELECT * FROM read")
            db.unregister("read")
    db.register("leads", _table(("code", "customer"), list(leads.items())))
    keys: list[str] = db.sql(_OF_OTHERS).to_arrow_table()["key"].to_pylist()
    db.unregister("leads")
    return keys


def _table(names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows of texts."""
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table({
        name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)
    })  # fmt: skip


_OF_OTHERS = """
    SELECT d.key FROM document d JOIN was USING (key) LEFT JOIN leads l ON l.code = d.customer_id
    WHERE d.customer_id IS NOT NULL GROUP BY d.key
    HAVING NOT bool_or(was.customer = coalesce(l.customer, d.customer_id)) ORDER BY d.key
"""
"""Keys none of whose customers stays."""


def _alike(table: _Table) -> dict[str, str]:
    first, second = table.alike
    return {"first": f"{first}::VARCHAR", "second": f"{second}::VARCHAR"}


def _lay_out_known(table: _Table, known: Versions, db: duckdb.DuckDBPyConnection) -> None:
    """Make ``known_whose``: of the versions that count now."""
    kind, number = table.known
    names = [name for name in (kind, number) if name]
    rows = known.values_list("key", "organisation", "digest", *table.there, *names)
    db.execute(
        "CREATE OR REPLACE TABLE known_whose (key VARCHAR, organisation VARCHAR, digest VARCHAR, "
        "first VARCHAR, second VARCHAR, number VARCHAR)"
    )
    found = rows.iterator(chunk_size=READ)
    while part := list(islice(found, READ)):
        texts = [tuple(None if value is None else str(value) for value in row) for row in part]
        if not kind:
            texts = [(*row[:5], "", row[5]) for row in texts]
        db.register("read", _table(_KNOWN, texts))
        db.execute(
            "INSERT INTO known_whose SELECT * EXCLUDE (kind, number), kind || ':' || number "
            "FROM read"
        )
        db.unregister("read")


_KNOWN = ("key", "organisation", "digest", "first", "second", "kind", "number")


_MOVED = """
    CREATE OR REPLACE TABLE moved AS
    WITH given AS (
        SELECT DISTINCT key, {number} AS number, coalesce(organisation, '') AS organisation,
               {first} AS first, {second} AS second FROM {table} WHERE {number} IS NOT NULL),
    known AS (SELECT * FROM known_whose WHERE number IN (SELECT number FROM given)),
    direct AS (
        SELECT g.key, min(k.key) AS into_key, any_value(k.organisation) AS organisation
        FROM given g JOIN known k USING (number, organisation) GROUP BY g.key),
    other AS (
        SELECT DISTINCT g.key, g.first, g.second, k.key AS into_key,
               CASE WHEN g.organisation = '' THEN k.organisation ELSE g.organisation END AS whose
        FROM given g JOIN known k ON k.number = g.number
             AND k.first IS NOT DISTINCT FROM g.first AND k.second IS NOT DISTINCT FROM g.second
        WHERE g.key NOT IN (SELECT key FROM direct)
          AND (g.organisation = '') <> (k.organisation = '')
          AND NOT EXISTS (SELECT 1 FROM given o WHERE o.number = k.number
                          AND o.organisation = k.organisation)),
    whole AS (
        SELECT key, min(into_key) AS into_key, min(whose) AS organisation
        FROM other GROUP BY key HAVING count(DISTINCT into_key) = 1
        QUALIFY row_number() OVER (PARTITION BY min(into_key) ORDER BY key) = 1),
    split AS (
        SELECT key, first, second, min(into_key) AS into_key, min(whose) AS organisation
        FROM other WHERE key NOT IN (SELECT key FROM other GROUP BY key
                                     HAVING count(DISTINCT into_key) = 1)
        GROUP BY key, first, second HAVING count(DISTINCT into_key) = 1)
    SELECT g.key, g.first, g.second, m.into_key, m.organisation FROM given g
    JOIN (SELECT * FROM direct UNION ALL SELECT * FROM whole) m USING (key)
    UNION ALL SELECT * FROM split
"""
"""Rows of what is brought → the books' key, and the organisation that they have from now on.

First what has the same number and organisation. Then, where one side names none, what is alike,
unless the files bring the other organisation's own too: as a whole, one for one, or where a file
without organisations holds several branches' under one number, row by row.
"""


_REKEYED = """
    UPDATE {table} SET key = m.into_key, organisation = nullif(m.organisation, '')
    FROM moved m WHERE {table}.key = m.key AND {first} IS NOT DISTINCT FROM m.first
    AND {second} IS NOT DISTINCT FROM m.second
"""
_RECOUNTED = """
    UPDATE document SET part = counted.part FROM (
        SELECT place, (row_number() OVER (PARTITION BY key ORDER BY place))::INTEGER AS part
        FROM document
        WHERE key IN (SELECT key FROM moved UNION ALL SELECT into_key FROM moved)) counted
    WHERE counted.place = document.place AND counted.part <> document.part
"""
_DIGESTED = f"UPDATE {{table}} SET digest = {shaping.own('base', 'organisation')}"  # noqa: S608  our names


_UNNUMBERED = f"""
    CREATE OR REPLACE TABLE moved_plain AS
    WITH plain AS (
        SELECT place, key, digest, base, coalesce(organisation, '') AS organisation,
               row_number() OVER (PARTITION BY base, organisation IS NULL ORDER BY place) AS nth
        FROM receipt WHERE number IS NULL),
    nameless AS (
        SELECT *, row_number() OVER (PARTITION BY digest ORDER BY key) AS nth FROM known_whose
        WHERE number = ':' AND organisation = ''),
    whose AS (SELECT DISTINCT organisation FROM known_whose WHERE organisation <> ''),
    bases AS (
        SELECT DISTINCT base, {shaping.own("base", "w.organisation")} AS digest, w.organisation
        FROM plain, whose w WHERE plain.organisation = ''),
    named AS (
        SELECT k.*, b.base, row_number() OVER (PARTITION BY b.base ORDER BY k.key) AS nth
        FROM known_whose k JOIN bases b USING (digest, organisation) WHERE k.number = ':')
    SELECT p.place, k.key, k.digest, NULL AS organisation
    FROM plain p JOIN nameless k ON k.digest = p.base AND k.nth = p.nth
    WHERE p.organisation <> '' AND p.digest NOT IN (SELECT digest FROM known_whose)
    UNION ALL
    SELECT p.place, k.key, k.digest, k.organisation
    FROM plain p JOIN named k ON k.base = p.base AND k.nth = p.nth
    WHERE p.organisation = '' AND p.base NOT IN (SELECT digest FROM known_whose)
"""  # noqa: S608  our names
"""Receipts without a number are known by their content alone: what the books have without an
organisation, or with one, stays as it is there.
"""
_AS_KNOWN = """
    UPDATE receipt SET key = m.key, digest = m.digest, organisation = m.organisation,
                       copy = split_part(m.key, ':', 3)::INTEGER
    FROM moved_plain m WHERE receipt.place = m.place
"""
