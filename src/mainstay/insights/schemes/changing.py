"""Verbs: draft a version of a scheme; put one in use, take it out, let it head the pages.

Whoever proposes asks those who decide (``asking``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.approvals import deciding
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import audit
from mainstay.insights.errors import (
    BuildsOn,
    DateNotValid,
    LastScheme,
    NoSuchScheme,
    NotInUse,
    SchemeNameTaken,
    SchemeNotValid,
    SchemeUnchanged,
)
from mainstay.insights.permissions import SCHEMES
from mainstay.insights.schemes import in_use
from mainstay.insights.schemes.models import SchemeVersion
from mainstay.insights.services import ask_for_grades

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

KIND = "scheme.change"
USE, RETIRE, HEAD = "use", "retire", "head"
LONGEST_AHEAD = timedelta(days=366)
LONGEST_NAME = 60


def save_draft(by: User, definition: Mapping[str, Any], note: str = "") -> SchemeVersion:
    """Keep the next version of a scheme of the company's own; nobody is graded by it yet.

    Raises ``NotAllowed``, ``SchemeNotValid`` with every fault, ``SchemeNameTaken``.
    """
    from mainstay_engine import EngineError

    demand(by, SCHEMES)
    name = str(definition.get("name", ""))
    if len(name) > LONGEST_NAME:
        raise SchemeNotValid(
            fault=f"name: at most {LONGEST_NAME} characters.",
            fault_zh=f"name：最多 {LONGEST_NAME} 个字符。",
        )
    if any(name == preset.name for preset in in_use.presets()):
        raise SchemeNameTaken(scheme=name)
    with transaction.atomic():
        last = SchemeVersion.objects.select_for_update().filter(name=name).order_by("-number")
        number = (last.values_list("number", flat=True).first() or 0) + 1
        plain = {**definition, "version": number, "standard": False}
        try:
            scheme = in_use.read(json.dumps(plain, sort_keys=True, default=str))
        except EngineError as error:
            raise SchemeNotValid(fault=error.text("en"), fault_zh=error.text("zh")) from error
        row = SchemeVersion.objects.create(
            name=name, number=number, definition=scheme.definition(), author=by, note=note.strip()
        )
        audit(by, "scheme.drafted", f"scheme:{name}", reason=row.note, version=number)
    return row


def change(by: User, wanted: Mapping[str, Any], reason: str) -> Request | None:
    """Ask for a change (``wanted``: do, scheme, version, since), or carry it out where nobody else
    could decide; the request, or nothing.

    Raises ``NotAllowed``, ``NoReason``, and what ``check`` raises.
    """
    demand(by, SCHEMES)
    check(wanted)
    return deciding.ask_or_decide(by, KIND, wanted, reason)


def check(wanted: Mapping[str, Any]) -> None:
    """Raise what makes a change impossible or idle."""
    scheme, row = scheme_of(wanted["scheme"], wanted["version"])
    today = timezone.localdate()
    running = {one.name: one for one in in_use.in_use(today)}
    runs = running.get(scheme.name)
    runs_this = runs is not None and runs.version == scheme.version
    match wanted["do"]:
        case "use":
            since = date.fromisoformat(wanted["since"])
            if not today <= since <= today + LONGEST_AHEAD:
                raise DateNotValid(day=since, most=today + LONGEST_AHEAD)
            waits = row is not None and row.since is not None and row.since > today
            if runs_this or (waits and row is not None and row.since == since):
                raise SchemeUnchanged
            by_then = {one.name for one in in_use.in_use(since)}
            _demand_built_on(scheme, by_then - {scheme.name})
        case "retire":
            if not runs_this:
                raise NotInUse(scheme=scheme.name)
            if len(running) == 1 or in_use.heading(running) == scheme.name:
                raise LastScheme
            for other in running.values():
                _demand_built_on(other, running.keys() - {scheme.name})
        case "head":
            if runs is None:
                raise NotInUse(scheme=scheme.name)
            if in_use.headline_name() == scheme.name:
                raise SchemeUnchanged
        case _:
            raise NotAllowed


def _demand_built_on(scheme: Scheme, running: Collection[str]) -> None:
    """Raise ``BuildsOn`` where a scheme lacks one whose classes it reads."""
    for each in scheme.classed:
        if each.scheme not in running:
            raise BuildsOn(scheme=scheme.name, other=each.scheme)


def carry_out(asker: User, by: User, wanted: Mapping[str, Any], reason: str) -> None:
    """Do it, and have everybody graded anew. Call inside the decision's transaction."""
    check(wanted)
    scheme, row = scheme_of(wanted["scheme"], wanted["version"])
    if row is None:
        row = SchemeVersion(name=scheme.name, number=scheme.version, author=asker)
    _DO[wanted["do"]](asker, by, row, wanted, reason)
    ask_for_grades(by)


def _use(asker: User, by: User, row: SchemeVersion, wanted: Mapping[str, Any], reason: str) -> None:
    row.since, row.until = date.fromisoformat(wanted["since"]), None
    row.save()
    older = SchemeVersion.objects.filter(name=row.name, since__isnull=False, until=None)
    older.exclude(pk=row.pk).update(until=row.since)
    audit(
        by, "scheme.used", f"scheme:{row.name}", reason=reason, version=row.number,
        since=wanted["since"], asked_by=asker.pk,
    )  # fmt: skip


def _retire(
    asker: User, by: User, row: SchemeVersion, wanted: Mapping[str, Any], reason: str
) -> None:
    del wanted
    row.since, row.until = row.since or timezone.localdate(), timezone.localdate()
    row.save()
    audit(
        by, "scheme.retired", f"scheme:{row.name}", reason=reason, version=row.number,
        asked_by=asker.pk,
    )  # fmt: skip


def _head(
    asker: User, by: User, row: SchemeVersion, wanted: Mapping[str, Any], reason: str
) -> None:
    del wanted
    row.since, row.headed_at = row.since or timezone.localdate(), timezone.now()
    row.save()
    audit(
        by, "scheme.headed", f"scheme:{row.name}", reason=reason, version=row.number,
        asked_by=asker.pk,
    )  # fmt: skip


_DO: dict[str, Callable[[User, User, SchemeVersion, Mapping[str, Any], str], None]] = {
    USE: _use, RETIRE: _retire, HEAD: _head,
}  # fmt: skip


def scheme_of(name: str, number: int) -> tuple[Scheme, SchemeVersion | None]:
    """A scheme by name and version, and what the company decided of it. Raises ``NoSuchScheme``."""
    row = SchemeVersion.objects.filter(name=name, number=number).first()
    if row is not None and row.definition:
        found = in_use.own([row])
    else:
        found = [one for one in in_use.presets() if (one.name, one.version) == (name, number)]
    if not found:
        raise NoSuchScheme(scheme=f"{name} v{number}")
    return found[0], row
