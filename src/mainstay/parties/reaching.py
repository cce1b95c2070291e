"""Who holds a right for one customer."""

from __future__ import annotations

from django.db.models import Q

from mainstay.foundation import roles
from mainstay.foundation.models import Role, Territory, User
from mainstay.foundation.permissions import standing
from mainstay.parties.models import Assignment, Customer


def people_for(customer: Customer, right: str) -> list[User]:
    """Everybody whose right reaches the customer today, by user name."""
    by_reach: dict[str, list[str]] = {}
    for name, role in roles.known().items():
        if right in role.rights:
            by_reach.setdefault(role.reach, []).append(name)
    mine = Assignment.objects.filter(customer=customer, until=None).values("user")
    places = _above(customer.territory_id)
    named = by_reach.get(Role.Reach.TERRITORY, [])
    held = standing().filter(
        Q(role__name__in=by_reach.get(Role.Reach.COMPANY, []))
        | Q(role__name__in=named, territory=None)
        | Q(role__name__in=named, territory__in=places)
        | Q(role__name__in=by_reach.get(Role.Reach.OWN, []), user__in=mine)
    )
    people = User.objects.filter(is_active=True, pk__in=held.values("user"))
    return list(people.order_by("username"))


def _above(territory: int | None) -> set[int]:
    """A territory with all it is a part of."""
    parents = dict(Territory.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    while territory is not None and territory not in found:
        found.add(territory)
        territory = parents.get(territory)
    return found
