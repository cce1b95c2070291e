"""Policies: drafted, decided, owed by the day, given by what was recorded; and who is served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from mainstay.effort import services as efforts
from mainstay.effort.models import Effort
from mainstay.effort.services import Given
from mainstay.foundation.approvals import deciding, inbox
from mainstay.foundation.errors import NoReason, NotAllowed
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.errors import NotInUse
from mainstay.insights.models import Grade
from mainstay.insights.selectors.runs import done_run
from mainstay.insights.services import grade_all
from mainstay.parties import owners
from mainstay.policies import changing, costing, excepting, selectors
from mainstay.policies.errors import (
    BenefitNotValid,
    BenefitUnknown,
    ClassNotInScheme,
    ExceptionTooLong,
    ExceptionUnknown,
    NoSuchPolicy,
    PolicyDayNotValid,
    PolicyEmpty,
    PolicyEnded,
    PolicyNotInForce,
    PolicyUnchanged,
)
from mainstay.policies.models import PolicyException, PolicyVersion
from mainstay.policies.owing import Due
from tests.people import person, seen
from tests.services.company import AS_OF, expected_net

pytestmark = [pytest.mark.django_db, pytest.mark.shared_books]
TERMS = {
    "A": {"visit": "12", "senior_visit": "1", "credit_period": "45", "rebate": "0.02",
          "supply_priority": "1", "limit_share": "0.1"},
    "C": {"visit": "0", "sampled_calls": "0.2"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run on the day after the books' last."""
    monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None: (
        AS_OF + timedelta(days=1) if value is None else value.date()
    ))  # fmt: skip


def use(by: User, terms: Mapping[str, Any], since: date, scheme: str = "abc") -> PolicyVersion:
    """A version that holds, as somebody alone with the right decides."""
    row = changing.save_draft(by, scheme, terms)
    wanted = {"do": "use", "scheme": scheme, "version": row.number, "since": since.isoformat()}
    assert changing.change(by, wanted, "as agreed") is None
    row.refresh_from_db()
    return row


def dues(user: User, code: str, scheme: str = "abc") -> dict[str, Due]:
    (found,) = [one for one in selectors.of_customer(user, code) if one.run.scheme == scheme]
    return {due.benefit.name: due for due in found.served.dues}


def klass(user: User, code: str) -> str:
    (found,) = selectors.of_customer(user, code)
    return found.served.klass


def test_a_draft_is_asked_for_and_decided_and_its_cost_stands_beside_it(
    owner: User, graded: Job
) -> None:
    director = person("director", "sales_director")
    row = changing.save_draft(director, "abc", TERMS, " first ")
    assert (row.number, row.note, row.since) == (1, "first", None)
    assert [one.state for one in selectors.versions(owner, "abc")] == ["draft"]
    since = timezone.localdate()
    wanted = {"do": "use", "scheme": "abc", "version": 1, "since": since.isoformat()}
    asked = changing.change(director, wanted, "the new year")
    assert asked is not None
    assert [one.state for one in selectors.versions(owner, "abc")] == ["proposed"]
    said = {one["what"]["en"]: (one["before"], one["after"]) for one in asked.effects}
    assert said["Policy in force"] == ("–", "v1")
    assert said["A · Visits"] == ("–", "12")
    assert said["A · Rebate by contract, of net sales"] == ("–", "2%")
    shown = inbox.detail(owner, asked.pk)
    weighed = {one["what"]["en"]: one["value"] for one in shown.weighed}
    run = done_run(owner, "abc")
    sales = sum(expected_net(n) for n in range(1, 13) if klass_of(run.id, f"C{n:02}") == "A")
    assert weighed["Would cost a year"][0] == round(Fraction(2, 100) * sales)
    assert weighed["Costs a year now"][0] == 0
    assert "Visits" in weighed["Not costed"]["en"]
    assert all("cost" not in str(entry.facts).lower() for entry in AuditEntry.objects.all())
    deciding.approve(owner, asked.pk, seen(owner, asked))
    assert [one.state for one in selectors.versions(owner, "abc")] == ["in_force"]
    entry = AuditEntry.objects.get(action="policy.used")
    assert (entry.actor, entry.reason) == (owner, "the new year")


def klass_of(run: int, code: str) -> str:
    return Grade.objects.get(run=run, customer__code=code).klass


