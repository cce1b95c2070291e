"""The demo company in the books: whether it is there, and how it makes room for a firm's own data.

A firm's first import is planned as if the books were empty and written beside the demo company. In
the one transaction that puts it in force, everything of the demo company goes (ADR 17).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from mainstay.catalogue import services as catalogue
from mainstay.ledger.models import (
    Allocation,
    Confirmation,
    Document,
    DocumentLine,
    ImportBatch,
    Rate,
    Receipt,
)
from mainstay.parties import leaving
from mainstay.parties.models import CustomerCode


def holds_demo() -> bool:
    """Whether the demo company is in the books, or is being brought in."""
    return ImportBatch.objects.filter(is_demo=True).exists()


def make_room(batch: ImportBatch, codes: pa.Array[Any]) -> None:
    """Remove everything from the books save the rows of ``batch``: customers and products too.

    Only for the demo company, which is alone in the books. ``codes``: ids of the customer codes
    that the batch names; they and their customers stay, as if nobody had known them before.
    Call inside the switch, before anything of the batch is said to count.
    """
    others = ImportBatch.objects.exclude(pk=batch.pk)
    theirs = Q(batch__in=others.values("pk"))
    leaving.hold()
    lines = DocumentLine.objects.filter(document__in=Document.objects.filter(theirs).values("pk"))
    _delete(lines)
    for model in (Confirmation, Document, Receipt, Allocation, Rate):
        _delete(model._default_manager.filter(theirs))
    _delete(others)
    catalogue.clear()
    leaving.forget_words()
    leaving.keep_only(codes, batch.pk, batch.created_by)
    _point_to_own(batch)


def _point_to_own(batch: ImportBatch) -> None:
    """Let the batch's facts be of their codes' own customers: the demo's merges are gone."""
    own = CustomerCode.objects.filter(pk=OuterRef("customer_code")).values("customer")
    for model in (Document, Receipt):
        coded = model._default_manager.filter(batch=batch, customer_code__isnull=False)
        coded.exclude(customer=F("customer_code__customer")).update(customer=Subquery(own))


def _delete(rows: QuerySet[Any]) -> None:
    rows._raw_delete("default")
