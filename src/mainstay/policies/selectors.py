"""Nouns: policies and their versions; what a customer is owed; who is under- or over-served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from mainstay.foundation.approvals.models import UNDECIDED, Request
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand, may
from mainstay.insights.errors import NotGraded
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes import in_use
from mainstay.insights.selectors.runs import done_run, headline, latest_runs
from mainstay.kernel import cursor as cursors
from mainstay.kernel.errors import Words
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import of_code, sees_cost, sees_everything, visible_to
from mainstay.policies import changing, costing, owing, rules
from mainstay.policies.errors import BenefitUnknown, NoSuchPolicy
from mainstay.policies.models import PolicyVersion
from mainstay.policies.permissions import DECIDE, PROPOSE

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

DRAFT, PROPOSED, WAITING, IN_FORCE, ENDED = "draft", "proposed", "waiting", "in_force", "ended"
STEPS = (DRAFT, PROPOSED, WAITING, IN_FORCE, ENDED)
"""The states of a version, in their order."""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One version of what the classes of a scheme are owed."""

    scheme: str
    scheme_title: Words
    number: int
    state: str
    """draft · proposed (somebody is asked) · waiting (for its day) · in_force · ended"""
    since: date | None
    until: date | None
    terms: rules.Terms
    author: str
    made_at: datetime
    note: str
    asked: int | None
    """The undecided request about a policy of the scheme."""


@dataclass(frozen=True, slots=True)
class SchemePolicy:
    """A scheme in use and its policy: the version in force, else the newest; ``None``: none."""

    scheme: str
    title: Words
    line: PolicyLine | None
    versions: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What one customer is owed by one scheme's policy."""

    run: RunInfo
    version: int
    """Of the policy in force."""
    served: owing.Served


@dataclass(frozen=True, slots=True)
class ServedPage:
    """A page of those under- or over-served, the largest sales first."""

    run: RunInfo
    over: bool
    benefit: str
    rows: tuple[owing.Served, ...]
    next: str | None
    counts: Mapping[str, int]
    """Benefit → how many customers, under no choice of a benefit."""
    customers: int
    """All that pass."""


def may_change(user: User) -> bool:
    """Whether the user proposes or decides on policies."""
    return may(user, PROPOSE) or may(user, DECIDE)


def policies(user: User) -> list[SchemePolicy]:
    """Every scheme in use with its policy, and those that had one."""
    demand(user, SEE)
    lines: dict[str, list[PolicyLine]] = {}
    titles = _titles()
    for line in _lines(PolicyVersion.objects.all(), titles):
        lines.setdefault(line.scheme, []).append(line)
    names = [*(one.name for one in in_use.in_use()), *lines]
    return [
        SchemePolicy(
            name, titles.get(name, {"en": name, "zh": name}),
            next((one for one in lines.get(name, []) if one.state == IN_FORCE),
                 next(iter(lines.get(name, [])), None)),
            len(lines.get(name, [])),
        )
        for name in dict.fromkeys(names)
    ]  # fmt: skip


def versions(user: User, scheme: str) -> list[PolicyLine]:
    """Every version of a scheme's policy, the newest first; empty: none yet."""
    demand(user, SEE)
    return list(_lines(PolicyVersion.objects.filter(scheme=scheme), _titles()))


def scheme_of(name: str) -> Scheme:
    """A scheme in use, or one a policy was made for. Raises ``NoSuchPolicy``."""
    found = next((one for one in _schemes() if one.name == name), None)
    if found is None:
        raise NoSuchPolicy(policy=name)
    return found


def may_see_cost(user: User) -> bool:
    """Whether the user may read what policies cost."""
    return may_change(user) and sees_cost(user)


def cost_of(user: User, scheme: str, terms: rules.Terms) -> costing.Cost | None:
    """What terms cost a year, for whoever sees cost and works on policies; else ``None``."""
    if not may_see_cost(user):
        return None
    return costing.cost(scheme, terms)


def of_customer(user: User, code: str) -> list[Owed]:
    """What a customer is owed by each policy in force; nothing where it was not graded."""
    customers = of_code(user, code)
    names = {row.scheme: row.number for row in _in_force()}
    if not names:
        return []
    found = []
    for name, run in latest_runs(user).items():
        if name in names and run.state == "done":
            rows = owing.served(run, customers)
            found += [Owed(run, names[name], row) for row in rows if row.dues]
    return found


