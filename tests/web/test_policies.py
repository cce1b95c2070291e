"""Policies on pages: drafted, costed, in force; owed and given of a customer and in lists."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.effort import services as efforts
from mainstay.effort.services import Given
from mainstay.foundation.approvals import deciding
from mainstay.foundation.models import AuditEntry, Request, User
from mainstay.insights.models import Grade, Run, Snapshot
from mainstay.policies.models import PolicyException, PolicyVersion
from tests.people import administrator, seen
from tests.web import company

pytestmark = pytest.mark.django_db
SINCE = date(2026, 4, 1)
DAYS = (company.AS_OF - SINCE).days + 1


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are opened on the last day of the books."""
    monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None: (
        company.AS_OF if value is None else value.date()
    ))  # fmt: skip


@pytest.fixture
def boss(db: None) -> User:
    user = administrator("boss", password=company.PASSWORD, language="en")
    company.build(user)
    _graded_before()
    return user


@pytest.fixture
def page(boss: User) -> Client:
    return client_of(boss)


def _graded_before() -> None:
    """A grading of the first of April in which everybody had today's class."""
    newest = Snapshot.objects.get()
    then = Snapshot.objects.create(
        state="done", as_of=SINCE, window_start=company.START, window_end=SINCE, currency="CNY",
        exponent=2, engine_version="0.1.0", fingerprint="0" * 64, finished_at=timezone.now(),
    )  # fmt: skip
    now = Run.objects.get(snapshot=newest, scheme="abc")
    run = Run.objects.create(snapshot=then, scheme="abc", version="1", title=now.title)
    Grade.objects.bulk_create(
        Grade(run=run, customer_id=one.customer_id, measured_id=one.measured_id, klass=one.klass,
              class_order=one.class_order)
        for one in Grade.objects.filter(run=now)
    )  # fmt: skip


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def in_force(page: Client) -> PolicyVersion:
    """A visits 24, B 12, C none, by the pages."""
    page.post(reverse("policy-draft", args=["abc"]), {
        "do": "save", "A.visit": "24", "A.rebate": "2", "B.visit": "12", "C.visit": "0",
        "A.supply_priority": "1", "note": "first",
    })  # fmt: skip
    page.post(reverse("policy", args=["abc"]) + "?version=1", {
        "do": "use", "since": SINCE.isoformat(), "reason": "held on paper",
    })  # fmt: skip
    return PolicyVersion.objects.get()


def test_a_draft_begins_from_suggested_terms_and_is_costed_before_it_is_kept(page: Client) -> None:
    efforts.set_rate(User.objects.get(username="boss"), "visit", SINCE, per_time=10_000)
    text = page.get(reverse("policies")).content.decode()
    assert "Begin from suggested terms" in text
    text = page.get(reverse("policy-draft", args=["abc"])).content.decode()
    assert "Figures are ours" in text and 'name="A.visit" value="24"' in text
    text = page.post(
        reverse("policy-draft", args=["abc"]), {"do": "cost", "A.visit": "24", "A.call": "1"}
    ).content.decode()
    assert "Costs ¥24K a year" in text  # ten customers, 24 times, ¥100 each
    assert "no rate, and nothing recorded to go by" in text
    assert not PolicyVersion.objects.exists()
    answer = page.post(reverse("policy-draft", args=["abc"]), {"do": "save", "A.visit": "often"})
    assert answer.status_code == 422 and "does not fit Visits" in answer.content.decode()


def test_it_is_put_in_force_and_told(page: Client) -> None:
    row = in_force(page)
    assert (row.since, row.terms["A"]["rebate"], row.note) == (SINCE, "0.02", "first")
    text = page.get(reverse("policy", args=["abc"])).content.decode()
    assert "in force" in text and "24 a year" in text and "2%" in text and "level 1" in text
    assert AuditEntry.objects.filter(action="policy.used", reason="held on paper").exists()
    trail = page.get(reverse("audit")).content.decode()
    assert "Policy put in force" in trail and "Policy drafted" in trail
    answer = page.post(reverse("policy", args=["abc"]), {"do": "use", "reason": "again"})
    assert answer.status_code == 422