def test_owed_runs_from_the_latest_of_policy_class_and_year(owner: User, graded: Job) -> None:
    since = AS_OF - timedelta(days=72)
    use(owner, TERMS, since)
    assert klass(owner, "C01") == "A"
    found = dues(owner, "C01")["visit"]
    assert (found.since, found.owed) == (since, Fraction(12 * 73, 365))
    efforts.record(owner, "C01", Given(since - timedelta(days=1), "visit"))
    assert dues(owner, "C01")["visit"].given == 0
    efforts.record(owner, "C01", Given(since, "visit"))
    efforts.record(owner, "C01", Given(AS_OF + timedelta(days=1), "visit"))
    found = dues(owner, "C01")["visit"]
    assert (found.given, found.later, found.missing) == (1, 1, Fraction(12 * 73, 365) - 1)


def test_terms_limit_and_priority_are_told_as_they_are(owner: User, graded: Job) -> None:
    use(owner, TERMS, AS_OF - timedelta(days=10))
    found = dues(owner, "C01")
    assert (found["credit_period"].owed, found["credit_period"].given) == (45, 30)
    assert found["credit_period"].under_served
    assert found["limit_share"].owed == round(Fraction(expected_net(1), 10))
    assert (found["limit_share"].given, found["limit_share"].note) == (None, "not_set")
    assert found["supply_priority"].note == "no_facts"
    assert found["rebate"].owed == Fraction(2, 100) * expected_net(1) * Fraction(11, 365)
    assert "sampled_calls" not in found


def test_a_policy_that_holds_after_the_grading_owes_nothing_yet(owner: User, graded: Job) -> None:
    use(owner, TERMS, AS_OF + timedelta(days=1))
    efforts.record(owner, "C01", Given(AS_OF, "visit"))
    found = dues(owner, "C01")["visit"]
    assert (found.owed, found.given, found.since, found.note) == (0, 0, None, "not_yet")


def test_a_class_counts_from_the_grading_that_first_gave_it(owner: User, graded: Job) -> None:
    use(owner, TERMS, AS_OF - timedelta(days=300))
    first = dues(owner, "C01")["visit"].since
    assert first == date(2025, 12, 12)  # the grading half a year before
    earlier = AS_OF - timedelta(days=250)
    grade_all(owner, earlier)
    assert dues(owner, "C01")["visit"].since == earlier
    assert selectors.of_customer(owner, "C01")[0].served.held == earlier


def test_an_exception_stands_by_its_days_and_ends(owner: User, graded: Job) -> None:
    use(owner, TERMS, AS_OF - timedelta(days=99))
    seller = person("seller", "salesperson")
    owners.assign(owner, "C01", seller.pk)
    today = timezone.localdate()
    wanted = {"customer": "C01", "scheme": "abc", "benefit": "visit", "value": "24",
              "until": (today + timedelta(days=30)).isoformat()}  # fmt: skip
    with pytest.raises(ExceptionTooLong):
        excepting.ask(seller, {**wanted, "until": "2030-01-01"}, "x")
    with pytest.raises(BenefitUnknown):
        excepting.ask(seller, {**wanted, "benefit": "sampled_calls", "value": "1"}, "x")
    with pytest.raises(NoSuchPolicy):
        excepting.ask(seller, {**wanted, "scheme": "value5"}, "x")
    asked = excepting.ask(seller, wanted, "a new plant")
    assert asked is not None
    assert next((e["before"], e["after"]) for e in asked.effects) == ("12", "24")
    deciding.approve(owner, asked.pk, seen(owner, asked))
    with pytest.raises(PolicyUnchanged):
        excepting.ask(seller, wanted, "again")
    (row,) = excepting.of(seller, "C01")
    assert dues(owner, "C01")["visit"].value == "24"
    PolicyException.objects.update(since=AS_OF - timedelta(days=9))
    due = dues(owner, "C01")["visit"]
    assert due.owed == Fraction(90 * 12 + 10 * 24, 365)
    with pytest.raises(NoReason):
        excepting.end(seller, row.pk, " ")
    with pytest.raises(ExceptionUnknown):
        excepting.end(person("other", "salesperson"), row.pk, "mine")
    excepting.end(seller, row.pk, "the plant is late")
    assert dues(owner, "C01")["visit"].value == "12"
    with pytest.raises(ExceptionUnknown):
        excepting.end(seller, row.pk, "twice")


def test_the_lists_name_the_under_and_the_over_served(owner: User, graded: Job) -> None:
    use(owner, TERMS, AS_OF - timedelta(days=99))
    run = done_run(owner, "abc")
    small = next(f"C{n:02}" for n in range(12, 0, -1) if klass_of(run.id, f"C{n:02}") == "C")
    for _ in range(2):
        efforts.record(owner, small, Given(AS_OF, "visit"))
    under = selectors.owed_and_given(owner, benefit="visit")
    large = [f"C{n:02}" for n in range(1, 13) if klass_of(run.id, f"C{n:02}") == "A"]
    assert [row.code for row in under.rows] == large  # C01 has the largest sales
    assert under.counts["visit"] == under.customers == len(large)
    over = selectors.owed_and_given(owner, over=True)
    assert [(row.code, row.dues[0].over) for row in over.rows] == [(small, 2)]
    paged: list[str] = []
    after: str | None = None
    while True:
        page = selectors.owed_and_given(owner, benefit="visit", after=after, size=1)
        paged += [row.code for row in page.rows]
        after = page.next
        if after is None:
            break
    assert paged == large
    seller = person("seller", "salesperson")
    owners.assign(owner, large[-1], seller.pk)
    assert [row.code for row in selectors.owed_and_given(seller).rows] == [large[-1]]


