"""What must hold in the books, as queries whose rows are what does not.

Each names documents, receipts or keys. ``check`` runs those over lines only where its one pass over
them has found something; see there.
"""

from __future__ import annotations

from dataclasses import dataclass

from mainstay.kernel.errors import Words, words
from mainstay.ledger.models import Document

BOOKED = ", ".join(f"'{kind.value}'" for kind in Document.BOOKED)
"""For SQL: the kinds of documents that are sales or receivables."""
COUNTS = f"d.current AND d.kind IN ({BOOKED})"
"""What makes a document part of the sums."""
OWED = "coalesce(l.gross, l.net + l.tax, l.net)"
"""What one line owes: ``selectors.balance.OWED`` in SQL, minor units."""
HEAD_OWED = (
    f"coalesce(d.gross, (SELECT sum({OWED}) FROM ledger_documentline l WHERE l.document_id = d.id))"  # noqa: S608  our names
)
"""What a document ``d`` owes: its gross sum, which lines are held against; without one, by line."""
FIGURES = ("net", "tax", "gross", "cost", "discount")
OPTIONAL = FIGURES[1:]
_APPLIED = "(SELECT id FROM ledger_importbatch WHERE state = 'applied')"
_PLACE = {
    "document": "part",
    "receipt": "digest, copy",
    "allocation": "digest, copy",
    "rate": "digest, copy",
}

_ADDED = (
    "SELECT l.document_id, count(*) AS lines, sum(net) AS net, "  # noqa: S608  our names
    + ", ".join(f"sum({name}) AS {name}, count({name}) AS {name}s" for name in OPTIONAL)
    + f", sum({OWED}) AS owed FROM ledger_documentline l"
)
_ORDERED = f"d.current AND d.kind NOT IN ({BOOKED})"
BY_DOCUMENT = f"{_ADDED} GROUP BY l.document_id"
"""One row per document that has lines: how many, their sums, and how many carry each figure."""
DIFFERS = "l.lines <> d.line_count OR l.net <> d.net OR " + " OR ".join(
    f"(d.{name} IS NOT NULL AND (l.{name} IS NULL OR l.{name} <> d.{name} OR l.{name}s < l.lines))"
    for name in OPTIONAL
)
"""Of a document ``d`` and its lines ``l``: count or a sum differ, or a line lacks the figure."""
UNSUMMED = " OR ".join(f"(d.{name} IS NULL AND l.{name}s = l.lines)" for name in OPTIONAL)
"""Every line carries the figure and the document no sum of it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A fault's code, its words, and the query whose rows ``what`` are at fault."""

    code: str
    message: Words
    query: str


LINES_DIFFER = Proof(
    "lines_differ",
    words(
        "{count} {count:document does|documents do} not equal the sum of their lines: {first}.",
        "有 {count} 张单据与其明细合计不符：{first}。",
    ),
    f"SELECT d.number AS what FROM ledger_document d LEFT JOIN ({BY_DOCUMENT}) l "  # noqa: S608  our names
    f"ON l.document_id = d.id WHERE {COUNTS} "
    f"AND ({DIFFERS} OR (l.lines IS NULL AND (d.line_count <> 0 OR d.net <> 0)))",
)
ORDERS_DIFFER = Proof(
    "orders_differ",
    words(
        "{count} {count:order or delivery does|orders or deliveries do} not equal the "
        "sum of their lines: {first}.",
        "有 {count} 张订单或发货单与其明细合计不符：{first}。",
    ),
    f"SELECT d.number AS what FROM ledger_document d LEFT JOIN ({_ADDED} WHERE l.document_id IN "  # noqa: S608  our names
    f"(SELECT d.id FROM ledger_document d WHERE {_ORDERED}) GROUP BY l.document_id) l "
    f"ON l.document_id = d.id WHERE {_ORDERED} "
    f"AND ({DIFFERS} OR (l.lines IS NULL AND (d.line_count <> 0 OR d.net <> 0)))",
)
SUM_MISSING = Proof(
    "sum_missing",
    words(
        "{count} {count:document lacks|documents lack} the sum of a figure "
        "that all lines carry: {first}.",
        "有 {count} 张单据缺少其全部明细均有的金额合计：{first}。",
    ),
    f"SELECT d.number AS what FROM ledger_document d JOIN ({BY_DOCUMENT}) l "  # noqa: S608  our names
    f"ON l.document_id = d.id WHERE {COUNTS} AND ({UNSUMMED})",
)
LINES_ALONE = Proof(
    "lines_without_document",
    words(
        "Lines of {count} {count:document that is|documents that are} not there: {first}.",
        "有 {count} 张单据不存在，但其明细仍在：{first}。",
    ),
    "SELECT DISTINCT l.document_id AS what FROM ledger_documentline l "
    "LEFT JOIN ledger_document d ON d.id = l.document_id WHERE d.id IS NULL",
)
TAX = "d.net + d.tax <> d.gross"
TAX_DIFFERS = Proof(
    "tax_differs",
    words(
        "In {count} {count:document|documents} net and tax do not make gross: {first}.",
        "有 {count} 张单据的不含税金额与税额之和不等于价税合计：{first}。",
    ),
    f"SELECT d.number AS what FROM ledger_document d WHERE {COUNTS} AND {TAX}",  # noqa: S608  our names
)