def owed_and_given(
    user: User, scheme: str = "", *, over: bool = False, benefit: str = "",
    after: str | None = None, size: int | None = 50,
) -> ServedPage:  # fmt: skip
    """Who is under- or over-served, of whom the user sees; ``size`` ``None``: all.

    Raises ``NotAllowed``, ``NotGraded``, ``NoSuchPolicy``, ``BenefitUnknown``, ``BadCursor``.
    """
    demand(user, SEE)
    if benefit and benefit not in rules.benefits():
        raise BenefitUnknown(benefit=benefit)
    if scheme and scheme not in schemes_owed(user):
        raise NoSuchPolicy(policy=scheme)
    run = done_run(user, scheme or _first(user))
    whom = None if sees_everything(user) else visible_to(user)
    rows = list(owing.lacking(owing.served(run, whom), over=over))
    counts = Counter(due.benefit.name for row in rows for due in row.dues)
    chosen = list(owing.lacking(rows, over=over, benefit=benefit))
    left = chosen if after is None else _behind(chosen, after)
    page = left if size is None else left[:size]
    further = None
    if len(left) > len(page):
        further = cursors.encode(page[-1].net_sales or 0, page[-1].customer)
    ordered = {name: counts[name] for name in rules.benefits() if counts[name]}
    return ServedPage(run, over, benefit, tuple(page), further, ordered, len(chosen))


def schemes_owed(user: User) -> dict[str, Words]:
    """Schemes with a policy in force that graded somebody: name → title."""
    names = {row.scheme for row in _in_force()}
    return {
        name: run.scheme_title
        for name, run in latest_runs(user).items()
        if name in names and run.state == "done"
    }


def _behind(rows: list[owing.Served], after: str) -> list[owing.Served]:
    value, number = cursors.decode(after)
    if value is None or isinstance(value, str):
        raise cursors.BadCursor
    return [row for row in rows if (-(row.net_sales or 0), row.customer) > (-value, number)]


def _first(user: User) -> str:
    """The scheme that heads the pages where it has a policy in force, else the first that has."""
    owed = schemes_owed(user)
    if not owed:
        raise NoSuchPolicy(policy="")
    head = headline(latest_runs(user))
    if head is None:
        raise NotGraded(scheme="")
    return head.scheme if head.scheme in owed else next(iter(owed))


def _in_force() -> list[PolicyVersion]:
    today = timezone.localdate()
    rows = PolicyVersion.objects.filter(since__lte=today)
    return [row for row in rows if changing.holds(row, today)]


def _lines(rows: object, titles: Mapping[str, Words]) -> list[PolicyLine]:
    today = timezone.localdate()
    open_ = Request.objects.filter(kind=changing.KIND, state__in=UNDECIDED)
    asked: dict[str, int] = {}
    proposed: set[tuple[str, int]] = set()
    for pk, wanted in open_.values_list("pk", "wanted"):
        asked[wanted["scheme"]] = pk
        if wanted["do"] == changing.USE:
            proposed.add((wanted["scheme"], wanted["version"]))

    def state(row: PolicyVersion) -> str:
        if (row.scheme, row.number) in proposed:
            return PROPOSED
        if row.since is None:
            return DRAFT
        if not changing.stands(row, today):
            return ENDED
        return WAITING if row.since > today else IN_FORCE

    found = rows.select_related("author").order_by("scheme", "-number")  # type: ignore[attr-defined]
    return [
        PolicyLine(
            row.scheme, titles.get(row.scheme, {"en": row.scheme, "zh": row.scheme}), row.number,
            state(row), row.since, row.until, row.terms, row.author.known_as(), row.made_at,
            row.note, asked.get(row.scheme),
        )
        for row in found
    ]  # fmt: skip


def _schemes() -> list[Scheme]:
    running = in_use.in_use()
    names = {one.name for one in running}
    return [*running, *(one for one in in_use.presets() if one.name not in names)]


def _titles() -> dict[str, Words]:
    return {one.name: one.title.model_dump() for one in _schemes()}
