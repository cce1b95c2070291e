"""From the engine's tables to the books' rows: the SQL by which the ``workshop`` shapes them.

Amounts are in minor units; optional columns are absent where the file lacks them.
"""

from __future__ import annotations

from collections.abc import Sequence

LINE_COLUMNS = {
    "doc_no": "VARCHAR", "line_no": "INTEGER", "kind": "VARCHAR", "customer_id": "VARCHAR",
    "customer_name": "VARCHAR", "doc_date": "DATE", "due_date": "DATE", "item": "VARCHAR",
    "item_name": "VARCHAR", "category": "VARCHAR", "quantity": "DECIMAL(18, 4)", "net": "BIGINT",
    "tax": "BIGINT", "gross": "BIGINT", "cost": "BIGINT", "discount": "BIGINT",
    "salesperson": "VARCHAR", "region": "VARCHAR", "organisation": "VARCHAR",
    "currency": "VARCHAR",
    "exchange_rate": "DECIMAL(20, 10)", "known_since": "DATE",
    "tax_no": "VARCHAR", "source_row": "BIGINT",
    "order_no": "VARCHAR", "promised": "DATE", "order_state": "VARCHAR",
}  # fmt: skip
RECEIPT_COLUMNS = {
    "receipt_no": "VARCHAR", "customer_id": "VARCHAR", "customer_name": "VARCHAR", "date": "DATE",
    "amount": "BIGINT", "kind": "VARCHAR", "method": "VARCHAR", "bill_no": "VARCHAR",
    "maturity": "DATE", "applied_to": "VARCHAR", "organisation": "VARCHAR",
    "currency": "VARCHAR",
    "exchange_rate": "DECIMAL(20, 10)", "known_since": "DATE", "source_row": "BIGINT",
}  # fmt: skip
_RATE_COLUMNS = {
    "currency": "VARCHAR", "date": "DATE", "rate": "DECIMAL(20, 10)", "known_since": "DATE",
    "source_row": "BIGINT",
}  # fmt: skip
RATED = "coalesce('|' || exchange_rate::VARCHAR, '')"
"""SQL of what a rate that a row states adds to its content; nothing where it states none."""
_ALLOCATION_COLUMNS = {
    "receipt_no": "VARCHAR", "doc_no": "VARCHAR", "amount": "BIGINT", "organisation": "VARCHAR",
    "known_since": "DATE",
}  # fmt: skip
HEAD = (
    "doc_no", "kind", "customer_id", "doc_date", "due_date", "salesperson", "region",
    "organisation", "currency", "exchange_rate", "known_since",
)  # fmt: skip
"""What all lines of a document share. A number whose lines do not becomes several parts."""


APART = "␟"
"""Stands between a number and the organisation whose it is; no file writes it."""
WHOSE = f"coalesce('{APART}' || organisation, '')"
"""SQL of what the organisation whose number it is adds to a key; nothing where there is none."""


def own(digest: str, organisation: str) -> str:
    """SQL of the digest of a content that is an organisation's; without one, the content's own."""
    return f"coalesce(md5({digest} || '{APART}' || nullif({organisation}, '')), {digest})"


