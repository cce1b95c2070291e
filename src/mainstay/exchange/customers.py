"""Two customers of the books made one, and apart again; everybody is graded anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import Job, User
from mainstay.insights import services as insights
from mainstay.ledger import identity
from mainstay.ledger import services as ledger


@dataclass(frozen=True, slots=True)
class Decided:
    """What a merge or a split moved, and the grading that follows."""

    counts: dict[str, int]
    """``documents`` and ``receipts`` that count now."""
    job: Job | None
    """None where the books are empty."""


def merge(user: User, code: str, into: str, reason: str) -> Decided:
    """Make the customer of ``code`` one with that of ``into``, which stays.

    Raises what ``ledger.identity.merge`` does; then nothing has changed.
    """
    with one_at_a_time("books"), transaction.atomic():
        return _graded(user, identity.merge(user, code, into, reason))


def split(user: User, merge_id: int, reason: str) -> Decided:
    """Take a merge or a confirmed match back. Raises what ``ledger.identity.split`` does."""
    with one_at_a_time("books"), transaction.atomic():
        return _graded(user, identity.split(user, merge_id, reason))


def _graded(user: User, counts: dict[str, int]) -> Decided:
    return Decided(counts, None if ledger.is_empty() else insights.ask_for_grades(user))
