"""What people see of requests: to decide, asked, decided; and one with its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mainstay.foundation import permissions
from mainstay.foundation.approvals import authority, deciding, weighing
from mainstay.foundation.approvals.kinds import Wanted, kind_of
from mainstay.foundation.approvals.models import UNDECIDED, Request, RequestWord, State, Verdict
from mainstay.foundation.errors import NoSuchRequest
from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError, Words

SHOWN = 100
"""Requests that a list shows, newest first."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One request in a list."""

    id: int
    title: Words
    named: str
    asker: str
    asked_at: datetime
    reason: str
    state: str
    """open · returned · approved · refused · withdrawn"""


@dataclass(frozen=True, slots=True)
class StepInfo:
    """One authority that decides, and who could."""

    right: Words
    deciders: tuple[str, ...]
    passed: bool


@dataclass(frozen=True, slots=True)
class WordInfo:
    """What was said on it."""

    at: datetime
    by: str
    instead_of: str
    verdict: str
    """approved · refused · returned · answered · withdrawn"""
    reason: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One request with all that is needed to decide on it."""

    info: RequestInfo
    subject: str
    effects: tuple[dict[str, Any], ...]
    """As of now for whoever decides, else as of the asking or the decision: ``what``, ``before``,
    ``after``."""
    weighed: tuple[dict[str, Any], ...]
    """What the reader may know of the subject: ``what``, ``value``, ``unit`` (``weighing``). As of
    now for whoever decides, as of the last decision for others."""
    changed: bool
    """The effect is another than at the asking."""
    hindrance: Words | None
    """Why it could not be carried out now."""
    seen: str
    """Fingerprint of the effect shown."""
    steps: tuple[StepInfo, ...]
    words: tuple[WordInfo, ...]
    may_decide: bool
    instead_of: str
    """Whose deputy the reader would be in deciding."""
    is_own: bool


def to_decide(user: User) -> list[RequestInfo]:
    """Open requests whose present step the user decides, oldest first."""
    rows = Request.objects.filter(state=State.OPEN).exclude(asker=user).order_by("pk")
    waiting = list(rows.select_related("asker").prefetch_related("words"))
    mine = authority.deciding(user, waiting)
    return [_info(row) for row in waiting if row.pk in mine]


def asked(user: User) -> list[RequestInfo]:
    """What the user asked for, newest first; what waits for an answer of theirs leads."""
    rows = Request.objects.filter(asker=user).select_related("asker").order_by("-pk")[:SHOWN]
    return sorted(map(_info, rows), key=lambda one: one.state != State.RETURNED)


def decided(user: User) -> list[RequestInfo]:
    """What the user said a word on as a decider, newest first."""
    verdicts = (Verdict.APPROVED, Verdict.REFUSED, Verdict.RETURNED)
    mine = RequestWord.objects.filter(by=user, verdict__in=verdicts).values("request")
    rows = Request.objects.filter(pk__in=mine).select_related("asker").order_by("-pk")
    return _infos(rows[:SHOWN])


def about(kind: str, wanted: Wanted) -> int | None:
    """The undecided request of a kind about the same thing."""
    subjects = kind_of(kind).about(wanted)
    rows = Request.objects.filter(subject__in=subjects, kind=kind, state__in=UNDECIDED)
    return rows.values_list("pk", flat=True).first()


def is_seen(user: User, request_id: int) -> bool:
    """Whether the user may see a request."""
    row = Request.objects.filter(pk=request_id).first()
    return row is not None and authority.sees(user, row)


def detail(user: User, request_id: int) -> Detail:
    """One request, for whoever may see it. Raises ``NoSuchRequest``."""
    row = Request.objects.select_related("asker").filter(pk=request_id).first()
    if row is None or not authority.sees(user, row):
        raise NoSuchRequest
    decider = authority.decides(user, row)
    asked, hindrance = row.effects, None
    if decider is not None:  # whoever does not decide reads what was true at the asking
        try:
            row.effects = [effect.to_dict() for effect in kind_of(row.kind).effects(row.wanted)]
        except MainstayError as error:
            hindrance = {"en": error.text("en"), "zh": error.text("zh")}
        weighed = weighing.known(user, row)
    else:
        frozen = row.words.exclude(weighed=[]).order_by("-pk").first()
        weighed = weighing.readable(user, row, frozen.weighed) if frozen else []
    return Detail(
        info=_info(row), subject=row.subject, effects=tuple(row.effects), weighed=tuple(weighed),
        changed=row.effects != asked, hindrance=hindrance, seen=deciding.fingerprint(row, weighed),
        steps=tuple(_steps(row)), words=tuple(_words(row)), may_decide=decider is not None,
        instead_of=decider.known_as() if decider and decider.pk != user.pk else "",
        is_own=row.asker_id == user.pk,
    )  # fmt: skip


def _infos(rows: Iterable[Request]) -> list[RequestInfo]:
    return [_info(row) for row in rows]


def _info(row: Request) -> RequestInfo:
    title = kind_of(row.kind).title
    return RequestInfo(
        row.pk, title, row.named, row.asker.known_as(), row.asked_at, row.reason,
        row.state,
    )  # fmt: skip


def _steps(row: Request) -> Iterable[StepInfo]:
    titles = {right.name: right.title for right in permissions.rights()}
    for number, right in enumerate(row.steps):
        passed = number < row.step
        people = () if passed else authority.deciders(row, number)
        yield StepInfo(titles[right], tuple(one.known_as() for one in people), passed)


def _words(row: Request) -> Iterable[WordInfo]:
    for word in row.words.select_related("by", "instead_of").order_by("pk"):
        instead = word.instead_of.known_as() if word.instead_of else ""
        yield WordInfo(word.at, word.by.known_as(), instead, word.verdict, word.reason)
