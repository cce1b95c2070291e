"""Who decides on a request, and who sees it."""

from __future__ import annotations

from mainstay.foundation import permissions
from mainstay.foundation.approvals import absence
from mainstay.foundation.approvals.kinds import kind_of
from mainstay.foundation.approvals.models import Request, State, Verdict
from mainstay.foundation.models import User
from mainstay.foundation.permissions import READ_AUDIT, may


def deciders(row: Request, step: int) -> list[User]:
    """Whose own authority decides on a step, whether they are away or not. Never the asker."""
    of, right = kind_of(row.kind), row.steps[step]
    return [
        one
        for one in permissions.holders(right).exclude(pk=row.asker_id)
        if of.within(one, right, row.wanted)
    ]


def decides(user: User, row: Request) -> User | None:
    """With whose authority the user decides on the step it is at: their own or, as a deputy,
    another's; ``None``: with nobody's.
    """
    if row.state != State.OPEN or user.pk == row.asker_id:
        return None
    approved = row.words.filter(verdict=Verdict.APPROVED)
    spent = {one for pair in approved.values_list("by", "instead_of") for one in pair}
    if user.pk in spent:
        return None  # four eyes see more than two
    return next(
        (
            one
            for one in (user, *absence.away_for(user))
            if one.pk not in spent and one.pk != row.asker_id and _holds(one, row, row.step)
        ),
        None,
    )


def sees(user: User, row: Request) -> bool:
    """Its asker, whoever decides or decided on a step, their deputies, and auditors."""
    if user.pk == row.asker_id or may(user, READ_AUDIT) or row.words.filter(by=user).exists():
        return True
    return any(
        _holds(one, row, step)
        for one in (user, *absence.away_for(user))
        for step in range(len(row.steps))
    )


def _holds(one: User, row: Request, step: int) -> bool:
    right = row.steps[step]
    return may(one, right) and kind_of(row.kind).within(one, right, row.wanted)
