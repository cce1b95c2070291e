"""How far the books reach, when they last changed, and what tells them apart: asked in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Count, Exists, Max, Subquery, Value

from mainstay.foundation.company import once
from mainstay.foundation.company import settings as firm
from mainstay.ledger.models import Document, ImportBatch, Receipt

Change = tuple[int, datetime | None, datetime | None]
"""Imports there are, when one was last applied, when one was last taken back."""


@dataclass(frozen=True, slots=True)
class Books:
    """What the imports say of the books as a whole."""

    change: Change
    currency: str
    """Of the first import in force that names one; where none does, as the settings say."""
    exponent: int | None
    """Its decimals; without it those of the first import in force; ``None``: there is none."""
    organisations: bool
    """Whether any document that counts now says which organisation's number it has."""


def books() -> Books:
    """The books as they are. A request asks once, and anew after it changed them."""
    return once.kept(_books)


def _books() -> Books:
    in_force = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    named = in_force.exclude(currency="")
    naming = Document.objects.visible().filter(organisation__gt="")
    of_all = (
        ImportBatch.objects.order_by()
        .values(whole=Value(1))
        .annotate(
            count=Count("pk"), applied=Max("applied_at"), undone=Max("undone_at"),
            said=Subquery(named.values("currency")[:1]),
            places=Subquery(named.values("exponent")[:1]),
            bare=Subquery(in_force.values("exponent")[:1]),
            set=firm.as_kept("currency"), naming=Exists(naming),
        )
        .values_list("count", "applied", "undone", "said", "set", "places", "bare", "naming")
    )  # fmt: skip
    *change, said, decided, places, bare, organisations = of_all.get()
    count, applied, undone = change
    return Books(
        (count, applied, undone), said or decided or firm.Company().currency,
        bare if places is None else places, organisations,
    )  # fmt: skip


def last_change() -> Change:
    """What tells one state of the books from another."""
    return books().change


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
