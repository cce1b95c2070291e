"""Since when customers have held their present class unbroken, as the gradings tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

from mainstay.insights.models import Grade
from mainstay.insights.selectors.runs import gradings
from mainstay.policies.rules import year_before


def held_since(
    run: int, scheme: str, as_of: date, customers: Collection[int] | None = None
) -> Mapping[int, date]:
    """Customer → the day of the earliest grading from which on every one gave it its class of this
    run. Days before the year that counts are not told apart: the last grading before it ends the
    search. ``customers``: only these.
    """
    ran = _ran(scheme, as_of)
    if customers is None:
        return _of_everybody(run, tuple(ran))
    return _walk(run, ran, customers)


@lru_cache(maxsize=8)
def _of_everybody(run: int, ran: tuple[tuple[int, date], ...]) -> Mapping[int, date]:
    """Kept: finished gradings do not change, and a withdrawn one is no more among them."""
    return _walk(run, list(ran), None)


def _walk(
    run: int, ran: list[tuple[int, date]], customers: Collection[int] | None
) -> dict[int, date]:
    """From the run backwards through the gradings before it, newest first."""
    now = _classes(run, customers)
    found: dict[int, date] = {}
    left = dict(now)
    day = None
    for number, as_of in ran:
        then = now if number == run else _classes(number, left.keys() if customers else None)
        same = {pk: klass for pk, klass in left.items() if then.get(pk) == klass}
        if day is not None:
            found |= dict.fromkeys(left.keys() - same.keys(), day)
        left, day = same, as_of
        if not left:
            break
    if day is not None:
        found |= dict.fromkeys(left, day)
    return found


def _classes(run: int, customers: Collection[int] | None) -> dict[int, str]:
    rows = Grade.objects.filter(run=run)
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    return dict(rows.values_list("customer", "klass").iterator())


def _ran(scheme: str, as_of: date) -> list[tuple[int, date]]:
    """Run and day of the gradings that count by the scheme, newest first: of each day the last, and
    the last one before the year.
    """
    found: list[tuple[int, date]] = []
    first = year_before(as_of)
    for one in gradings(scheme):
        if one.as_of > as_of:
            continue
        found.append((one.run, one.as_of))
        if one.as_of <= first:
            break
    return found
