"""The counts that each import reported, against the rows it has now.

A batch's facts are those it wrote and those it found unchanged, which it confirmed. When an earlier
import is taken back its confirmed facts become the later one's own rows (``handover``), so that the
sum of the two stays what the import counted: new + changed + identical.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db import connection

from mainstay.ledger.models import ImportBatch
from mainstay.ledger.proofs import BOOKED

COUNTED = ("documents", "orders", "deliveries", "receipts", "allocations", "rates", "lines")
_CONFIRMED = (
    "SELECT c.batch_id, count(*), count(*) FILTER (WHERE d.kind = 'order'), "  # noqa: S608  our names
    "count(*) FILTER (WHERE d.kind = 'delivery'), "
    f"coalesce(sum(d.line_count) FILTER (WHERE d.kind IN ({BOOKED})), 0) "
    "FROM ledger_confirmation c JOIN ledger_document d ON d.id = c.fact "
    "WHERE c.\"table\" = 'document' GROUP BY c.batch_id"
)
"""By batch: confirmed documents, orders and deliveries among them, and lines of the others."""
_CONFIRMED_OTHERS = (
    "SELECT batch_id, \"table\" || 's', count(*) FROM ledger_confirmation "
    "WHERE \"table\" <> 'document' GROUP BY 1, 2"
)
_STATES = ("new", "changed", "identical")


def differing(brought: Counter[tuple[int, str]]) -> Iterator[str]:
    """Batches in force whose rows are not what their import counted: «2: documents 9 ≠ 10».

    ``brought``: what each wrote itself, by one of ``COUNTED``.

    Imports from before facts had versions kept no confirmations and are not held to their counts.
    """
    held = brought.copy()
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRMED)
        for batch, every, orders, deliveries, lines in cursor.fetchall():
            held[batch, "documents"] += every - orders - deliveries
            held[batch, "orders"] += orders
            held[batch, "deliveries"] += deliveries
            held[batch, "lines"] += int(lines)
        cursor.execute(_CONFIRMED_OTHERS)
        for batch, what, count in cursor.fetchall():
            held[batch, what] += int(count)
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    for batch, counts in applied.values_list("pk", "counts"):
        if "documents_changed" not in counts:
            continue
        for what in COUNTED:
            counted = sum(counts.get(f"{what}_{state}", 0) for state in _STATES)
            if held[batch, what] != counted:
                yield f"{batch}: {what} {held[batch, what]} ≠ {counted}"
