"""Verbs: draft a version of what classes are owed; let one hold from a day, end one.

Whoever proposes asks those who decide (``asking``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.approvals import deciding
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import audit
from mainstay.insights.errors import NotInUse
from mainstay.insights.schemes import in_use
from mainstay.policies import rules
from mainstay.policies.errors import (
    ClassNotInScheme,
    NoSuchPolicy,
    PolicyDayNotValid,
    PolicyEmpty,
    PolicyEnded,
    PolicyNotInForce,
    PolicyUnchanged,
)
from mainstay.policies.models import PolicyVersion
from mainstay.policies.permissions import PROPOSE

KIND = "policy.change"
USE, END = "use", "end"
LONGEST_AHEAD = timedelta(days=366)
LONGEST_BACK = timedelta(days=366)
"""A policy that held on paper may be entered afterwards; nothing older is owed anyway."""


def save_draft(by: User, scheme: str, terms: rules.Terms, note: str = "") -> PolicyVersion:
    """Keep the next version of a scheme's policy; nothing is owed by it yet.

    Raises ``NotAllowed``, ``NotInUse``, ``ClassNotInScheme``, ``BenefitUnknown``,
    ``BenefitNotValid``, ``PolicyEmpty``.
    """
    demand(by, PROPOSE)
    kept = checked(scheme, terms)
    with transaction.atomic():
        rows = PolicyVersion.objects.select_for_update().filter(scheme=scheme)
        last = rows.order_by("-number").values_list("number", flat=True).first()
        row = PolicyVersion.objects.create(
            scheme=scheme, number=(last or 0) + 1, terms=kept, author=by, note=note.strip()
        )
        audit(by, "policy.drafted", f"policy:{scheme}", reason=row.note, version=row.number)
    return row


def checked(scheme: str, terms: rules.Terms) -> dict[str, dict[str, str]]:
    """Terms as the store keeps them. Raises what ``save_draft`` does."""
    found = next((one for one in in_use.in_use() if one.name == scheme), None)
    if found is None:
        raise NotInUse(scheme=scheme)
    classes = {one.id for one in found.classes}
    for klass in terms:
        if klass not in classes:
            raise ClassNotInScheme(klass=klass)
    kept = {
        one.id: {name: rules.value_of(name, value) for name, value in terms[one.id].items()}
        for one in found.classes
        if terms.get(one.id)
    }
    if not kept:
        raise PolicyEmpty
    return kept


def change(by: User, wanted: Mapping[str, Any], reason: str) -> Request | None:
    """Ask for a change (``wanted``: do, scheme, version, since), or carry it out where nobody else
    could decide; the request, or nothing.

    Raises ``NotAllowed``, ``NoReason``, and what ``check`` raises.
    """
    demand(by, PROPOSE)
    check(wanted)
    return deciding.ask_or_decide(by, KIND, wanted, reason)


def check(wanted: Mapping[str, Any]) -> PolicyVersion:
    """The version it is about. Raises what makes a change impossible or idle."""
    row = version(wanted["scheme"], wanted["version"])
    today = timezone.localdate()
    match wanted["do"]:
        case "use":
            if stands(row, today):
                raise PolicyUnchanged
            if row.since is not None:
                raise PolicyEnded
            since, least = date.fromisoformat(wanted["since"]), today - LONGEST_BACK
            other = _standing(row.scheme).exclude(pk=row.pk).order_by("-since").first()
            if other is not None and other.since is not None:
                least = max(least, other.since + timedelta(days=1))
            if not least <= since <= today + LONGEST_AHEAD:
                raise PolicyDayNotValid(least=least, most=today + LONGEST_AHEAD)
        case "end":
            if not stands(row, today):
                raise PolicyNotInForce
        case _:
            raise NotAllowed
    return row


def carry_out(asker: User, by: User, wanted: Mapping[str, Any], reason: str) -> None:
    """Do it. Call inside the decision's transaction."""
    row, today = check(wanted), timezone.localdate()
    if wanted["do"] == USE:
        since = date.fromisoformat(wanted["since"])
        _standing(row.scheme).exclude(pk=row.pk).update(until=since)
        row.since, row.until = since, None
        row.save(update_fields=["since", "until"])
        audit(
            by, "policy.used", f"policy:{row.scheme}", reason=reason, version=row.number,
            since=since.isoformat(), asked_by=asker.pk,
        )  # fmt: skip
        return
    row.until = max(today, row.since or today)
    if row.until > today:  # it waited: the one before goes on
        before = PolicyVersion.objects.filter(scheme=row.scheme, until=row.since)
        before.exclude(pk=row.pk).update(until=None)
    row.save(update_fields=["until"])
    audit(
        by, "policy.ended", f"policy:{row.scheme}", reason=reason, version=row.number,
        asked_by=asker.pk,
    )  # fmt: skip


def version(scheme: str, number: int) -> PolicyVersion:
    """One version. Raises ``NoSuchPolicy``."""
    row = PolicyVersion.objects.filter(scheme=scheme, number=number).first()
    if row is None:
        raise NoSuchPolicy(policy=f"{scheme} v{number}")
    return row


def holds(row: PolicyVersion, day: date) -> bool:
    """Whether it is owed on the day."""
    return row.since is not None and row.since <= day and (row.until is None or row.until > day)


def stands(row: PolicyVersion, day: date) -> bool:
    """Whether it holds, or waits for its day."""
    return row.since is not None and (row.until is None or row.until > max(day, row.since))


def in_force(scheme: str, day: date | None = None) -> PolicyVersion | None:
    """The version that holds on a day (default: today)."""
    day = day or timezone.localdate()
    rows = PolicyVersion.objects.filter(scheme=scheme, since__lte=day).order_by("-since", "-number")
    return next((row for row in rows if holds(row, day)), None)


def _standing(scheme: str) -> Any:
    """Those that hold, or wait for their day, without an end."""
    return PolicyVersion.objects.filter(scheme=scheme, since__isnull=False, until=None)
