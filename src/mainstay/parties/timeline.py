"""Everything that happened with a customer, on one line of time; each room brings its own part.

A room registers a *source*: what it knows of a customer before a point, newest first. Points are
ordered by day, then by source, then by the row's number, so that a page ends anywhere and the next
begins right behind it, however much happened on one day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils.timezone import localtime

from mainstay.foundation.models import User
from mainstay.kernel import cursor as cursors
from mainstay.parties.models import Assignment, Contact, Customer, Merge
from mainstay.parties.selectors import of_code, sees_personal


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``kind`` and ``facts`` are for the page to put into words."""

    day: dt.date
    number: int
    """Of the row, within its source."""
    kind: str
    facts: dict[str, Any]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """Where a source goes on: before a day, up to it, or before a row of it."""

    day: dt.date
    number: int | None = None
    whole: bool = False
    """The day itself is not told yet."""

    def q(self, column: str) -> Q:
        """The rows not told yet."""
        if self.whole:
            return Q(**{f"{column}__lte": self.day})
        earlier = Q(**{f"{column}__lt": self.day})
        if self.number is None:
            return earlier
        return earlier | Q(**{column: self.day, "pk__lt": self.number})


Source = Callable[[User, Customer, Before, int], list[Event]]
_SOURCES: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register what a room knows: ``found(user, customer, before, size)``, newest first."""

    def register(found: Source) -> Source:
        _SOURCES[name] = found
        return found

    return register


def sources() -> list[str]:
    """Names of the sources, in the order they stand within a day."""
    return sorted(_SOURCES)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some events, the latest first, and where the next page begins."""

    rows: tuple[Event, ...]
    next_cursor: str | None


def timeline(
    user: User, code: str, *, only: Collection[str] = (), after: str | None = None, size: int = 50
) -> TimelinePage:
    """What happened with a customer the user may see; ``only`` some sources.

    Nothing for anybody else's. Raises ``BadCursor``.
    """
    customer = of_code(user, code).first()
    if customer is None:
        return TimelinePage((), None)
    last = _read(after) if after else None
    found: list[Event] = []
    names = sources()
    for place, name in enumerate(names):
        if not only or name in only:
            events = _SOURCES[name](user, customer, _before(last, place), size + 1)
            found += [replace(event, source=name) for event in events]
    rank = {name: place for place, name in enumerate(names)}
    found.sort(key=lambda one: (-one.day.toordinal(), rank[one.source], -one.number))
    rows = tuple(found[:size])
    further = None
    if len(found) > size:
        end = rows[-1]
        further = cursors.encode(f"{end.day} {rank[end.source]}", end.number)
    return TimelinePage(rows, further)


def _read(cursor: str) -> tuple[dt.date, int, int]:
    value, number = cursors.decode(cursor)
    try:
        day, place = str(value).split(" ")
        return dt.date.fromisoformat(day), int(place), number
    except ValueError as error:
        raise cursors.BadCursor from error


def _before(last: tuple[dt.date, int, int] | None, place: int) -> Before:
    if last is None:
        return Before(dt.date.max, whole=True)
    day, ended, number = last
    if place == ended:
        return Before(day, number)
    return Before(day, whole=place > ended)


@source("people")
def _people(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Who came to look after the customer. Who left stands with who came."""
    rows = Assignment.objects.filter(before.q("since"), customer=customer)
    return [
        Event(row.since, row.pk, row.duty, {
            "name": row.user.known_as(), "reason": row.reason,
            "by": row.by.known_as() if row.by else "",
        })
        for row in rows.select_related("user", "by").order_by("-since", "-pk")[:size]
    ]  # fmt: skip


@source("codes")
def _merges(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Other codes that became this customer's, also where they were split off again since."""
    rows = Merge.objects.alias(day=TruncDate("at")).filter(before.q("day"), into=customer)
    return [
        Event(localtime(row.at).date(), row.pk, "merged", {
            "code": row.merged.code, "reason": row.reason, "split": row.split_at is not None,
        })
        for row in rows.select_related("merged").order_by("-day", "-pk")[:size]
    ]  # fmt: skip


@source("contacts")
def _contacts(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Who came to be a contact. Who it is, only for those who may see it."""
    rows = Contact.objects.alias(day=TruncDate("since")).filter(
        before.q("day"), customer__own_code__customer=customer, covered=False, withdrawn=False
    )
    shown = sees_personal(user, customer.pk)
    return [
        Event(localtime(row.since).date(), row.pk, "ended" if row.until else "contact", {
            "name": row.name if shown else None, "position": row.position,
        })
        for row in rows.order_by("-day", "-pk")[:size]
    ]  # fmt: skip
