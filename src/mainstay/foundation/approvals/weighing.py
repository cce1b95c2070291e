"""What whoever decides on a request should know of what it is about.

A room that knows something of the subject registers it for a kind; it may stand above the room that
declares the kind. Each fact names the right that reads it, so that everybody is shown their part.
What was shown is part of what was seen: where a figure is another by now, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mainstay.foundation.approvals.kinds import Wanted, kind_of
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.kernel.errors import Words


@dataclass(frozen=True, slots=True)
class Weighed:
    """One fact, as plain data."""

    what: Words
    value: Any
    """By unit: ``money`` [minor units, currency, exponent]; ``day`` ISO text; ``words``."""
    unit: str
    right: str
    """Whoever holds it for the subject may read this."""


Weigher = Callable[[Wanted], list[Weighed]]
_WEIGHERS: dict[str, list[Weigher]] = {}


def weighs(kind: str) -> Callable[[Weigher], Weigher]:
    """Register what a room knows of the subject of requests of a kind."""

    def register(weigher: Weigher) -> Weigher:
        _WEIGHERS.setdefault(kind, []).append(weigher)
        return weigher

    return register


def known(user: User, row: Request) -> list[dict[str, Any]]:
    """What is known now and the user may read."""
    found = [fact for weigher in _WEIGHERS.get(row.kind, ()) for fact in weigher(row.wanted)]
    return readable(user, row, [asdict(fact) for fact in found])


def readable(user: User, row: Request, facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of these facts that the user may read."""
    within = kind_of(row.kind).within
    rights = {fact["right"] for fact in facts}
    held = {right for right in rights if may(user, right) and within(user, right, [row.wanted])[0]}
    return [fact for fact in facts if fact["right"] in held]