def receipts(have: Sequence[str], company: str = "") -> str:
    """The receipts with ``key``, ``digest`` of their content and ``copy`` 1, 2, … of equal ones;
    ``base``: the digest without the organisation.

    ``company``: its currency; another one is part of the content.
    """
    foreign = f"CASE WHEN currency <> {literal(company)} THEN '|' || currency ELSE '' END"
    content = ("receipt_no", "customer_id", "date", "amount", "method", "maturity", "applied_to")
    # These came later: money without any of them keeps the digest it had.
    later = (
        "coalesce('|' || bill_no, '') || coalesce('|kind:' || nullif(kind, 'money'), '') "
        f"|| coalesce({foreign}, '') || {RATED}"
    )
    base = f"md5({joined(content)} || {later})"
    rows = _placed(have, RECEIPT_COLUMNS)
    based = f"SELECT *, {base} AS base FROM ({rows})"  # noqa: S608  our names
    return f"""
        SELECT place, coalesce(receipt_no || {WHOSE}, ':' || digest || ':' || copy) AS key,
               receipt_no AS number, customer_id, customer_name, date, amount,
               coalesce(kind, 'money') AS kind, method, bill_no, maturity, applied_to, organisation,
               currency, exchange_rate AS rate, known_since, source_row, digest, base, copy
        FROM ({
        counted(
            f"SELECT *, {own('base', 'organisation')} AS digest FROM ({based})",
            key="digest",
            count="copy",
        )
    })
        ORDER BY place
        """  # noqa: S608  every name is one of ours


def allocations(have: Sequence[str], company: str = "") -> str:
    """The parts of receipts with the receipt's ``key``, a ``digest`` and ``copy``."""
    return f"""
        SELECT place, receipt_no || {WHOSE} AS key, receipt_no, doc_no, amount, organisation,
               known_since, digest, copy
        FROM ({
        counted(
            f"SELECT *, md5({joined(('receipt_no', 'doc_no', 'amount'))}) AS digest "
            f"FROM ({_placed(have, _ALLOCATION_COLUMNS)})",
            key="digest",
            count="copy",
        )
    })
        ORDER BY place
        """  # noqa: S608  every name is one of ours


def rates(have: Sequence[str], company: str = "") -> str:
    """The rates with ``key`` (currency and day), a ``digest`` and ``copy`` 1; the same row twice
    is one rate.
    """
    return f"""
        SELECT row_number() OVER (ORDER BY place) - 1 AS place, currency || ':' || date AS key,
               currency, date, rate, known_since, source_row, md5(rate::VARCHAR) AS digest,
               1::INTEGER AS copy
        FROM ({_placed(have, _RATE_COLUMNS)})
        QUALIFY row_number() OVER (PARTITION BY currency, date ORDER BY place) = 1
        ORDER BY place
        """  # noqa: S608  every name is one of ours


SHAPES = {"receipt": receipts, "allocation": allocations, "rate": rates}
"""By table of the books: SQL of its rows from ``given``, which has the columns ``have``. ``place``
is the row's position in the input (0, 1, …).
"""


def _placed(have: Sequence[str], columns: dict[str, str]) -> str:
    """SQL of the rows given with their ``place``."""
    return f"SELECT {typed(have, columns)}, row_number() OVER () - 1 AS place FROM given"  # noqa: S608  our names


def typed(have: Sequence[str], columns: dict[str, str]) -> str:
    """SQL that selects all columns of the fact table, null where the input lacks one."""
    return ", ".join(
        f"CAST({name if name in have else 'NULL'} AS {kind}) AS {name}"
        for name, kind in columns.items()
    )


def counted(rows: str, *, key: str, count: str) -> str:
    """SQL of rows that have a ``place``, with ``count``: 1, 2, … of those of one ``key``, by place.

    Sorted on the disk and counted from one row to the next: a window of parts keeps its rows in
    memory.
    """
    return (
        f"SELECT * EXCLUDE (n, first), (n - max(CASE WHEN first THEN n END) "  # noqa: S608  our names
        f"OVER (ROWS UNBOUNDED PRECEDING) + 1)::INTEGER AS {count} FROM (SELECT *, "
        f"row_number() OVER () AS n, {key} IS DISTINCT FROM lag({key}) OVER () AS first "
        f"FROM (SELECT * FROM ({rows}) ORDER BY {key}, place))"
    )


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def joined(columns: tuple[str, ...]) -> str:
    """SQL of one text from many values; a null differs from an empty text."""
    parts = ", ".join(f"coalesce({name}::VARCHAR, '∅')" for name in columns)
    return f"concat_ws('|', {parts})"
