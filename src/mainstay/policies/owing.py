"""What customers are owed, what they got, and what is missing, in few questions for all of them.

What is owed runs to the day of the newest grading; what was given counts from the first day on
which it was owed to the same day, so nothing given before it was owed counts. What was recorded
later stands apart until the next grading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import (
    Case,
    DecimalField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.effort.models import Effort
from mainstay.insights.models import Grade
from mainstay.insights.records import RunInfo
from mainstay.ledger.models import Receipt
from mainstay.parties.models import Customer
from mainstay.policies import changing, rules
from mainstay.policies.holding import held_since
from mainstay.policies.models import PolicyException, PolicyVersion
from mainstay.policies.rules import Accrued, Benefit, Span

FAR = date(9999, 12, 31)
MONEY = "money"
NO_FACTS, NOT_YET, NOT_SET = "no_facts", "not_yet", "not_set"


@dataclass(frozen=True, slots=True)
class Due:
    """One benefit of one customer.

    ``owed``, ``given``, ``missing`` and ``over`` are in ``unit``: times, days, level, or minor
    units of money; ``None`` where nobody can tell.
    """

    benefit: Benefit
    value: str | None
    """As the policy or the exception has it today; ``None``: owed no more."""
    unit: str
    since: date | None
    """The first day that counts."""
    owed: Fraction | None
    given: Fraction | None
    later: Fraction
    """Recorded after the day of the grading."""
    exception: PolicyException | None
    note: str
    """no_facts: nothing is recorded that would show it · not_yet: it holds after the grading's
    day · not_set: the customer's terms or limit are not known · empty."""

    @property
    def missing(self) -> Fraction:
        """What is owed and was not given."""
        return max(Fraction(0), self._gap)

    @property
    def over(self) -> Fraction:
        """What was given beyond what is owed."""
        return max(Fraction(0), -self._gap)

    @property
    def under_served(self) -> bool:
        """Whether a whole time, day or unit of money is missing."""
        return self.missing >= 1

    @property
    def over_served(self) -> bool:
        """Whether it got a whole time, day or unit of money too much."""
        return self.over >= 1

    @property
    def _gap(self) -> Fraction:
        if self.owed is None or self.given is None:
            return Fraction(0)
        return self.owed - self.given


@dataclass(frozen=True, slots=True)
class Served:
    """One customer and all it is owed by one scheme."""

    customer: int
    code: str
    name: str
    name_en: str
    klass: str
    net_sales: int | None
    held: date | None
    """Since when it has had its class."""
    dues: tuple[Due, ...]


def served(run: RunInfo, customers: QuerySet[Customer] | None = None) -> list[Served]:
    """Of everybody the run graded (or of ``customers``), the largest sales first."""
    return list(_Reading(run, customers).all())