def test_what_cannot_be_is_said(owner: User, graded: Job) -> None:
    for terms, error in (
        ({}, PolicyEmpty), ({"A": {}}, PolicyEmpty), ({"Z": {"visit": "1"}}, ClassNotInScheme),
        ({"A": {"cake": "1"}}, BenefitUnknown), ({"A": {"visit": "-1"}}, BenefitNotValid),
        ({"A": {"visit": "often"}}, BenefitNotValid), ({"A": {"rebate": "2"}}, BenefitNotValid),
        ({"A": {"credit_period": "1.5"}}, BenefitNotValid),
        ({"A": {"visit": "NaN"}}, BenefitNotValid),
    ):  # fmt: skip
        with pytest.raises(error):
            changing.save_draft(owner, "abc", terms)
    with pytest.raises(NotInUse):
        changing.save_draft(owner, "nothing", TERMS)
    with pytest.raises(NotAllowed):
        changing.save_draft(person("seller", "salesperson"), "abc", TERMS)
    today = timezone.localdate()
    first = use(owner, TERMS, today - timedelta(days=5))
    wanted = {"scheme": "abc", "version": 1, "since": today.isoformat()}
    with pytest.raises(PolicyUnchanged):
        changing.change(owner, {"do": "use", **wanted}, "again")
    changing.save_draft(owner, "abc", {"A": {"visit": "6"}})
    second = {"do": "use", "scheme": "abc", "version": 2}
    for day in (today - timedelta(days=5), today + timedelta(days=400)):
        with pytest.raises(PolicyDayNotValid):
            changing.change(owner, {**second, "since": day.isoformat()}, "x")
    with pytest.raises(PolicyNotInForce):
        changing.change(owner, {**second, "do": "end", "since": ""}, "x")
    with pytest.raises(NotAllowed):
        changing.change(owner, {**second, "do": "burn", "since": ""}, "x")
    with pytest.raises(NoSuchPolicy):
        changing.change(owner, {**second, "version": 9, "since": ""}, "x")
    changing.change(owner, {**second, "since": (today + timedelta(days=9)).isoformat()}, "less")
    states = [one.state for one in selectors.versions(owner, "abc")]
    assert states == ["waiting", "in_force"]
    changing.change(owner, {**second, "do": "end", "since": ""}, "no")
    assert [one.state for one in selectors.versions(owner, "abc")] == ["ended", "in_force"]
    with pytest.raises(PolicyEnded):
        changing.change(owner, {**second, "since": today.isoformat()}, "yes")
    first.refresh_from_db()
    assert first.until is None
    with pytest.raises(NoSuchPolicy):
        selectors.scheme_of("nothing")


def test_cost_goes_by_rates_hours_and_sales(owner: User, graded: Job) -> None:
    efforts.set_rate(owner, "visit", date(2024, 1, 1), per_hour=20_000)
    efforts.set_rate(owner, "senior_visit", date(2024, 1, 1), per_time=100_000)
    efforts.set_rate(owner, "financing", date(2024, 1, 1), per_year=Decimal("0.05"))
    for hours in ("2", "4"):
        efforts.record(owner, "C05", Given(AS_OF, "visit", Decimal(hours)))
    found = costing.cost("abc", TERMS)
    assert found is not None
    count = found.customers["A"]
    sales = sum(expected_net(n) for n in range(1, 13)
                if klass_of(found.run.id, f"C{n:02}") == "A")  # fmt: skip
    amounts = {cell.benefit: cell.amount for cell in found.cells if cell.klass == "A"}
    assert amounts["visit"] == count * 12 * 3 * 20_000
    assert amounts["senior_visit"] == count * 100_000
    assert amounts["rebate"] == round(Fraction(sales) * Fraction(2, 100))
    assert amounts["credit_period"] == round(Fraction(45 * sales, 365) * Fraction(5, 100))
    assert amounts["supply_priority"] is None
    assert {cell.benefit for cell in found.lacking} == {
        "supply_priority",
        "limit_share",
        "sampled_calls",
    }
    assert found.total == sum(cell.amount or 0 for cell in found.cells)
    assert not Effort.objects.filter(activity="call").exists()
