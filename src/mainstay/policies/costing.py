"""What terms cost a year: customers per class × times × what a time costs, rebates on net sales,
and the money that lies in credit. What cannot be costed is said with its reason.

A time costs as an effort does: hours go first (mean hours recorded in the last two years × the
rate per hour), then the rate per time, then the mean of the amounts stated in those years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import Avg, Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.effort.models import Effort, Rate
from mainstay.effort.rules import FINANCING
from mainstay.insights.models import Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import newest_runs
from mainstay.kernel.errors import Words, words
from mainstay.policies import rules

NO_RATE = words("no rate, and nothing recorded to go by", "没有费率，也没有可参照的记录")
NO_FINANCING = words("no financing rate", "没有资金占用费率")
NO_SALES = words("no net sales are known", "净销售额未知")
NO_PRICE = words("it has no price of its own", "本身没有价格")


@dataclass(frozen=True, slots=True)
class Cell:
    """One benefit of one class."""

    klass: str
    benefit: str
    amount: int | None
    """Minor units a year; ``None``: it cannot be costed."""
    why: Words | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What terms cost a year, in minor units of the run's currency."""

    run: RunInfo
    customers: Mapping[str, int]
    """Customers by class in the newest grading."""
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """Of what can be costed."""
        return sum(cell.amount or 0 for cell in self.cells)

    @property
    def lacking(self) -> tuple[Cell, ...]:
        """What cannot be costed, although somebody is in the class."""
        return tuple(c for c in self.cells if c.amount is None and self.customers.get(c.klass))

    def of_class(self, klass: str) -> int:
        """Of one class, what can be costed."""
        return sum(cell.amount or 0 for cell in self.cells if cell.klass == klass)

    def cell(self, klass: str, benefit: str) -> Cell | None:
        """One of them."""
        return next((c for c in self.cells if (c.klass, c.benefit) == (klass, benefit)), None)


def cost(scheme: str, terms: rules.Terms) -> Cost | None:
    """Of everybody in the newest grading, whoever asks: only for whoever may see cost. ``None``
    before the scheme graded anybody.
    """
    run = next((one for one in newest_runs() if one.scheme == scheme and one.state == "done"), None)
    if run is None:
        return None
    rows = Grade.objects.filter(run=run.id).values("klass").order_by("klass")
    sums = {
        row["klass"]: (row["customers"], row["sales"])
        for row in rows.annotate(customers=Count("pk"), sales=Sum("measured__net_sales"))
    }
    today = timezone.localdate()
    times, yearly = _times(today), _financing(today)
    cells = [
        _cell(klass, name, Decimal(value), sums.get(klass, (0, 0)), times, yearly)
        for klass, own in terms.items()
        for name, value in own.items()
    ]
    return Cost(run, {klass: count for klass, (count, _sales) in sums.items()}, tuple(cells))


def _cell(
    klass: str, name: str, value: Decimal, of: tuple[int, int | None],
    times: Mapping[str, Fraction], yearly: Fraction | None,
) -> Cell:  # fmt: skip
    benefit, (customers, sales) = rules.benefit(name), of
    if not value or not customers:
        return Cell(klass, name, None if benefit.unit == rules.LEVEL else 0,
                    NO_PRICE if benefit.unit == rules.LEVEL else None)  # fmt: skip
    found: Fraction | None = None
    why: Words | None = NO_PRICE
    if benefit.unit in (rules.TIMES, rules.SAMPLE):
        each = times.get(benefit.shown)
        found, why = (None, NO_RATE) if each is None else (customers * Fraction(value) * each, None)
    elif name == "rebate":
        found, why = (None, NO_SALES) if sales is None else (Fraction(value) * sales, None)
    elif name == "credit_period":
        why = NO_SALES if sales is None else NO_FINANCING
        if sales is not None and yearly is not None:
            found, why = Fraction(value) * sales * yearly / rules.YEAR, None
    elif name == "consignment":
        why = NO_SALES if sales is None else NO_FINANCING
        if sales is not None and yearly is not None:
            found, why = Fraction(value) * sales * yearly, None
    return Cell(klass, name, None if found is None else round(found), why)


def _times(today: date) -> dict[str, Fraction]:
    """Activity → what one time costs, in minor units."""
    rows = Rate.objects.visible().filter(since__lte=today).order_by("since")
    rates = {row.activity: row for row in rows}
    past = Effort.objects.visible().filter(date__gt=today - timedelta(days=2 * rules.YEAR))
    told = {
        row["activity"]: row
        for row in past.values("activity")
        .order_by("activity")
        .annotate(
            took=Sum("hours"),
            counted=Sum(Coalesce(F("quantity"), Value(Decimal(1))), filter=Q(hours__isnull=False)),
            stated=Avg("amount"),
        )
    }
    found: dict[str, Fraction] = {}
    for activity in rates.keys() | told.keys():
        rate, seen = rates.get(activity), told.get(activity)
        if rate and rate.per_hour is not None and seen and seen["took"] and seen["counted"]:
            mean = Fraction(round(seen["took"], 4)) / Fraction(round(seen["counted"], 4))
            found[activity] = rate.per_hour * mean
        elif rate and rate.per_time is not None:
            found[activity] = Fraction(rate.per_time)
        elif seen and seen["stated"] is not None:
            found[activity] = Fraction(round(seen["stated"]))
    return found


def _financing(today: date) -> Fraction | None:
    rows = Rate.objects.visible().filter(activity=FINANCING, since__lte=today).order_by("-since")
    share = rows.values_list("per_year", flat=True).first()
    return None if share is None else Fraction(share)
