"""Verbs: ask, approve, refuse, ask back, answer, withdraw. Each in one transaction with its audit.

Four eyes: nobody decides their own request, nobody decides two steps of one, and nobody is deputy
for its asker. Whoever decides says which effect they saw: where it is another by now, nothing is
decided.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from mainstay.foundation.approvals import absence, authority, news, weighing
from mainstay.foundation.approvals.kinds import Kind, Wanted, kind_of
from mainstay.foundation.approvals.models import UNDECIDED, Request, RequestWord, State, Verdict
from mainstay.foundation.errors import (
    AlreadyAsked,
    EffectChanged,
    NobodyDecides,
    NoReason,
    NoSuchRequest,
    NotAllowed,
    NotOpen,
)
from mainstay.foundation.models import User
from mainstay.foundation.notices import reading
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import may
from mainstay.foundation.services import audit
from mainstay.kernel.errors import Words, words

_SAID: dict[str, Words] = {
    Verdict.APPROVED: words("approved", "已批准"),
    Verdict.REFUSED: words("refused", "已拒绝"),
    Verdict.RETURNED: words("asked back", "退回"),
}


def ask(asker: User, kind: str, wanted: Wanted, reason: str) -> Request:
    """Ask for something; whoever decides on the first step is told.

    Raises ``NotAllowed``, ``NoReason``, ``AlreadyAsked``, ``NobodyDecides``, and what the kind
    raises of something that cannot be done anyway.
    """
    of, reason = kind_of(kind), reason.strip()
    if not of.may_ask(asker, wanted):
        raise NotAllowed
    if not reason:
        raise NoReason
    subjects = of.about(wanted)
    if Request.objects.filter(kind=kind, subject__in=subjects, state__in=UNDECIDED).exists():
        raise AlreadyAsked
    row = Request(
        kind=kind, subject=subjects[0], named=of.named(wanted)[:200],
        wanted=dict(wanted), steps=list(of.steps(wanted)),
        effects=_effects(of, wanted), asker=asker, reason=reason,
    )  # fmt: skip
    for step in range(len(row.steps)):
        if not authority.deciders(row, step):
            raise NobodyDecides(right=row.steps[step])
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise AlreadyAsked from None
        _record(asker, "request.asked", row, reason=reason, effects=row.effects)
        _tell_deciders(row, reason)
    return row


def ask_or_decide(asker: User, kind: str, wanted: Wanted, reason: str) -> Request | None:
    """Ask for something; where nobody else could decide it and the asker could, carry it out: a
    firm of one has no four eyes, and the trail shows one name twice. The request, or ``None``.
    """
    try:
        return ask(asker, kind, wanted, reason)
    except NobodyDecides:
        of = kind_of(kind)
        steps = of.steps(wanted)
        if not all(may(asker, one) and of.within(asker, one, [wanted])[0] for one in steps):
            raise
    with transaction.atomic():
        of.carry_out(asker, asker, wanted, reason.strip())
    return None


def approve(by: User, request_id: int, seen: str, reason: str = "") -> Request:
    """Approve at the step it is at; after the last one it is carried out.

    ``seen``: ``fingerprint`` of the effect that was looked at. Raises ``EffectChanged``, and what
    carrying it out raises: then nothing is decided.
    """
    with transaction.atomic():
        row, instead = _decidable(by, request_id, State.OPEN)
        of = kind_of(row.kind)
        row.effects = _effects(of, row.wanted)
        weighed = weighing.known(by, row)
        if fingerprint(row, weighed) != seen:
            raise EffectChanged
        _say(row, Verdict.APPROVED, by, instead, reason, weighed)
        _record(by, "request.approved", row, reason=reason, instead=instead)
        row.step += 1
        if row.step == len(row.steps):
            row.state, row.ended_at = State.APPROVED, timezone.now()
        row.save()
        if row.state == State.APPROVED:
            of.carry_out(row.asker, by, row.wanted, row.reason)
            _tell_asker(row, news.DECIDED, by, reason, _SAID[Verdict.APPROVED])
        else:
            _tell_deciders(row, row.reason)
    return row


def refuse(by: User, request_id: int, reason: str) -> Request:
    """Refuse it, for a reason; also where its asker does not answer."""
    return _end_step(by, request_id, reason, Verdict.REFUSED, State.REFUSED, *UNDECIDED)


def ask_back(by: User, request_id: int, reason: str) -> Request:
    """Ask its asker something first."""
    return _end_step(by, request_id, reason, Verdict.RETURNED, State.RETURNED, State.OPEN)


def answer(asker: User, request_id: int, reason: str) -> Request:
    """Answer what was asked back: it is to be decided again, at the same step."""
    with transaction.atomic():
        row = _own(asker, request_id, State.RETURNED)
        _say(row, Verdict.ANSWERED, asker, None, _needed(reason))
        row.state = State.OPEN
        row.save()
        _record(asker, "request.answered", row, reason=reason)
        _tell_deciders(row, reason)
    return row


def withdraw(asker: User, request_id: int, reason: str = "") -> Request:
    """Take back what one asked for and nobody decided yet."""
    with transaction.atomic():
        row = _own(asker, request_id, *UNDECIDED)
        _withdraw(row, asker, reason)
    return row


def withdraw_all(by: User, asker: User, reason: str) -> None:
    """Withdraw what somebody who leaves had asked for. In the leaving's transaction."""
    for row in Request.objects.select_for_update().filter(asker=asker, state__in=UNDECIDED):
        _withdraw(row, by, reason)


