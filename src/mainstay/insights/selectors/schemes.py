"""The schemes there are: which are in use, from when, by whose word, and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from mainstay.foundation.approvals.models import UNDECIDED, Request
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import NoSuchScheme
from mainstay.insights.models import SchemeVersion
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes import changing, in_use
from mainstay.insights.selectors.runs import headline, latest_runs
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_everything

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

DRAFT, SIMULATED, PROPOSED = "draft", "simulated", "proposed"
WAITING, RUNS, RETIRED, AVAILABLE = "waiting", "runs", "retired", "available"
STEPS = (DRAFT, SIMULATED, PROPOSED, WAITING, RUNS, RETIRED)
"""The states of a scheme of the company's own, in their order."""


@dataclass(frozen=True, slots=True)
class SchemeLine:
    """One version of one scheme."""

    scheme: Scheme
    state: str
    """draft · simulated (tried on all) · proposed (somebody is asked) · waiting (approved, for
    its day) · runs · retired · available (a preset nobody chose)"""
    since: date | None
    until: date | None
    heads: bool
    """Whether its class stands first."""
    preset: bool
    run: RunInfo | None
    """Its run in the newest grading, in whatever version."""
    author: str
    note: str
    asked: int | None
    """The undecided request about it."""
    simulated: Mapping[str, Any]
    """What it would have changed when it was tried; empty: never, or not for the reader."""


def schemes(user: User) -> list[SchemeLine]:
    """Every preset in the order of the mission's rows, then the newest version that counts of each
    of the company's own.
    """
    demand(user, SEE)
    by_name: dict[str, list[SchemeVersion]] = {}
    for row in SchemeVersion.objects.select_related("author").order_by("-number"):
        by_name.setdefault(row.name, []).append(row)
    about = _About(user)
    found = [about.line(scheme, _of(by_name.get(scheme.name, []), scheme.version))
             for scheme in in_use.presets()]  # fmt: skip
    for _name, rows in sorted(by_name.items()):
        if rows[0].definition:
            row = _counting(rows)
            found += [about.line(scheme, row) for scheme in in_use.own([row])]
    return found


def scheme_versions(user: User, name: str) -> list[SchemeLine]:
    """Every version of one scheme, the newest first. Raises ``NoSuchScheme``."""
    demand(user, SEE)
    rows, about = in_use.versions(name), _About(user)
    for preset in in_use.presets():
        if preset.name == name:
            return [about.line(preset, _of(rows, preset.version))]
    found = [about.line(scheme, row) for row in rows for scheme in in_use.own([row])]
    if not found:
        raise NoSuchScheme(scheme=name)
    return found


def every_version(user: User) -> list[Scheme]:
    """Every preset and every version of the company's own, to be compared."""
    demand(user, SEE)
    rows = SchemeVersion.objects.exclude(definition={}).order_by("name", "-number")
    return [*in_use.presets(), *in_use.own(rows)]


class _About:
    """What holds of all schemes, read once."""

    def __init__(self, user: User) -> None:
        self.today = timezone.localdate()
        self.runs = latest_runs(user)
        first = headline(self.runs)
        self.heads = in_use.headline_name() or (first.scheme if first else "")
        open_ = Request.objects.filter(kind=changing.KIND, state__in=UNDECIDED)
        self.asked: dict[str, int] = {}
        self.proposed: set[tuple[str, int]] = set()
        for subject, pk, wanted in open_.values_list("subject", "pk", "wanted"):
            self.asked[subject] = pk
            if wanted["do"] == changing.USE:
                self.proposed.add((wanted["scheme"], wanted["version"]))
        self.whole = sees_everything(user)

    def line(self, scheme: Scheme, row: SchemeVersion | None) -> SchemeLine:
        state = self._state(scheme, row)
        return SchemeLine(
            scheme=scheme, state=state, since=row.since if row else None,
            until=row.until if row else None,
            heads=state == RUNS and self.heads == scheme.name,
            preset=row is None or not row.definition, run=self.runs.get(scheme.name),
            author=row.author.known_as() if row else "", note=row.note if row else "",
            asked=self.asked.get(f"scheme:{scheme.name}"),
            simulated=row.simulated if row and self.whole else {},
        )  # fmt: skip

    def _state(self, scheme: Scheme, row: SchemeVersion | None) -> str:
        if row is None:
            return RUNS if scheme.standard else AVAILABLE
        if row.since is None:
            if (row.name, row.number) in self.proposed:
                return PROPOSED
            return SIMULATED if row.simulated else DRAFT
        if row.since > self.today:
            return WAITING
        return RUNS if in_use.holds(row, self.today) else RETIRED


def _of(rows: list[SchemeVersion], number: int) -> SchemeVersion | None:
    return next((row for row in rows if row.number == number), None)


def _counting(rows: list[SchemeVersion]) -> SchemeVersion:
    """Of versions, the newest first: the one that runs, else the newest."""
    today = timezone.localdate()
    return next((row for row in rows if in_use.holds(row, today)), rows[0])
