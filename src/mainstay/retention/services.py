"""Verbs: say why a customer was lost, have it won back, say how that ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import may
from mainstay.foundation.services import audit
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.reaching import people_for
from mainstay.parties.selectors import of_code
from mainstay.retention import news, rules
from mainstay.retention.errors import (
    EvidenceMissing,
    LossReasonUnknown,
    LossUnknown,
    NotLostNow,
    ResultUnknown,
    WinBackDayNotValid,
    WinBackOwnerNotFit,
    WinBackUnderWay,
    WinBackUnknown,
)
from mainstay.retention.models import Loss, LossEvent, WinBack
from mainstay.retention.permissions import HANDLE

KIND = LossEvent.Kind


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a loss, with what tells so."""

    reason: str
    evidence: str
    rival: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Winning back: whose task, what to do, by when."""

    owner: int
    what: str
    due: date | None
    """``None``: what was given is no day."""


def name_reason(by: User, code: str, loss: int, why: Why) -> None:
    """Say why a customer was lost. Said again, it is another reason; the time line keeps both.

    Raises ``NotAllowed``, ``LossUnknown``, ``LossReasonUnknown``, ``EvidenceMissing``.
    """
    customer = _reached(by, code)
    _one_of(why.reason, rules.REASONS)
    evidence = why.evidence.strip()[: rules.LONGEST["text"]]
    if not evidence:
        raise EvidenceMissing
    rival = why.rival.strip()[: rules.LONGEST["rival"]] if why.reason == rules.POACHED else ""
    with transaction.atomic():
        row = _locked(customer, loss)
        was = row.reason
        row.reason, row.rival, row.evidence = why.reason, rival, evidence
        row.named_by, row.named_at = by, timezone.now()
        row.save(update_fields=["reason", "rival", "evidence", "named_by", "named_at"])
        _event(by, row, KIND.REASON, reason=why.reason, rival=rival, evidence=evidence)
        audit(
            by, "loss.named", f"customer:{customer.code}", reason=evidence, loss=row.pk,
            why=why.reason, was_why=was, rival=rival,
        )  # fmt: skip


def win_back(by: User, code: str, loss: int, task: Task) -> WinBack:
    """Have somebody win a lost customer back by a day; the owner is told.

    Raises ``NotAllowed``, ``LossUnknown``, ``NotLostNow``, ``WinBackUnderWay``, ``ReasonMissing``,
    ``WinBackOwnerNotFit``, ``WinBackDayNotValid``.
    """
    customer, today = _reached(by, code), timezone.localdate()
    what = task.what.strip()[: rules.LONGEST["text"]]
    if not what:
        raise ReasonMissing
    owner = next((one for one in people_for(customer, HANDLE) if one.pk == task.owner), None)
    if owner is None:
        raise WinBackOwnerNotFit
    if task.due is None or not today <= task.due <= today + rules.LONGEST_AHEAD:
        raise WinBackDayNotValid(least=today, most=today + rules.LONGEST_AHEAD)
    with transaction.atomic():
        row = _locked(customer, loss)
        if row.void or row.back_on is not None:
            raise NotLostNow
        if row.win_backs.filter(result="").exists():
            raise WinBackUnderWay
        made = WinBack.objects.create(
            loss=row, owner=owner, what=what, due=task.due, begun_on=today, by=by
        )
        _restate(row)
        _event(by, row, KIND.BEGUN, owner=owner.known_as(), due=task.due.isoformat(), what=what)
        audit(
            by, "loss.win_back", f"customer:{customer.code}", reason=what, loss=row.pk,
            owner=owner.pk, due=task.due.isoformat(),
        )  # fmt: skip
        tell(
            [owner], news.GIVEN, f"loss:{customer.code}", by=by, who=by.known_as(),
            customer=customer.name or customer.code, due=task.due.isoformat(), what=what,
        )  # fmt: skip
    return made


def end(by: User, code: str, loss: int, win_back: int, result: str, note: str) -> None:
    """Say how winning back ended, and what was said: by its owner, or whoever may have it done.

    Raises ``NotAllowed``, ``LossUnknown``, ``WinBackUnknown``, ``ResultUnknown``,
    ``ReasonMissing``.
    """
    customer = of_code(by, code, SEE).first()
    if customer is None:
        raise LossUnknown
    note = note.strip()[: rules.LONGEST["text"]]
    if result not in rules.RESULTS:
        raise ResultUnknown(result=result, names=", ".join(rules.RESULTS))
    if not note:
        raise ReasonMissing
    with transaction.atomic():
        row = _locked(customer, loss)
        task = row.win_backs.filter(pk=win_back, result="").first()
        if task is None:
            raise WinBackUnknown
        if task.owner_id != by.pk and not may_handle(by, customer.code):
            raise NotAllowed
        task.result, task.note, task.ended_by = result, note, by
        task.ended_on = timezone.localdate()
        task.save(update_fields=["result", "note", "ended_by", "ended_on"])
        _restate(row)
        _event(by, row, KIND.ENDED, result=result, note=note)
        audit(
            by, "loss.win_back_ended", f"customer:{customer.code}", reason=note, loss=row.pk,
            result=result, owner=task.owner_id,
        )  # fmt: skip


def may_handle(user: User, code: str) -> bool:
    """Whether the user says why this customer was lost, and has it won back."""
    return may(user, HANDLE) and of_code(user, code, HANDLE).exists()


def forget_everything() -> None:
    """Delete the register. Only for the demo company, whose customers go too."""
    Loss.objects.all().delete()


def _reached(by: User, code: str) -> Customer:
    """The customer, for whoever may handle it; as unknown where it is not even seen."""
    customer = of_code(by, code, SEE).first()
    if customer is None:
        raise LossUnknown
    if not may_handle(by, code):
        raise NotAllowed
    return customer


def _locked(customer: Customer, loss: int) -> Any:
    rows = Loss.objects.select_for_update(of=("self",))
    row = rows.filter(pk=loss, customer__own_code__customer=customer).first()
    if row is None:
        raise LossUnknown
    return row


def _restate(row: Any) -> None:
    results = list(row.win_backs.order_by("pk").values_list("result", flat=True))
    row.state = rules.state(back=row.back_on is not None, results=results)
    row.save(update_fields=["state"])


def _event(by: User, row: Loss, kind: str, **facts: object) -> None:
    LossEvent.objects.create(loss=row, kind=kind, day=timezone.localdate(), by=by, facts=facts)


def _one_of(reason: str, names: Mapping[str, object]) -> None:
    if reason not in names:
        raise LossReasonUnknown(reason=reason, names=", ".join(names))
