"""Efforts on the pages: recorded in three taps, withdrawn, priced; the waterfall ties."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.effort.models import Effort, Rate
from mainstay.foundation.models import AuditEntry, User
from mainstay.insights.models import CustomerMetrics
from mainstay.web.charts.waterfall import waterfall
from tests.people import administrator
from tests.web import company

pytestmark = pytest.mark.django_db
PAGE = "/customers/C003/efforts"
SERVED = {
    "list_sales": 41_000_000, "discounts": 7_666_667, "net_sales": 33_333_333,
    "cost": 24_999_999, "gross_profit": 8_333_334, "rebates": 100_000, "effort_cost": 9_000_000,
    "effort_cost_visit": 8_500_000, "effort_cost_gift": 500_000, "financing": -20_001,
    "cost_to_serve": 9_079_999, "profit_after_service": -746_665,
}  # fmt: skip


@pytest.fixture
def boss(db: None) -> User:
    user = administrator("boss", password=company.PASSWORD, language="en")
    company.build(user)
    row = CustomerMetrics.objects.get(customer__code="C003")
    row.metrics = row.metrics | SERVED
    row.save()
    return user


@pytest.fixture
def page(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def test_activity_hours_and_save_record_an_effort_of_today(page: Client, boss: User) -> None:
    answer = page.post(PAGE, {"activity": "visit", "hours": "2"})
    assert answer.status_code == 302
    (made,) = Effort.objects.all()
    assert (made.date, made.activity, made.hours) == (timezone.localdate(), "visit", 2)
    assert (made.person, made.amount) == (boss.known_as(), None)
    text = page.get(PAGE).content.decode()
    assert "by rate" in text and "Visit" in text


def test_the_other_fields_are_kept(page: Client) -> None:
    page.post(
        PAGE,
        {"activity": "freight", "hours": "1", "other": "1.25", "amount": "1,234.56",
         "quantity": "3", "person": "王", "note": "急件", "date": "2026-05-01"},
    )  # fmt: skip
    (made,) = Effort.objects.all()
    assert (made.hours, made.amount, made.quantity) == (Decimal("1.25"), 123_456, 3)
    assert (made.person, made.note, str(made.date)) == ("王", "急件", "2026-05-01")
    assert "¥1,234.56" in page.get(PAGE).content.decode()


@pytest.mark.parametrize("field", ["other", "amount", "quantity"])
def test_what_is_no_number_is_said(page: Client, field: str) -> None:
    answer = page.post(PAGE, {"activity": "visit", field: "much"})
    assert answer.status_code == 422 and "A number such as" in answer.content.decode()
    assert not Effort.objects.exists()


def test_an_effort_is_withdrawn_with_a_reason(page: Client) -> None:
    page.post(PAGE, {"activity": "visit", "hours": "2"})
    (made,) = Effort.objects.all()
    assert "Why?" in page.get(f"{PAGE}?withdraw={made.pk}").content.decode()
    refused = page.post(PAGE, {"do": "withdraw", "effort": made.pk, "reason": ""})
    assert refused.status_code == 422
    page.post(PAGE, {"do": "withdraw", "effort": made.pk, "reason": "twice"})
    assert not Effort.objects.visible().exists()


def test_rates_are_set_and_withdrawn_in_the_settings(page: Client) -> None:
    address = reverse("effort-rates")
    page.post(address, {"activity": "visit", "since": "2026-01-01", "per_hour": "200"})
    page.post(address, {"activity": "financing", "since": "2026-01-01", "per_year": "4.35"})
    assert [(r.activity, r.per_hour, r.per_year) for r in Rate.objects.order_by("pk")] == [
        ("visit", 20_000, None), ("financing", None, Decimal("0.0435")),
    ]  # fmt: skip
    text = page.get(address).content.decode()
    assert "¥200.00" in text and "4.35%" in text
    assert page.post(address, {"activity": "financing", "per_hour": "1"}).status_code == 422
    page.post(address, {"do": "withdraw", "rate": Rate.objects.earliest("pk").pk, "reason": "x"})
    assert Rate.objects.visible().count() == 1


def test_the_waterfall_leads_from_list_price_to_what_is_left(page: Client) -> None:
    text = page.get(PAGE).content.decode()
    assert "Of ¥410K, nothing is left after service" in text
    answer = page.get(reverse("waterfall-data", args=["C003"]))
    assert AuditEntry.objects.filter(action="list.exported").count() == 1
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    found = {name: (Decimal(amount.lstrip("'")), Decimal(left.lstrip("'")))
             for name, amount, left in rows}  # fmt: skip
    assert [name for name, *_ in rows] == [
        "Sales at list price", "Discounts", "Net sales", "Cost of goods", "Gross profit",
        "Rebates", "Gift, cost", "Visit, cost", "Financing of receivables",
        "Profit after service",
    ]  # fmt: skip
    levels = {"Sales at list price", "Net sales", "Gross profit", "Profit after service"}
    running = Decimal(0)
    for name, (amount, left) in found.items():
        running = amount if name in levels else running + amount
        assert running == left, name
    assert found["Profit after service"] == (Decimal("-7466.65"), Decimal("-7466.65"))
    steps = sum(amount for name, (amount, _) in found.items() if name not in levels)
    assert found["Sales at list price"][0] + steps == Decimal("-7466.65")


def test_without_the_right_to_see_cost_there_is_no_waterfall(page: Client, boss: User) -> None:
    seller = company.user("seller", "credit_controller", language="en")
    client = Client()
    client.force_login(seller)
    text = client.get(PAGE).content.decode()
    assert "after service" not in text and "¥-7" not in text
    assert client.get(reverse("waterfall-data", args=["C003"])).status_code == 403


def test_bars_hang_between_their_levels() -> None:
    chart = waterfall([("a", "10", 1000, 1000, True), ("b", "-4", 400, 600, False),
                       ("c", "+1", -100, 700, False), ("d", "7", 700, 700, True)], 400)  # fmt: skip
    first, less, more, last = chart.bars
    assert [bar.kind for bar in chart.bars] == ["level", "less", "more", "level"]
    assert first.x == chart.zero and less.x + less.width == pytest.approx(first.x + first.width)
    assert less.x == pytest.approx(less.link) and more.x == pytest.approx(less.x)
    assert last.width == pytest.approx(0.7 * first.width, abs=0.2)
    below = waterfall([("a", "1", 100, 100, True), ("b", "-3", 300, -200, False),
                       ("d", "-2", -200, -200, True)], 400)  # fmt: skip
    assert below.bars[-1].kind == "loss"
    assert below.bars[-1].x + below.bars[-1].width == pytest.approx(below.zero)
