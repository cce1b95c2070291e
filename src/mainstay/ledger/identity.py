"""Which customer facts belong to: documents and receipts follow their code through merges."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum

from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import User
from mainstay.foundation.services import audit
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.ledger.selectors.balance import OWED
from mainstay.ledger.selectors.currencies import home, home_sum
from mainstay.parties import codes, merging
from mainstay.parties.errors import MergeNotFound, OneAlready, UnknownCode
from mainstay.parties.merging import Moved
from mainstay.parties.models import Customer, CustomerCard, CustomerCode, Merge
from mainstay.parties.permissions import MERGE
from mainstay.parties.selectors import visible_to

CHUNK = 500
"""Customers named in one statement."""


def move(moved: Iterable[Moved], batch: ImportBatch | None = None) -> dict[str, int]:
    """Give the facts of codes that lead elsewhere now to that customer, all versions of them;
    how many count now. Call inside the decision's transaction, ``batch`` where an import brings it.
    """
    places = sorted({pk for each in moved for pk in (each.source, each.target)})
    counts = {"documents": 0, "receipts": 0}
    chunks = [Q(customer__in=places[n : n + CHUNK]) for n in range(0, len(places), CHUNK)]
    if places and batch is not None:
        chunks.append(Q(batch=batch))
    leads_to = CustomerCode.objects.filter(pk=OuterRef("customer_code")).values("customer")
    for model, name in ((Document, "documents"), (Receipt, "receipts")):
        for among in chunks:
            coded = model.objects.filter(among, customer_code__isnull=False)
            astray = coded.exclude(customer=F("customer_code__customer"))
            counts[name] += astray.filter(current=True).count()
            astray.update(customer=Subquery(leads_to))
    return counts


def retire_codes() -> int:
    """Let codes whose import was taken back count as new again where nothing else uses them."""
    undone = ImportBatch.objects.filter(state=ImportBatch.State.UNDONE).values_list("pk", flat=True)
    used = _used()
    retired = codes.retire(list(undone), used)
    codes.keep(used)
    return retired


def _used() -> set[int]:
    """Ids of the codes that facts which count now, or customer lists in force, came under."""
    used: set[int] = set()
    for model in (Document, Receipt):
        rows = model.objects.filter(current=True).exclude(customer_code=None)
        used.update(rows.values_list("customer_code", flat=True).distinct())
    listed = CustomerCard.objects.filter(batch__isnull=False, said=False, withdrawn=False)
    owners = CustomerCode.objects.filter(own__in=listed.values("customer"))
    return used | set(owners.values_list("pk", flat=True))


def merge(user: User, code: str, into: str, reason: str) -> dict[str, int]:
    """Make the customers of two codes one, that of ``into``; how many facts moved.

    Raises ``NotAllowed`` (see ``MERGE``), ``ReasonMissing``, ``UnknownCode``,
    ``OneAlready``.
    """
    _given(reason)
    with one_at_a_time("books"), transaction.atomic():
        merged, target = customer_of(code), customer_of(into)
        _may(user, merged, target)
        pair = (merged.pk, target.pk, "")
        merging.merge([pair], user, why=Merge.Why.MERGE, reason=reason)
        moved = merging.follow()
        if not moved:
            raise OneAlready(customer=code, other=into)
        merging.show(moved)
        counts = move(moved)
        audit(user, "customer.merged", f"customer:{target.code}", reason=reason,
              merged=merged.code, into=target.code, **counts)  # fmt: skip
    return counts


def split(user: User, merge_id: int, reason: str) -> dict[str, int]:
    """Take a merge back, whether it was decided afterwards or with an import.

    Raises ``NotAllowed``, ``ReasonMissing``, ``MergeNotFound``.
    """
    _given(reason)
    with one_at_a_time("books"), transaction.atomic():
        found = held(merge_id)
        _may(user, found.into)
        merging.split([found.pk], user, reason)
        moved = merging.follow()
        merging.show(moved)
        counts = move(moved)
        audit(user, "customer.split", f"customer:{found.into.code}", reason=reason,
              split=found.merged.code, of=found.into.code, **counts)  # fmt: skip
    return counts


def moving(user: User, customer: Customer) -> dict[str, int]:
    """How much goes with a customer that is merged: ``documents``, ``receipts``, the ``net`` of
    the documents and what is ``owed``, as they count now.
    """
    _may(user, customer)
    return _sums(Q(customer=customer))


def leaving(user: User, merge: Merge) -> dict[str, int]:
    """The same of what a split gives back to the customer that was merged."""
    _may(user, merge.into)
    return _sums(Q(customer_code__own__in=merging.below(merge.merged_id)))


def _sums(whose: Q) -> dict[str, int]:
    """How many documents and receipts, and amounts of those in the company's currency."""
    documents = Document.objects.visible().booked().filter(whose)
    receipts = Receipt.objects.filter(whose, current=True)
    lines = DocumentLine.objects.filter(document__in=documents.filter(home()).values("pk"))
    owed = lines.aggregate(owed=Sum(OWED, default=0))["owed"]
    return {
        "documents": documents.count(),
        "receipts": receipts.count(),
        "net": documents.aggregate(net=home_sum("net"))["net"],
        "owed": owed - receipts.aggregate(paid=home_sum("amount"))["paid"],
    }


def held(merge_id: int) -> Merge:
    """A merge in force. Raises ``MergeNotFound``."""
    rows = Merge.objects.select_related("merged", "into")
    found = rows.filter(pk=merge_id, split_at=None).first()
    if found is None:
        raise MergeNotFound
    return found


def customer_of(code: str) -> Customer:
    """The customer a code leads to. Raises ``UnknownCode``."""
    found = CustomerCode.objects.filter(code=code).select_related("customer").first()
    if found is None:
        raise UnknownCode(customer=code)
    return found.customer


def _may(user: User, *customers: Customer) -> None:
    """All of the customers must lie within the user's right to merge."""
    if not all(visible_to(user, MERGE).filter(pk=one.pk).exists() for one in customers):
        raise NotAllowed


def _given(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