def _withdraw(row: Request, by: User, reason: str) -> None:
    _say(row, Verdict.WITHDRAWN, by, None, reason)
    row.state, row.ended_at = State.WITHDRAWN, timezone.now()
    row.save()
    _record(by, "request.withdrawn", row, reason=reason)


def fingerprint(row: Request, weighed: list[dict[str, Any]]) -> str:
    """Tells what is wanted, its effect, and what was shown of its subject from another; 16
    hexadecimal digits.
    """
    text = json.dumps([row.wanted, row.effects, weighed], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _end_step(
    by: User, request_id: int, reason: str, verdict: Verdict, state: State, *states: str
) -> Request:
    with transaction.atomic():
        row, instead = _decidable(by, request_id, *states)
        _say(row, verdict, by, instead, _needed(reason), weighing.known(by, row))
        row.state = state
        row.ended_at = timezone.now() if state == State.REFUSED else None
        row.save()
        _record(by, f"request.{verdict.value}", row, reason=reason, instead=instead)
        told = news.DECIDED if state == State.REFUSED else news.RETURNED
        _tell_asker(row, told, by, reason, _SAID[verdict])
    return row


def _decidable(by: User, request_id: int, *states: str) -> tuple[Request, User | None]:
    """The open request, locked, and in whose stead it is decided."""
    row = Request.objects.select_for_update().filter(pk=request_id).first()
    if row is None or not authority.sees(by, row):
        raise NoSuchRequest
    if row.state not in states:
        raise NotOpen
    decider = authority.decides(by, row)
    if decider is None:
        raise NotAllowed
    return row, None if decider.pk == by.pk else decider


def _own(asker: User, request_id: int, *states: str) -> Request:
    row = Request.objects.select_for_update().filter(pk=request_id, asker=asker).first()
    if row is None:
        raise NoSuchRequest
    if row.state not in states:
        raise NotOpen
    return row


def _effects(of: Kind, wanted: Wanted) -> list[dict[str, Any]]:
    return [effect.to_dict() for effect in of.effects(wanted)]


def _needed(reason: str) -> str:
    if not reason.strip():
        raise NoReason
    return reason.strip()


def _say(
    row: Request, verdict: Verdict, by: User, instead: User | None, reason: str,
    weighed: list[dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    for asks in (news.ASKED, news.RETURNED):  # whom it asked something, it asks no more
        reading.settle(asks, f"request:{row.pk}")
    RequestWord.objects.create(
        request=row, step=row.step, verdict=verdict, by=by, instead_of=instead,
        reason=reason.strip(), weighed=weighed or [],
    )  # fmt: skip


def _record(
    by: User, action: str, row: Request, *, reason: str, instead: User | None = None,
    effects: object = None,
) -> None:  # fmt: skip
    facts = {"kind": row.kind, "about": row.subject, "step": row.step, "of": len(row.steps)}
    if instead is not None:
        facts["instead_of"] = instead.pk
    if effects is not None:
        facts["effects"] = effects
    audit(by, action, f"request:{row.pk}", reason=reason, **facts)


def _tell_deciders(row: Request, reason: str) -> None:
    deciders, of = authority.deciders(row, row.step), kind_of(row.kind)
    tell(
        [*deciders, *absence.deputies_of(deciders)], news.ASKED, f"request:{row.pk}",
        by=row.asker, who=row.asker.known_as(), reason=reason,
        title=of.title, named=row.named,
    )  # fmt: skip


def _tell_asker(row: Request, kind: str, by: User, reason: str, verdict: Words) -> None:
    of = kind_of(row.kind)
    tell(
        [row.asker], kind, f"request:{row.pk}", who=by.known_as(), reason=reason,
        title=of.title, named=row.named, verdict=verdict,
    )  # fmt: skip