def of_versions(name: str) -> tuple[Proof, Proof]:
    """Of a table («document», «receipt», …): what counts is the newest in force, and once.

    Rows count only if their batch is in force; of a key, those of one batch; and the newest batch
    in force that has the key is the one. The last follows from the first two and this: a row in
    force that does not count has a newer one in force beside it.
    """
    table, place = f"ledger_{name}", _PLACE[name]
    # Keys with several rows that count, out of the index of what counts alone: few.
    several = f"SELECT key FROM {table} WHERE current GROUP BY key HAVING count(*) > 1"  # noqa: S608  our names
    return (
        Proof(
            f"{name}_not_current",
            words(
                "{count} {count:row counts or does|rows count or do} not against "
                "their imports: {first}.",
                "有 {count} 行不应计入而计入，或应计入而未计入：{first}。",
            ),
            f"SELECT t.key AS what FROM {table} t WHERE t.current "  # noqa: S608  our names
            f"AND t.batch_id NOT IN {_APPLIED} "
            f"UNION ALL SELECT t.key FROM {table} t WHERE NOT t.current "
            f"AND t.batch_id IN {_APPLIED} AND NOT EXISTS (SELECT 1 FROM {table} n "
            f"WHERE n.key = t.key AND n.batch_id > t.batch_id AND n.batch_id IN {_APPLIED}) "
            f"UNION ALL SELECT t.key FROM {table} t WHERE t.current AND t.key IN ({several}) "
            f"AND t.batch_id < (SELECT max(n.batch_id) FROM {table} n "
            "WHERE n.key = t.key AND n.current)",
        ),
        Proof(
            f"{name}_doubled",
            words(
                "{count} {count:fact counts|facts count} twice: {first}.",
                "有 {count} 项重复计入：{first}。",
            ),
            f"SELECT t.key AS what FROM {table} t WHERE t.current AND t.key IN ({several}) "  # noqa: S608  our names
            f"GROUP BY t.key, {place} HAVING count(*) > 1",
        ),
    )


CONFIRMATIONS = Proof(
    "confirmation_lost",
    words(
        "{count} {count:confirmation names|confirmations name} facts that are not there: {first}.",
        "有 {count} 条确认记录所指的数据不存在：{first}。",
    ),
    " UNION ALL ".join(
        f"SELECT '{name} ' || c.fact AS what FROM ledger_confirmation c "  # noqa: S608  our names
        f"LEFT JOIN ledger_{name} t ON t.id = c.fact WHERE c.\"table\" = '{name}' AND t.id IS NULL"
        for name in _PLACE
    ),
)
STEP = (
    "coalesce((SELECT customer_id - id FROM parties_customercode GROUP BY customer_id - id "
    "ORDER BY count(*) DESC, customer_id - id LIMIT 1), 0)"
)
"""From a code's number to its customer's, as most codes have it: both are counted up together. Only
rows and codes of another step are looked up."""
CUSTOMERS = Proof(
    "customer_differs",
    words(
        "{count} {count:row stands|rows stand} under another customer "
        "than their code leads to: {first}.",
        "有 {count} 行所属客户与其编码对应的客户不符：{first}。",
    ),
    " UNION ALL ".join(
        f"SELECT t.key AS what FROM ledger_{name} t "  # noqa: S608  our names
        "LEFT JOIN parties_customercode c ON c.id = t.customer_code_id "
        f"WHERE (t.customer_id - t.customer_code_id <> {STEP} OR t.customer_code_id IN "
        f"(SELECT id FROM parties_customercode WHERE customer_id - id <> {STEP})) "
        "AND t.customer_id <> coalesce(c.customer_id, t.customer_id)"
        for name in ("document", "receipt")
    ),
)
VERSIONS = {name: of_versions(name) for name in _PLACE}
"""By table: see ``of_versions``."""
KEYS = {
    name: f"SELECT count(*) FROM (SELECT DISTINCT key FROM ledger_{name} WHERE current) k"  # noqa: S608  our names
    for name in _PLACE
}
"""By table: how many keys have rows that count."""
OF_BATCHES = {
    name: "SELECT batch_id, count(CASE WHEN current THEN 1 END), count(*) "  # noqa: S608  our names
    f"FROM ledger_{name} GROUP BY batch_id"
    for name in ("allocation", "rate")
}
"""By table: rows of each import that count, and all, where ``sums`` has not seen them."""
