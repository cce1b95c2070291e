"""What an address narrows a list of the books to: days, kind, what is open, and as known when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from mainstay.web.given import FIRST, LAST, day
from mainstay.web.listing import addressed

ALL, OPEN, OVERDUE = "all", "open", "overdue"
STATES = (ALL, OPEN, OVERDUE)
SORTS = ("newest", "oldest", "largest", "due")


@dataclass(frozen=True, slots=True)
class Span:
    """The dates and kind a list is narrowed to, and the moment whose knowledge it shows."""

    start: dt.date | None
    end: dt.date | None
    kind: str | None
    known: dt.datetime | None
    """In the user's zone; ``None``: what is known now."""
    state: str = ALL
    """Of documents: all · open · overdue, on the last day of the span."""
    sort: str = ""
    """Of documents: newest · oldest · largest · due; empty: as suits the state."""

    @classmethod
    def of(cls, request: HttpRequest, state: str = ALL) -> Span:
        """As the address says; ``state``: where it names none."""
        return cls(
            _date(request, "start"), _date(request, "end"), request.GET.get("kind") or None,
            _moment(request, "known"), _one_of(request, "state", STATES) or state,
            _one_of(request, "sort", SORTS),
        )  # fmt: skip

    def address(self, view: str, code: str | None, **changes: str | None) -> str:
        values: dict[str, str | None] = {
            "start": f"{self.start:%Y-%m-%d}" if self.start else "",
            "end": f"{self.end:%Y-%m-%d}" if self.end else "", "kind": self.kind,
            "known": self.known_text,
            "state": self.state if self.state != ALL or code is None else "",
            "sort": self.sort, **changes,
        }  # fmt: skip
        return addressed(reverse(view, args=[] if code is None else [code]), **values)

    @property
    def known_text(self) -> str:
        """As a field of date and time has it; empty: now."""
        return f"{timezone.localtime(self.known):%Y-%m-%dT%H:%M}" if self.known else ""


def _date(request: HttpRequest, name: str) -> dt.date | None:
    found = day(request.GET.get(name))
    if found is None and request.GET.get(name):
        raise Http404
    return found


def _moment(request: HttpRequest, name: str) -> dt.datetime | None:
    """The whole minute that a field of date and time names; a mere date means its end."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        found = parse_datetime(text if "T" in text else f"{text}T23:59")
    except ValueError as error:
        raise Http404 from error
    if found is None or not FIRST <= found.date() <= LAST:
        raise Http404
    whole = found.replace(second=59, microsecond=999_999)
    return whole if timezone.is_aware(whole) else timezone.make_aware(whole)


def _one_of(request: HttpRequest, name: str, allowed: Collection[str]) -> str:
    found = request.GET.get(name, "")
    if found and found not in allowed:
        raise Http404
    return found
