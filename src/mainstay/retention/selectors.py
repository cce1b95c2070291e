"""Nouns: the register of the customers one may see, its sums, and the losses of one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.models import CustomerMetrics
from mainstay.insights.selectors.runs import done_run, latest_runs
from mainstay.kernel import cursor as cursors
from mainstay.parties.permissions import SEE
from mainstay.parties.reaching import people_for
from mainstay.parties.selectors import of_code, within
from mainstay.retention import rules
from mainstay.retention.errors import LossReasonUnknown
from mainstay.retention.models import Loss, WinBack
from mainstay.retention.permissions import HANDLE
from mainstay.retention.services import may_handle

UNSAID = "unsaid"
"""In place of a reason: nobody said so yet."""
NOW = "customer__own_code__customer"
"""From a loss to the customer that it is of now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which losses; empty: all."""

    reason: str = ""
    """Of ``rules.REASONS``, or ``UNSAID``."""
    state: str = ""
    owner: int | None = None
    """Of the customer."""
    neglected: bool = False
    """Only those that nobody cared for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to win a customer back."""

    id: int
    owner: str
    owner_id: int
    what: str
    due: date
    begun_on: date
    by: str
    result: str
    """Of ``rules.RESULTS``; empty: under way."""
    note: str
    ended_on: date | None
    ended_by: str

    @property
    def late(self) -> bool:
        return not self.result and self.due < timezone.localdate()


@dataclass(frozen=True, slots=True)
class LossRow:
    """One loss. Money in minor units of the books."""

    id: int
    code: str
    name: str
    name_en: str
    owner: str
    """Of the customer."""
    last_purchase: date
    lost_on: date
    usual_gap: float
    allowed: int
    went: int
    back_on: date | None
    recovered: int
    won_back: bool
    """Whether it came back after winning it back had begun."""
    void: bool
    state: str
    reason: str
    rival: str
    evidence: str
    named_by: str
    named_at: datetime | None
    contacts_before: int
    contacts_since: int
    complaints: int
    neglected: bool | None
    """``None``: not known."""
    attempts: tuple[Attempt, ...]
    """The latest last."""

    @property
    def open(self) -> Attempt | None:
        """The attempt under way."""
        return next((one for one in self.attempts if not one.result), None)


@dataclass(frozen=True, slots=True)
class Sums:
    """What losses come to. Money in minor units of the books."""

    losses: int
    went: int
    year_losses: int
    """Lost in the twelve months up to the day."""
    year_went: int
    back: int
    recovered: int
    won: int
    """Of those that came back, after winning them back had begun."""
    won_recovered: int
    neglected: int
    care_known: int
    """Of how many it is known whether somebody visited or called."""
    late: int
    """Attempts beyond their day."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the register comes to."""

    as_of: date
    currency: str
    exponent: int
    sums: Sums
    counts: Mapping[str, int]
    """State → losses, under no choice of a state."""


