"""Nouns: efforts for a customer, and the rates that count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mainstay.effort.models import Effort, Rate
from mainstay.effort.permissions import RECORD
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company, may
from mainstay.insights.errors import CustomerNotFound
from mainstay.kernel import cursor as cursors
from mainstay.parties.permissions import COST
from mainstay.parties.selectors import of_code, sees_cost_at


@dataclass(frozen=True, slots=True)
class EffortRow:
    """One effort that counts."""

    id: int
    date: date
    activity: str
    person: str
    hours: Decimal | None
    quantity: Decimal | None
    amount: int | None
    """Minor units of the company's currency; also ``None`` where it is not ``shown``."""
    shown: bool
    """Whether what it cost may be seen: by whoever sees cost, or recorded it."""
    note: str
    batch: int | None
    """The import that brought it."""
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class EffortPage:
    """Efforts, the latest first."""

    rows: tuple[EffortRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate that counts. Amounts in minor units."""

    id: int
    activity: str
    since: date
    per_hour: int | None
    per_time: int | None
    per_year: Decimal | None
    batch: int | None
    at: datetime
    by: str


def efforts(user: User, code: str, after: str | None = None, size: int = 50) -> EffortPage:
    """Efforts for a customer, the latest first. Raises ``CustomerNotFound``, ``BadCursor``."""
    customer = of_code(user, code).first()
    if customer is None:
        raise CustomerNotFound(code=code)
    rows = Effort.objects.visible().filter(customer__own_code__customer=customer)
    if after is not None:
        value, number = cursors.decode(after)
        try:
            day = date.fromisoformat(str(value))
        except ValueError as error:
            raise cursors.BadCursor from error
        rows = rows.filter(date__lt=day) | rows.filter(date=day, pk__lt=number)
    found = list(rows.select_related("by").order_by("-date", "-pk")[: size + 1])
    cost = sees_cost_at(user, customer)
    shown = tuple(_row(row, told=cost or row.by_id == user.pk) for row in found[:size])
    further = None
    if len(found) > size:
        further = cursors.encode(found[size - 1].date.isoformat(), found[size - 1].pk)
    return EffortPage(shown, further)


def effort(user: User, code: str, number: int) -> EffortRow | None:
    """One effort for a customer, where it counts and may be seen."""
    customer = of_code(user, code).first()
    if customer is None:
        return None
    rows = Effort.objects.visible().filter(customer__own_code__customer=customer, pk=number)
    row = rows.select_related("by").first()
    return _row(row, told=sees_cost_at(user, customer) or row.by_id == user.pk) if row else None


def may_record(user: User, code: str) -> bool:
    """Whether the user records efforts for this customer."""
    return may(user, RECORD) and of_code(user, code, RECORD).exists()


def rates(user: User) -> tuple[RateRow, ...]:
    """Every rate that counts, by activity, the latest first. Raises ``NotAllowed``."""
    demand_company(user, COST)
    rows = Rate.objects.visible().select_related("by").order_by("activity", "-since")
    return tuple(
        RateRow(
            row.pk, row.activity, row.since, row.per_hour, row.per_time, row.per_year,
            row.batch_id, row.at, row.by.known_as() if row.by else "",
        )
        for row in rows
    )  # fmt: skip


def _row(row: Effort, *, told: bool) -> EffortRow:
    return EffortRow(
        row.pk, row.date, row.activity, row.person, row.hours, row.quantity,
        row.amount if told else None, told or row.amount is None, row.note, row.batch_id, row.at,
        row.by.known_as() if row.by else "",
    )  # fmt: skip