class _Reading:
    """What is read once for all customers of a run."""

    def __init__(self, run: RunInfo, customers: QuerySet[Customer] | None) -> None:
        self.run, self.end, self.among = run, run.as_of, customers
        self.today = timezone.localdate()
        rows = PolicyVersion.objects.filter(scheme=run.scheme, since__isnull=False)
        self.versions = list(rows.order_by("since", "number"))
        self.now = next((row for row in self.versions if changing.holds(row, self.today)), None)
        grades = Grade.objects.filter(run=run.id)
        if customers is not None:
            grades = grades.filter(customer__in=customers)
        columns = ("customer_id", "klass", "measured__net_sales", *(
            f"customer__{name}" for name in
            ("code", "name", "name_en", "terms_days", "terms", "credit_limit")
        ))  # fmt: skip
        self.grades = list(grades.values_list(*columns))
        whom = None if customers is None else [row[0] for row in self.grades]
        self.held = held_since(run.id, run.scheme, run.as_of, whom)
        self.exceptions: dict[int, list[PolicyException]] = defaultdict(list)
        excepted = PolicyException.objects.filter(
            scheme=run.scheme, until__gte=rules.year_before(self.end)
        ).annotate(whose=F("customer__own_code__customer"))
        if customers is not None:
            excepted = excepted.filter(customer__own_code__customer__in=customers)
        for row in excepted.order_by("pk"):
            self.exceptions[row.whose].append(row)
        self._kept: dict[tuple[str, str, date | None], Accrued] = {}

    def all(self) -> Iterator[Served]:
        """Everybody, the largest first."""
        accrued = {row[0]: dict(self._accrued(row[0], row[1])) for row in self.grades}
        starts = sorted({
            one.since for own in accrued.values() for one in own.values() if one.since
        })  # fmt: skip
        efforts = self._efforts(starts)
        rebates = self._rebates(starts)
        place = {day: number for number, day in enumerate(starts)}
        for row in sorted(self.grades, key=lambda row: (-(row[2] or 0), row[0])):
            pk, klass, net, code, name, name_en = row[:6]
            dues = self._dues(row, accrued[pk], efforts.get(pk, {}), rebates.get(pk, {}), place)
            yield Served(pk, code, name, name_en, klass, net, self.held.get(pk), tuple(dues))

    def _accrued(self, customer: int, klass: str) -> Iterator[tuple[str, Accrued]]:
        """Benefit → what is owed of those that are owed by the day."""
        own, held = self.exceptions.get(customer, []), self.held.get(customer)
        for name, benefit in rules.benefits().items():
            if not benefit.counted and benefit.shown != rules.REBATES:
                continue
            excepted = [_span(row) for row in own if row.benefit == name]
            excepted = [one for one in excepted if one.since <= one.until]
            key = (klass, name, held)
            if excepted or key not in self._kept:
                spans = rules.spans(self._of_class(klass, name), excepted, held, self.end)
                found = rules.accrued(spans)
                if not excepted:
                    self._kept[key] = found
            else:
                found = self._kept[key]
            yield name, found

    def _of_class(self, klass: str, benefit: str) -> Iterator[Span]:
        for row in self.versions:
            value = row.terms.get(klass, {}).get(benefit)
            if value is not None and row.since is not None:
                until = FAR if row.until is None else row.until - timedelta(days=1)
                yield Span(row.since, until, Fraction(value))

    def _dues(
        self, row: tuple[Any, ...], accrued: Mapping[str, Accrued],
        efforts: Mapping[str, Mapping[int, Fraction]], rebates: Mapping[int, Fraction],
        place: Mapping[date, int],
    ) -> Iterator[Due]:  # fmt: skip
        pk, klass, net = row[:3]
        terms = {} if self.now is None else self.now.terms.get(klass, {})
        standing = {e.benefit: e for e in self.exceptions.get(pk, []) if _stands(e, self.today)}
        for name, benefit in rules.benefits().items():
            exception = standing.get(name)
            value = exception.value if exception else terms.get(name)
            found = accrued.get(name)
            if benefit.unit == rules.SAMPLE or (value is None and not (found and found.since)):
                continue
            if found is None:
                yield self._state(benefit, value or "0", exception, row)
                continue
            begin = None if found.since is None else place[found.since]
            told = rebates if benefit.shown == rules.REBATES else efforts.get(benefit.shown, {})
            owed, unit = found.owed, rules.TIMES
            if benefit.shown == rules.REBATES:
                owed, unit = found.owed * max(net or 0, 0), MONEY
            given = Fraction(0)
            if begin is not None:
                given = sum((v for n, v in told.items() if begin <= n < len(place)), Fraction(0))
            yield Due(
                benefit, value, unit, found.since, owed, given,
                told.get(len(place), Fraction(0)), exception, "" if found.since else NOT_YET,
            )  # fmt: skip

    def _state(
        self, benefit: Benefit, value: str, exception: PolicyException | None, row: tuple[Any, ...]
    ) -> Due:
        """What a customer has or has not, whatever the day."""
        net, days, terms, limit = row[2], row[6], row[7], row[8]
        owed, unit = Fraction(value), rules.DAYS
        given: Fraction | None = None
        if benefit.shown == rules.TERMS:
            given = None if days is None or terms else Fraction(days)
        elif benefit.shown == rules.LIMIT:
            owed, unit = Fraction(round(owed * max(net or 0, 0))), MONEY
            given = None if limit is None else Fraction(limit)
        else:
            unit = benefit.unit
        note = NO_FACTS if not benefit.shown else "" if given is not None else NOT_SET
        return Due(benefit, value, unit, None, owed, given, Fraction(0), exception, note)

    def _efforts(self, starts: list[date]) -> dict[int, dict[str, dict[int, Fraction]]]:
        """Customer → activity → which stretch between starts → times."""
        found: dict[int, dict[str, dict[int, Fraction]]] = defaultdict(lambda: defaultdict(dict))
        wanted = {one.shown for one in rules.benefits().values() if one.counted}
        rows = Effort.objects.visible().filter(activity__in=wanted)
        rows = self._since(rows, starts, "customer__own_code__customer")
        times = Sum(Coalesce(F("quantity"), Value(Decimal(1)), output_field=DecimalField()))
        for row in rows.values("whose", "activity", "stretch").order_by().annotate(times=times):
            own = found[row["whose"]][row["activity"]]
            own[row["stretch"]] = Fraction(round(row["times"], 4))
        return found

    def _rebates(self, starts: list[date]) -> dict[int, dict[int, Fraction]]:
        """Customer → which stretch between starts → rebates set off in the company's currency."""
        found: dict[int, dict[int, Fraction]] = defaultdict(dict)
        own = Q(currency="") | Q(currency=self.run.currency)
        rows = Receipt.objects.filter(own, current=True, kind=Receipt.Kind.REBATE)
        rows = self._since(rows, starts, "customer")
        for row in rows.values("whose", "stretch").order_by().annotate(sum=Sum("amount")):
            found[row["whose"]][row["stretch"]] = Fraction(row["sum"])
        return found

    def _since(self, rows: Any, starts: list[date], whose: str) -> Any:
        """Rows from the first start on, each with its customer and stretch: the number of the last
        start on or before its day; as many as there are starts for what came after the grading.
        """
        if self.among is not None:
            rows = rows.filter(**{f"{whose}__in": [row[0] for row in self.grades]})
        first = starts[0] if starts else self.end + timedelta(days=1)
        after = When(date__gt=self.end, then=Value(len(starts)))
        cases = [When(date__gte=day, then=Value(n)) for n, day in reversed(list(enumerate(starts)))]
        return rows.filter(date__gte=first).annotate(
            whose=F(whose), stretch=Case(after, *cases, output_field=IntegerField())
        )


def _span(row: PolicyException) -> Span:
    """The days on which an exception stood: not that on which it was ended."""
    until = row.until
    if row.ended_at is not None:
        until = min(until, timezone.localdate(row.ended_at) - timedelta(days=1))
    return Span(row.since, until, Fraction(row.value))


def _stands(row: PolicyException, day: date) -> bool:
    return row.ended_at is None and row.since <= day <= row.until


def lacking(rows: Iterable[Served], *, over: bool, benefit: str = "") -> Iterator[Served]:
    """Those under- or over-served, with only the benefits of which they are."""
    for row in rows:
        kept = tuple(
            due
            for due in row.dues
            if (due.over_served if over else due.under_served) and benefit in ("", due.benefit.name)
        )
        if kept:
            yield Served(
                row.customer, row.code, row.name, row.name_en, row.klass, row.net_sales, row.held,
                kept,
            )  # fmt: skip
