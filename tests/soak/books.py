"""What a store shows, and what is wrong with it, by plain SQL that shares nothing with the product.

What is shown is put in words free of ids and moments, so that two stores can be compared.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection

SHOWN = {
    "documents": """
        SELECT d.key, d.part, d.kind, d.number, c.code, d.doc_date, d.due_date, d.currency, d.net,
            d.tax, d.gross, d.cost, d.line_count
        FROM ledger_document d LEFT JOIN parties_customer c ON c.id = d.customer_id
        WHERE d.current""",
    "lines": """
        SELECT d.key, d.part, l.line_no, l.item, CAST(l.quantity AS double precision), l.net, l.tax,
            l.gross, l.cost
        FROM ledger_documentline l JOIN ledger_document d ON d.id = l.document_id
        WHERE d.current""",
    "receipts": """
        SELECT r.key, r.copy, r.number, c.code, r.date, r.amount, r.method, r.applied_to
        FROM ledger_receipt r LEFT JOIN parties_customer c ON c.id = r.customer_id
        WHERE r.current""",
    "allocations": """
        SELECT a.key, a.copy, a.receipt_no, a.doc_no, a.amount
        FROM ledger_allocation a WHERE a.current""",
    "customers": """
        SELECT code, name, name_en, region, salesperson, terms_days
        FROM parties_customer WHERE on_file""",
    "sums": """
        SELECT (SELECT sum(net) FROM ledger_document WHERE current),
            (SELECT sum(amount) FROM ledger_receipt WHERE current),
            coalesce((SELECT sum(gross) FROM ledger_document WHERE current), 0)
                - coalesce((SELECT sum(amount) FROM ledger_receipt WHERE current), 0)""",
}
"""Rows of the books that count now; the last figure of ``sums`` is what is open."""

GRADES = """
    SELECT s.as_of, r.scheme, r.state, c.code, g.klass, g.rank, g.value_minor,
        round(CAST(g.value_number AS numeric), 6)
    FROM insights_snapshot s JOIN insights_run r ON r.snapshot_id = s.id
        LEFT JOIN insights_grade g ON g.run_id = r.id
        LEFT JOIN parties_customer c ON c.id = g.customer_id
    WHERE s.id = (SELECT id FROM insights_snapshot WHERE state = 'done' AND withdrawn_at IS NULL
        ORDER BY as_of DESC, id DESC LIMIT 1)"""
"""The snapshot that is shown as today's."""

FACTS = ("document", "receipt", "allocation")
PLACE = {"document": "t.part", "receipt": "t.digest, t.copy", "allocation": "t.digest, t.copy"}


def seen() -> dict[str, Any]:
    """``books`` and ``grades``, each as a digest, and the counts and sums in them."""
    digests = {name: _rows(query) for name, query in SHOWN.items()}
    documents, lines = len(digests["documents"]), len(digests["lines"])
    return {
        "books": _digest(digests),
        "grades": _digest(_rows(GRADES)),
        "told": f"{documents} documents, {lines} lines, sums {digests['sums'][0]}",
    }


def faults() -> list[str]:
    """Everything that does not tie; empty where nothing was lost or doubled."""
    found: list[str] = []
    for fact in FACTS:
        table = f"ledger_{fact} t JOIN ledger_importbatch b ON b.id = t.batch_id"
        checks = {
            "counts although its import is not in force": f"""
                SELECT count(*) FROM {table} WHERE t.current AND b.state <> 'applied'""",
            "counts twice": f"""
                SELECT count(*) FROM (SELECT 1 FROM {table} WHERE t.current
                GROUP BY t.key, {PLACE[fact]} HAVING count(*) > 1) doubled""",
            "counts under two imports": f"""
                SELECT count(*) FROM (SELECT 1 FROM {table} WHERE t.current
                GROUP BY t.key HAVING count(DISTINCT t.batch_id) > 1) doubled""",
            "does not count although its import is the newest in force": f"""
                SELECT count(*) FROM {table} WHERE NOT t.current AND b.state = 'applied'
                AND t.batch_id = (SELECT max(o.batch_id) FROM ledger_{fact} o
                JOIN ledger_importbatch ob ON ob.id = o.batch_id
                WHERE o.key = t.key AND ob.state = 'applied')""",
            "counts although a newer import is in force": f"""
                SELECT count(*) FROM {table} WHERE t.current AND t.batch_id < (
                SELECT max(o.batch_id) FROM ledger_{fact} o
                JOIN ledger_importbatch ob ON ob.id = o.batch_id
                WHERE o.key = t.key AND ob.state = 'applied')""",
            "was left behind by an import that was given up": f"""
                SELECT count(*) FROM {table} WHERE b.state = 'failed'""",
        }
        found += _found(fact, checks)
    found += _found("document", {
        "differs from its lines": """
            SELECT count(*) FROM (SELECT d.id FROM ledger_document d
            LEFT JOIN ledger_documentline l ON l.document_id = d.id
            JOIN ledger_importbatch b ON b.id = d.batch_id AND b.state IN ('applied', 'undone')
            GROUP BY d.id, d.net, d.tax, d.gross, d.line_count
            HAVING count(l.id) <> d.line_count OR sum(l.net) <> d.net OR sum(l.tax) <> d.tax
            OR sum(l.gross) <> d.gross) different""",
    })  # fmt: skip
    found += _found("line", {
        "belongs to no document": """
            SELECT count(*) FROM ledger_documentline l
            LEFT JOIN ledger_document d ON d.id = l.document_id WHERE d.id IS NULL""",
    })  # fmt: skip
    return found + _found("batch", {
        "applied twice from one upload": """
            SELECT count(*) FROM (SELECT 1 FROM foundation_auditentry
            WHERE action = 'import.applied' GROUP BY subject HAVING count(*) > 1) doubled""",
        "applied and not in the audit": """
            SELECT count(*) FROM ledger_importbatch WHERE state IN ('applied', 'undone') AND
            'batch:' || id NOT IN (SELECT subject FROM foundation_auditentry
            WHERE action = 'import.applied')""",
        "taken back and not in the audit": """
            SELECT count(*) FROM ledger_importbatch WHERE state = 'undone' AND
            'batch:' || id NOT IN (SELECT subject FROM foundation_auditentry
            WHERE action = 'import.undone')""",
    })  # fmt: skip


def _found(what: str, checks: dict[str, str]) -> list[str]:
    counted = {words: _rows(query)[0][0] for words, query in checks.items()}
    return [f"{what} {words}: {count}" for words, count in counted.items() if count]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _digest(content: Any) -> str:
    plain = content if isinstance(content, dict) else {"rows": content}
    text = {name: sorted(json.dumps(_plain(row)) for row in rows) for name, rows in plain.items()}
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()[:12]


def _plain(row: tuple[Any, ...]) -> list[str | None]:
    return [None if value is None else f"{value}" for value in row]