def test_the_customers_page_tells_owed_given_and_missing(page: Client, boss: User) -> None:
    in_force(page)
    efforts.record(boss, "C001", Given(SINCE, "visit", quantity=Decimal(2)))
    efforts.record(boss, "C001", Given(date(2026, 3, 31), "visit"))
    text = page.get(reverse("customer-owed", args=["C001"])).content.decode()
    owed = Decimal(24 * DAYS) / 365
    assert f"{owed:.1f}" in text and f"{owed - 2:.1f}" in text
    assert "counts from 2026-04-01" in text and "Nothing is recorded yet" in text
    part = page.get(reverse("customer-owed", args=["C001"]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and f"{owed - 2:.1f}" in part.content.decode()
    assert (
        reverse("customer-owed", args=["C001"])
        in page.get(reverse("customer", args=["C001"])).content.decode()
    )


def test_the_lists_name_them_and_go_out_as_csv(page: Client, boss: User) -> None:
    in_force(page)
    efforts.record(boss, "C060", Given(SINCE, "visit", quantity=Decimal(3)))
    text = page.get(reverse("owed"), {"benefit": "visit"}).content.decode()
    assert "30 customers" in text and "C001" in text and "C060" not in text
    text = page.get(reverse("owed"), {"side": "over"}).content.decode()
    assert "1 customer" in text and "C060" in text
    answer = page.get(reverse("owed-data"), {"benefit": "visit"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Code"] for row in rows] == [f"C{n:03}" for n in range(1, 31)]
    assert Decimal(rows[0]["Owed"]) == round(Decimal(24 * DAYS) / 365, 4)
    assert Decimal(rows[29]["Missing"]) == round(Decimal(12 * DAYS) / 365, 4)
    for query in ({"side": "no"}, {"benefit": "cake"}, {"after": "x"}, {"scheme": "value5"}):
        assert page.get(reverse("owed"), query).status_code == 404


def test_before_any_policy_the_pages_say_what_to_do(page: Client) -> None:
    assert "No policy is in force yet" in page.get(reverse("owed")).content.decode()
    assert page.get(reverse("owed-data")).status_code == 404
    text = page.get(reverse("customer-owed", args=["C001"])).content.decode()
    assert "No policy says yet" in text
    assert page.get(reverse("policy", args=["abc"])).status_code == 404
    assert page.get(reverse("policy-draft", args=["cake"])).status_code == 404


def test_an_exception_is_asked_for_and_ended_on_the_customers_page(page: Client) -> None:
    in_force(page)
    address = reverse("customer-owed", args=["C001"])
    form = {"do": "ask", "scheme": "abc", "benefit": "rebate", "value": "3",
            "until": "2026-12-31", "reason": "a contract"}  # fmt: skip
    assert page.post(address, {**form, "until": "2030-01-01"}).status_code == 422
    assert page.post(address, form).status_code == 302
    row = PolicyException.objects.get()
    assert (row.value, row.reason) == ("0.03", "a contract")
    text = page.get(address).content.decode()
    assert "exception until 2026-12-31" in text and "3%" in text
    page.post(address, {"do": "end", "row": row.pk, "reason": "it lapsed"})
    assert "exception until" not in page.get(address).content.decode()


def test_cost_is_for_whoever_sees_cost(page: Client, boss: User) -> None:
    efforts.set_rate(boss, "visit", SINCE, per_time=10_000)
    in_force(page)
    assert "a year</h2>" in page.get(reverse("policy", args=["abc"])).content.decode()
    seller = company.user("credit", "credit_controller", language="en")
    text = client_of(seller).get(reverse("policy", args=["abc"])).content.decode()
    assert "24 a year" in text and "Costs ¥" not in text


def test_whoever_proposes_asks_and_the_cost_stands_beside_the_request(
    page: Client, boss: User
) -> None:
    director = company.user("director", "finance", language="en")
    client = client_of(director)
    client.post(reverse("policy-draft", args=["abc"]), {"do": "save", "A.visit": "6"})
    client.post(reverse("policy", args=["abc"]) + "?version=1", {
        "do": "use", "since": company.AS_OF.isoformat(), "reason": "less",
    })  # fmt: skip
    request = Request.objects.get()
    text = page.get(reverse("request", args=[request.pk])).content.decode()
    assert "Would cost a year" in text and "A · Visits" in text
    deciding.approve(boss, request.pk, seen(boss, request))
    assert PolicyVersion.objects.get().since == company.AS_OF