@dataclass(frozen=True, slots=True)
class LossPage:
    """A page of losses, those with whom most went first."""

    rows: tuple[LossRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a customer orders, in days; ``None``: too few orders to tell."""

    silence: int | None
    usual_gap: float | None
    allowed: int | None


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """The losses of one customer, the latest first, and what the user may do about them."""

    as_of: date | None
    currency: str
    exponent: int
    rhythm: Rhythm
    rows: tuple[LossRow, ...]
    may_handle: bool


def summary(user: User, wanted: Wanted | None = None) -> Summary:
    """Sums and counts of the losses of the customers one may see. Raises ``NotAllowed``,
    ``NotGraded``, ``LossReasonUnknown``.
    """
    demand(user, SEE)
    run, wanted = done_run(user), wanted or Wanted()
    rows = _chosen(_seen(user), wanted)
    counted = _chosen(_seen(user), replace(wanted, state=""))
    counts = dict(counted.order_by().values_list("state").annotate(n=Count("pk")))
    return Summary(
        run.as_of, run.currency, run.exponent, _sums(rows, run.as_of),
        {state: counts[state] for state in rules.STATES if state in counts},
    )  # fmt: skip


def register(
    user: User, wanted: Wanted | None = None, after: str | None = None, size: int = 50
) -> LossPage:
    """The losses themselves. Raises ``NotAllowed``, ``LossReasonUnknown``, ``BadCursor``."""
    demand(user, SEE)
    rows = _chosen(_seen(user), wanted or Wanted())
    page: list[Any] = list(
        page_after(_with_names(rows), "went", descending=True, cursor=after)[: size + 1]
    )
    further = cursors.encode(page[size - 1].went, page[size - 1].pk) if len(page) > size else None
    return LossPage(_rows(page[:size]), further)


def of_customer(user: User, code: str) -> OfCustomer | None:
    """Every loss of a customer; ``None`` where the user may not see it."""
    customer = of_code(user, code).first()
    if customer is None:
        return None
    run = next(iter(latest_runs(user).values()), None)
    rows = _with_names(Loss.objects.filter(**{NOW: customer})).order_by("-lost_on", "-pk")
    return OfCustomer(
        run.as_of if run else None, run.currency if run else "", run.exponent if run else 2,
        _rhythm(customer.pk, run.snapshot if run else None), _rows(list(rows)),
        may_handle(user, code),
    )  # fmt: skip


def standing(user: User, code: str) -> LossRow | None:
    """The loss that a customer's page tells of: not one that it came back from."""
    rows = _with_names(_seen(user).filter(**{f"{NOW}__codes__code": code}, back_on=None))
    return next(iter(_rows(list(rows.order_by("-lost_on", "-pk")[:1]))), None)


def choices(user: User, code: str) -> list[tuple[int, str]]:
    """Who may be asked to win a customer back, by user name."""
    customer = of_code(user, code).first()
    if customer is None:
        return []
    return [(one.pk, one.known_as()) for one in people_for(customer, HANDLE)]


def _seen(user: User) -> QuerySet[Loss]:
    return Loss.objects.true().filter(within(user, SEE, f"{NOW}__"))


def _chosen(rows: QuerySet[Loss], wanted: Wanted) -> QuerySet[Loss]:
    if wanted.reason:
        if wanted.reason not in (*rules.REASONS, UNSAID):
            raise LossReasonUnknown(reason=wanted.reason, names=", ".join(rules.REASONS))
        rows = rows.filter(reason="" if wanted.reason == UNSAID else wanted.reason)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.owner is not None:
        rows = rows.filter(**{f"{NOW}__owner": wanted.owner})
    return rows.filter(_NEGLECTED) if wanted.neglected else rows


_NEGLECTED = Q(care_known=True, contacts_before=0, contacts_since=0)
_KNOWN = Q(care_known=True) | Q(contacts_before__gt=0) | Q(contacts_since__gt=0)
"""Whether it was cared for is known: ``rules.neglected``."""


def _won() -> Exists:
    return Exists(WinBack.objects.filter(loss=OuterRef("pk"), begun_on__lt=OuterRef("back_on")))


def _with_names(rows: QuerySet[Loss]) -> QuerySet[Loss]:
    return rows.annotate(
        code=F(f"{NOW}__code"), name=F(f"{NOW}__name"), name_en=F(f"{NOW}__name_en"),
        owner=F(f"{NOW}__owner_name"), won_back=_won(),
    ).select_related("named_by")  # fmt: skip


def _sums(rows: QuerySet[Loss], as_of: date) -> Sums:
    year = Q(lost_on__gt=rules.year_before(as_of))
    back, won = Q(back_on__isnull=False), Q(won_back=True)
    found = rows.annotate(won_back=_won()).aggregate(
        of_losses=Count("pk"), of_went=Sum("went"),
        of_year_losses=Count("pk", filter=year), of_year_went=Sum("went", filter=year),
        of_back=Count("pk", filter=back), of_recovered=Sum("recovered"),
        of_won=Count("pk", filter=won), of_won_recovered=Sum("recovered", filter=won),
        of_neglected=Count("pk", filter=_NEGLECTED), of_care_known=Count("pk", filter=_KNOWN),
    )  # fmt: skip
    late = WinBack.objects.filter(result="", due__lt=timezone.localdate(), loss__in=rows)
    told = {name.removeprefix("of_"): value or 0 for name, value in found.items()}
    return Sums(**told, late=late.count())


def _rows(rows: Sequence[Any]) -> tuple[LossRow, ...]:
    tried: dict[int, list[Attempt]] = {row.pk: [] for row in rows}
    tasks = WinBack.objects.filter(loss__in=tried).select_related("owner", "by", "ended_by")
    for task in tasks.order_by("pk"):
        tried[task.loss_id].append(Attempt(
            task.pk, task.owner.known_as(), task.owner_id, task.what, task.due, task.begun_on,
            task.by.known_as(), task.result, task.note, task.ended_on,
            task.ended_by.known_as() if task.ended_by else "",
        ))  # fmt: skip
    return tuple(
        LossRow(
            id=row.pk, code=row.code, name=row.name, name_en=row.name_en, owner=row.owner or "",
            last_purchase=row.last_purchase, lost_on=row.lost_on, usual_gap=row.usual_gap,
            allowed=row.allowed, went=row.went, back_on=row.back_on, recovered=row.recovered,
            won_back=row.won_back, void=row.void, state=row.state, reason=row.reason,
            rival=row.rival, evidence=row.evidence,
            named_by=row.named_by.known_as() if row.named_by else "", named_at=row.named_at,
            contacts_before=row.contacts_before, contacts_since=row.contacts_since,
            complaints=row.complaints,
            neglected=rules.neglected(
                row.contacts_before, row.contacts_since, known=row.care_known
            ),
            attempts=tuple(tried[row.pk]),
        )
        for row in rows
    )  # fmt: skip


def _rhythm(customer: int, snapshot: int | None) -> Rhythm:
    row = CustomerMetrics.objects.filter(customer=customer, snapshot=snapshot).first()
    told = row.metrics if row else {}
    gap, uneven = told.get("median_gap"), told.get("gap_unevenness")
    if gap is None or uneven is None:
        return Rhythm(told.get("recency"), gap, None)
    return Rhythm(told.get("recency"), gap, rules.usual_limit(gap, uneven))
