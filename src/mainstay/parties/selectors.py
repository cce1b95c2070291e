"""Which customers a person may see: every read of customer data starts here."""

from __future__ import annotations

from django.db.models import QuerySet

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.parties.models import Customer


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


def sees_everything(user: User) -> bool:
    """Whether unassigned documents and company totals are open to the user."""
    if not user.is_active:
        raise NotAllowed
    return True
