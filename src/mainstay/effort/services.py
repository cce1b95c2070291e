"""Verbs: record an effort and withdraw it, set a rate and withdraw it, take an import's in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mainstay.effort import rules
from mainstay.effort.errors import (
    ActivityUnknown,
    EffortDateNotValid,
    EffortTooMuch,
    EffortUnknown,
    NoteTooLong,
    RateNotValid,
    RateUnknown,
)
from mainstay.effort.models import Effort, Rate
from mainstay.effort.permissions import RATES, RECORD
from mainstay.foundation.errors import ReasonMissing
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit
from mainstay.kernel.errors import Words
from mainstay.ledger.selectors import books_currency
from mainstay.parties.errors import CustomerUnknown
from mainstay.parties.models import CustomerCode
from mainstay.parties.selectors import of_code


@dataclass(frozen=True, slots=True)
class Given:
    """An effort as somebody tells it. ``amount`` in minor units of the company's currency."""

    date: date
    activity: str
    hours: Decimal | None = None
    quantity: Decimal | None = None
    amount: int | None = None
    note: str = ""
    person: str = ""
    """Who did it; empty: whoever records it."""


def record(by: User, code: str, given: Given) -> Effort:
    """Record an effort for a customer; it counts from the next grading.

    Raises ``NotAllowed``, ``CustomerUnknown``, ``ActivityUnknown``, ``EffortDateNotValid``,
    ``EffortTooMuch``, ``NoteTooLong``.
    """
    customer = of_code(by, code, RECORD).first()
    if customer is None:
        raise CustomerUnknown(customer=code)
    _known(given.activity, rules.activities())
    today = timezone.localdate()
    if not rules.right_day(given.date, today):
        raise EffortDateNotValid(years=rules.YEARS)
    if not rules.fits(given.hours, given.quantity, given.amount, books_currency()[1]):
        raise EffortTooMuch(
            hours=rules.MOST_HOURS, times=rules.MOST_TIMES, amount=rules.MOST_MILLIONS
        )
    person, note = given.person.strip() or by.known_as(), given.note.strip()
    for name, text in (("person", person), ("note", note)):
        if len(text) > rules.LONGEST[name]:
            raise NoteTooLong(limit=rules.LONGEST[name])
    with transaction.atomic():
        made = Effort.objects.create(
            customer_id=CustomerCode.objects.values_list("own", flat=True).get(code=code),
            date=given.date, activity=given.activity, person=person, hours=given.hours,
            quantity=given.quantity, amount=given.amount, note=note,
            known_since=today if today != given.date else None, by=by,
        )  # fmt: skip
        audit(
            by, "effort.recorded", f"customer:{customer.code}", effort=made.pk,
            activity=given.activity, date=given.date.isoformat(),
            hours=None if given.hours is None else f"{given.hours.normalize():f}",
        )  # fmt: skip
    return made


def withdraw(by: User, code: str, effort: int, reason: str) -> None:
    """Take an effort out of what counts; it stays, with who did it and why.

    Raises ``NotAllowed``, ``CustomerUnknown``, ``ReasonMissing``, ``EffortUnknown``.
    """
    customer = of_code(by, code, RECORD).first()
    if customer is None:
        raise CustomerUnknown(customer=code)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        rows = Effort.objects.visible().filter(customer__own_code__customer=customer, pk=effort)
        row = rows.select_for_update(of=("self",)).first()
        if row is None:
            raise EffortUnknown
        row.withdrawn_at, row.withdrawn_by, row.reason = timezone.now(), by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
        audit(
            by, "effort.withdrawn", f"customer:{customer.code}", reason=row.reason, effort=row.pk,
            activity=row.activity, date=row.date.isoformat(),
        )  # fmt: skip


def set_rate(
    by: User,
    activity: str,
    since: date,
    *,
    per_hour: int | None = None,
    per_time: int | None = None,
    per_year: Decimal | None = None,
) -> Rate:
    """Say what an activity costs from a day on. One of the same day is superseded.

    Amounts in minor units. Raises ``NotAllowed``, ``ActivityUnknown``, ``RateNotValid``.
    """
    demand_company(by, RATES)
    _known(activity, rules.activities(rates=True))
    if not rules.rate_fits(activity, per_hour, per_time, per_year):
        raise RateNotValid
    with transaction.atomic():
        made = Rate.objects.create(
            activity=activity, since=since, per_hour=per_hour, per_time=per_time,
            per_year=per_year, by=by,
        )  # fmt: skip
        audit(by, "effort.rated", f"effort_rate:{made.pk}", activity=activity,
              since=since.isoformat())  # fmt: skip
    return made


def withdraw_rate(by: User, rate: int, reason: str) -> None:
    """Take a rate out of what counts. Raises ``NotAllowed``, ``ReasonMissing``, ``RateUnknown``."""
    demand_company(by, RATES)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = Rate.objects.visible().filter(pk=rate).first()
        if row is None:
            raise RateUnknown
        row.withdrawn_at, row.withdrawn_by, row.reason = timezone.now(), by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
        audit(by, "effort.rate_withdrawn", f"effort_rate:{row.pk}", reason=row.reason,
              activity=row.activity, since=row.since.isoformat())  # fmt: skip


def _known(activity: str, names: Mapping[str, Words]) -> None:
    if activity not in names:
        raise ActivityUnknown(activity=activity, names=", ".join(names))
