"""Which customers a person may see: every read of customer data starts here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.parties.models import Customer, CustomerCode, Merge


def visible_to(user: User) -> QuerySet[Customer]:
    """The customers the user may see. Now: all, for whoever is signed in and active.

    Territories narrow it here, so that lists, pages, sums and documents narrow together.
    """
    if not user.is_active:
        raise NotAllowed
    return Customer.objects.all()


def of_code(user: User, code: str) -> QuerySet[Customer]:
    """The customer a code leads to, if the user may see it: at most one."""
    return visible_to(user).filter(codes__code=code)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of a customer, and how it came to it."""

    code: str
    name: str
    """Of the code's own customer, which a split brings back."""
    since: datetime
    by: str
    why: str
    """first · match · merge"""
    evidence: str
    reason: str
    merge: int | None
    """The merge to split; none of the customer's first code."""


def codes_of(user: User, customer: int) -> list[CodeRow]:
    """The codes that lead to a customer the user may see, its own first, then in order."""
    rows = CustomerCode.objects.filter(customer__in=visible_to(user).filter(pk=customer))
    in_force = Merge.objects.filter(split_at=None, merged__in=rows.values("own"))
    merges = {merge.merged_id: merge for merge in in_force.select_related("by")}
    listed = []
    for code in rows.select_related("own", "by").order_by("code"):
        merge = merges.get(code.own_id)
        who = merge.by if merge else code.by
        listed.append(CodeRow(
            code=code.code, name=code.own.name, since=merge.at if merge else code.since,
            by=(who.get_full_name() or who.username) if who else "",
            why=merge.why if merge else "first", evidence=merge.evidence if merge else "",
            reason=merge.reason if merge else "", merge=merge.pk if merge else None,
        ))  # fmt: skip
    return sorted(listed, key=lambda row: row.merge is not None)


def search(user: User, text: str, without: int, size: int = 20) -> list[Customer]:
    """Customers whose code or name holds the text, by code; merged ones are not listed."""
    named = Q(codes__code__icontains=text) | Q(name__icontains=text) | Q(name_en__icontains=text)
    standing = visible_to(user).filter(named, codes__in_use=True).exclude(pk=without)
    return list(standing.distinct().order_by("code")[:size])


def sees_everything(user: User) -> bool:
    """Whether unassigned documents and company totals are open to the user."""
    if not user.is_active:
        raise NotAllowed
    return True
