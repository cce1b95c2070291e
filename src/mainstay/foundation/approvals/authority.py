"""Who decides on a request, and who sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from mainstay.foundation import permissions, second_step
from mainstay.foundation.approvals import absence
from mainstay.foundation.approvals.kinds import kind_of
from mainstay.foundation.approvals.models import UNDECIDED, Request, Verdict
from mainstay.foundation.models import User
from mainstay.foundation.permissions import READ_AUDIT, may


def deciders(row: Request, step: int) -> list[User]:
    """Whose own authority decides on a step, whether they are away or not. Never the asker."""
    right = row.steps[step]
    others = permissions.holders(right).exclude(pk=row.asker_id)
    return [one for one in others if kind_of(row.kind).within(one, right, [row.wanted])[0]]


def decides(user: User, row: Request) -> User | None:
    """With whose authority the user decides on the step it is at: their own or, as a deputy,
    another's; ``None``: with nobody's.
    """
    return deciding(user, [row]).get(row.pk)


def deciding(user: User, rows: Iterable[Request]) -> dict[int, User]:
    """The same of many: by request, for those that the user decides. Costs a look-up for each kind
    and right among them, however many there are.
    """
    ours = [row for row in rows if row.state in UNDECIDED and row.asker_id != user.pk]
    spent = {row.pk: _spent(row) for row in ours}
    ours = [row for row in ours if user.pk not in spent[row.pk]]  # four eyes see more than two
    found: dict[int, User] = {}
    for one in principals(user):
        open_ = [row for row in ours if row.pk not in found and row.asker_id != one.pk
                 and one.pk not in spent[row.pk]]  # fmt: skip
        for row in _held(one, [(row, row.step) for row in open_]):
            found[row.pk] = one
    return found


def principals(user: User) -> list[User]:
    """The user, and those the user is deputy for today.

    Whose role asks for a second step at sign-in is stood for by nobody who has none.
    """
    absent = absence.away_for(user)
    needed = [one for one in absent if permissions.needs_second_step(one)]
    if needed and not second_step.is_set_up(user):
        absent = [one for one in absent if one not in needed]
    return [user, *absent]


def sees(user: User, row: Request) -> bool:
    """Its asker, whoever decides or decided on a step, their deputies, and auditors of all."""
    if user.pk == row.asker_id or permissions.reach(user, READ_AUDIT).company:
        return True
    if row.words.filter(by=user).exists():
        return True
    steps = [(row, step) for step in range(len(row.steps))]
    return any(_held(one, steps) for one in principals(user))


def _spent(row: Request) -> set[int]:
    """Whose authority approved a step already."""
    approved = [word for word in row.words.all() if word.verdict == Verdict.APPROVED]
    return {pk for word in approved for pk in (word.by_id, word.instead_of_id) if pk}


def _held(one: User, steps: Sequence[tuple[Request, int]]) -> list[Request]:
    """The requests whose step somebody's own authority decides."""
    found = []
    keyed = sorted(((row.kind, row.steps[step]), row.pk, row) for row, step in steps)
    for (kind, right), group in groupby(keyed, key=lambda entry: entry[0]):
        if may(one, right):
            rows = [row for _key, _pk, row in group]
            reached = kind_of(kind).within(one, right, [row.wanted for row in rows])
            found += [row for row, is_within in zip(rows, reached, strict=True) if is_within]
    return found
