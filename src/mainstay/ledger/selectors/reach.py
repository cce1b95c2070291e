"""How far the books reach, and when they last changed."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.db.models import Count, Max

from mainstay.ledger.models import Document, ImportBatch, Receipt

Change = tuple[int, datetime | None, datetime | None]
"""Imports there are, when one was last applied, when one was last taken back."""


def last_change() -> Change:
    """What tells one state of the books from another."""
    told = ImportBatch.objects.aggregate(
        count=Count("pk"), applied=Max("applied_at"), undone=Max("undone_at")
    )
    return told["count"], told["applied"], told["undone"]


def reach() -> date | None:
    """The last day of which the books hold a sale, a debt or a receipt; ``None``: they are empty.

    A balance of a later day holds only if nothing happened since.
    """
    return _reach(last_change())


@lru_cache(maxsize=4)
def _reach(change: Change) -> date | None:
    """Kept as long as the books do not change: no index has the last day of all customers."""
    del change
    sold = Document.objects.visible().booked().aggregate(day=Max("doc_date"))["day"]
    paid = Receipt.objects.visible().aggregate(day=Max("date"))["day"]
    return max(filter(None, (sold, paid)), default=None)
