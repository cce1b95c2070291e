"""Efforts by hand: recorded, priced, seen, withdrawn; and what they make of profit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.utils import timezone

from mainstay.effort import selectors, services
from mainstay.effort.errors import (
    ActivityUnknown,
    EffortDateNotValid,
    EffortTooMuch,
    EffortUnknown,
    NoteTooLong,
    RateNotValid,
    RateUnknown,
)
from mainstay.effort.facts import EFFORTS
from mainstay.effort.models import Effort
from mainstay.effort.services import Given
from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights import selectors as insights
from mainstay.insights.facts_out import facts_of_books, fingerprint
from mainstay.insights.models import CustomerMetrics
from mainstay.insights.services import grade_all
from mainstay.ledger import identity
from mainstay.parties import owners
from mainstay.parties.errors import CustomerUnknown
from mainstay.parties.models import Customer
from mainstay.parties.timeline import timeline
from tests.people import person
from tests.services.company import AS_OF, months, net_of

pytestmark = [pytest.mark.django_db, pytest.mark.shared_books]
DAY = AS_OF - timedelta(days=30)
START = date(2025, 6, 13)


@pytest.fixture
def seller(owner: User, graded: Job) -> User:
    """A salesperson of C02 and C03."""
    who = person("gao-fei", "salesperson")
    for code in ("C02", "C03"):
        owners.assign(owner, code, who.pk)
    return who


def figures(code: str) -> dict[str, float]:
    return CustomerMetrics.objects.filter(customer__code=code).order_by("-snapshot").first().metrics


def balance(number: int, day: date) -> int:
    """What customer ``number`` owes at the end of a day, in fen, by the company's rules."""
    owed = Decimal(0)
    for first in months():
        net = net_of(number)
        gross = net + (net * Decimal("0.13")).quantize(Decimal("0.01"))
        bought, paid = first.replace(day=number), first.replace(day=number) + timedelta(days=20)
        owed += gross * ((bought <= day) - (paid <= min(day, AS_OF)))
    if number == 2 and day >= date(2026, 5, 20):
        owed -= Decimal(1_130)
    return int(owed * 100)


def test_an_effort_in_three_answers_counts_from_the_next_grading(owner: User, seller: User) -> None:
    services.set_rate(owner, "visit", START, per_hour=20_000)
    services.set_rate(owner, "financing", date(2024, 1, 1), per_year=Decimal("0.0435"))
    before = fingerprint()
    made = services.record(seller, "C03", Given(DAY, "visit", Decimal("2.5"), note=" 谈年框 "))
    assert fingerprint() != before
    assert (made.person, made.note, made.by) == (seller.known_as(), "谈年框", seller)
    services.record(seller, "C03", Given(DAY, "freight", amount=12_345))
    grade_all(owner)
    found = figures("C03")
    net, cost = 12 * net_of(3), 12 * net_of(3) * Decimal("0.8")
    profit = int((net - cost) * 100)
    days = [START + timedelta(days=n) for n in range((AS_OF - START).days + 1)]
    charge = round(sum(Fraction(balance(3, day)) for day in days) * Fraction("0.0435") / 365)
    assert found["effort_hours"] == 2.5
    assert found["effort_cost_visit"] == 50_000 and found["effort_cost_freight"] == 12_345
    assert found["financing"] == charge > 0
    assert found["cost_to_serve"] == 62_345 + charge
    assert found["profit_after_service"] == profit - 62_345 - charge
    (line,) = AuditEntry.objects.filter(action="effort.recorded", facts__activity="visit")
    assert line.subject == "customer:C03" and line.facts["hours"] == "2.5"


def test_without_efforts_and_rates_the_metrics_say_no_data(graded: Job) -> None:
    assert not {"effort_hours", "effort_cost", "financing", "cost_to_serve"} & set(figures("C03"))
    assert {"rebates"} <= set(figures("C03"))
    assert facts_of_books().efforts is None


@pytest.mark.parametrize(("given", "fault"), [
    (Given(DAY, "golf"), ActivityUnknown),
    (Given(timezone.localdate() + timedelta(days=1), "visit"), EffortDateNotValid),
    (Given(date(2001, 1, 1), "visit"), EffortDateNotValid),
    (Given(DAY, "visit", hours=Decimal(-1)), EffortTooMuch),
    (Given(DAY, "visit", hours=Decimal(1_001)), EffortTooMuch),
    (Given(DAY, "visit", amount=-1), EffortTooMuch),
    (Given(DAY, "visit", quantity=Decimal(-1)), EffortTooMuch),
    (Given(DAY, "visit", note="x" * 501), NoteTooLong),
])  # fmt: skip
def test_what_cannot_be_is_refused(seller: User, given: Given, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        services.record(seller, "C03", given)
    assert not Effort.objects.exists()


def test_only_for_customers_within_the_right(owner: User, seller: User) -> None:
    with pytest.raises(CustomerUnknown):
        services.record(seller, "C05", Given(DAY, "visit"))
    with pytest.raises(NotAllowed):
        services.record(person("auditor", "auditor"), "C03", Given(DAY, "visit"))
    assert selectors.may_record(seller, "C03") and not selectors.may_record(seller, "C05")


def test_a_withdrawn_effort_counts_no_more_and_stays(owner: User, seller: User) -> None:
    made = services.record(seller, "C03", Given(DAY, "visit", Decimal(2)))
    with pytest.raises(ReasonMissing):
        services.withdraw(seller, "C03", made.pk, " ")
    with pytest.raises(EffortUnknown):
        services.withdraw(seller, "C02", made.pk, "another's")
    services.withdraw(seller, "C03", made.pk, "twice")
    assert selectors.efforts(owner, "C03").rows == ()
    assert facts_of_books().efforts is None
    kept = Effort.objects.get(pk=made.pk)
    assert (kept.withdrawn_by, kept.reason) == (seller, "twice")
    with pytest.raises(EffortUnknown):
        services.withdraw(seller, "C03", made.pk, "again")
    assert AuditEntry.objects.filter(action="effort.withdrawn", reason="twice").count() == 1


def test_what_it_cost_is_seen_with_the_right_or_by_whoever_recorded_it(
    owner: User, seller: User
) -> None:
    services.record(seller, "C03", Given(DAY, "freight", amount=900))
    services.record(owner, "C03", Given(DAY, "gift", amount=5_000))
    told = {row.activity: (row.amount, row.shown) for row in selectors.efforts(seller, "C03").rows}
    assert told == {"freight": (900, True), "gift": (None, False)}
    assert {row.amount for row in selectors.efforts(owner, "C03").rows} == {900, 5_000}


def test_money_figures_are_hidden_without_the_right(owner: User, seller: User) -> None:
    services.set_rate(owner, "visit", START, per_hour=20_000)
    services.set_rate(owner, "financing", date(2024, 1, 1), per_year=Decimal("0.0435"))
    services.record(seller, "C03", Given(DAY, "visit", Decimal(2)))
    grade_all(owner)
    secret = {"effort_cost", "effort_cost_visit", "efforts_unpriced", "financing", "cost_to_serve",
              "profit_after_service"}  # fmt: skip
    assert secret <= set(insights.customer(owner, "C03").metrics)
    seen = set(insights.customer(seller, "C03").metrics)
    assert {"efforts", "effort_hours", "effort_share"} <= seen
    assert not secret & seen


def test_pages_of_efforts_follow_each_other(owner: User, seller: User) -> None:
    for back in (5, 3, 3, 9):
        services.record(seller, "C03", Given(DAY - timedelta(days=back), "call"))
    first = selectors.efforts(owner, "C03", size=3)
    rest = selectors.efforts(owner, "C03", first.next, size=3)
    days = [(DAY - row.date).days for row in (*first.rows, *rest.rows)]
    assert days == [3, 3, 5, 9] and rest.next is None


def test_efforts_stand_on_the_time_line(owner: User, seller: User) -> None:
    services.record(seller, "C03", Given(DAY, "visit", Decimal(1), amount=700, note="样品"))
    events = [one for one in timeline(owner, "C03").rows if one.source == "efforts"]
    assert [(e.day, e.kind, e.facts["activity"], e.facts["note"]) for e in events] == [
        (DAY, "effort", "visit", "样品")
    ]
    assert "amount" not in events[0].facts


def test_efforts_follow_a_merge_and_its_split(owner: User, seller: User) -> None:
    services.record(seller, "C03", Given(DAY, "visit"))
    identity.merge(owner, "C03", "C04", "one firm")
    assert len(selectors.efforts(owner, "C04").rows) == 1
    facts = facts_of_books()
    assert facts.efforts is not None
    assert facts.efforts.to_pyarrow()["customer_id"].to_pylist() == ["C04"]
    assert Customer.objects.filter(code="C03").exists()


def test_the_night_grades_anew_what_people_recorded(owner: User, seller: User) -> None:
    from mainstay.foundation.jobs import silent
    from mainstay.insights.jobs import follow, recorded_since

    assert not recorded_since()
    services.record(seller, "C03", Given(DAY, "visit", Decimal(3)))
    assert recorded_since()
    assert "snapshot" in follow(silent)
    assert figures("C03")["effort_hours"] == 3.0
    assert not recorded_since()


def test_rates_are_set_superseded_and_withdrawn(owner: User, seller: User) -> None:
    with pytest.raises(NotAllowed):
        services.set_rate(seller, "visit", START, per_hour=1)
    with pytest.raises(NotAllowed):
        selectors.rates(seller)
    for bad in ({}, {"per_year": Decimal("0.1")}, {"per_hour": -1}):
        with pytest.raises(RateNotValid):
            services.set_rate(owner, "visit", START, **bad)
    with pytest.raises(RateNotValid):
        services.set_rate(owner, "financing", START, per_year=Decimal("1.2"))
    with pytest.raises(ActivityUnknown):
        services.set_rate(owner, "golf", START, per_hour=1)
    first = services.set_rate(owner, "visit", START, per_hour=100)
    second = services.set_rate(owner, "visit", START, per_hour=200)
    assert [row.per_hour for row in selectors.rates(owner)] == [200]
    with pytest.raises(RateUnknown):
        services.withdraw_rate(owner, first.pk, "superseded")
    services.withdraw_rate(owner, second.pk, "a slip")
    assert [row.per_hour for row in selectors.rates(owner)] == [100]
    facts = facts_of_books()
    assert facts.effort_rates is not None
    assert facts.effort_rates.to_pyarrow()["per_hour"].to_pylist() == [100]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads few rows without one")
def test_what_counts_is_told_by_the_index_of_keys(owner: User) -> None:
    told = Effort.objects.visible().explain()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {EFFORTS.source}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert all("USING INDEX effort_key (key=?" in words for words in (told, plan))
