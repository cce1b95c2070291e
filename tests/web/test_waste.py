"""Portfolio › Where effort goes: shares that add up, customers by name, and nothing of cost."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import AuditEntry, User
from mainstay.insights.models import CustomerMetrics
from mainstay.parties import territories
from tests.people import administrator, hold, person
from tests.web import company

pytestmark = pytest.mark.django_db
HOURS = {number: float(number) for number in range(1, company.COUNT + 1)}
"""The smaller the customer, the more hours: 1,830 in all."""


@pytest.fixture
def boss(db: None) -> User:
    user = administrator("boss", password=company.PASSWORD, language="en")
    company.build(user)
    for row in CustomerMetrics.objects.select_related("customer"):
        number = int(row.customer.code[1:])
        row.metrics |= {
            "net_sales": company.sales(number),
            "effort_hours": HOURS[number],
            "effort_cost": 10_000 * number,
            "gross_profit": company.sales(number) // 4,
            "profit_after_service": company.sales(number) // 4 - 10_000 * number,
        }
        row.save(update_fields=["metrics"])
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(client: Client, what: str, by: str = "class") -> list[dict[str, str]]:
    answer = client.get(reverse("waste-data", args=[what]), {"by": by})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_shares_add_up_to_one_for_every_grouping(boss: User) -> None:
    client = client_of(boss)
    for by, heading in (("class", "Class"), ("salesperson", "Salesperson"), ("region", "Region")):
        found = rows(client, "groups", by)
        assert heading in found[0]
        for column in [name for name in found[0] if name.startswith("Share of")]:
            assert sum(Decimal(row[column]) for row in found) == 1, (by, column)
        assert sum(float(row["Hours"]) for row in found) == 1_830
    assert AuditEntry.objects.filter(action="list.exported").count() == 3


def test_the_page_names_the_group_and_the_customers(boss: User) -> None:
    text = client_of(boss).get(reverse("waste")).content.decode()
    net = [company.sales(n) for n in range(1, 61)]
    of_c = sum(range(31, 61)) / 1_830, sum(net[30:]) / sum(net)
    assert f"C Small: {of_c[0]:.1%} of the hours for {of_c[1]:.1%} of sales" in text
    moves = rows(client_of(boss), "shift")
    assert moves[0]["From"] == "C060" and moves[0]["to"] == "C001"
    assert "客户60" in text or "Customer 60" in text
    for move in moves:
        assert Decimal(move["Hours moved"]) > 0
    index = sum(
        abs(sum(HOURS[n] for n in of) / 1_830 - sum(company.sales(n) for n in of) / sum(net))
        for of in (range(1, 11), range(11, 31), range(31, 61))
    ) / 2  # fmt: skip
    assert f"{index:.1%}" in text


def test_without_the_right_to_see_cost_there_is_no_money(boss: User) -> None:
    seller = person("kam", "key_account_manager", password=company.PASSWORD)
    auditor = person("credit", "credit_controller", password=company.PASSWORD, language="en")
    client = client_of(auditor)
    text = client.get(reverse("waste")).content.decode()
    assert "An hour costs" not in text and "Money spent" not in text
    assert not [name for name in rows(client, "groups")[0] if "spent" in name or "rofit" in name]
    assert 'id="pyramid"' not in text
    assert "An hour costs" in client_of(boss).get(reverse("waste")).content.decode()
    assert client_of(seller).get(reverse("waste")).status_code == 200


def test_both_pyramids_stand_on_profit_after_service(boss: User) -> None:
    text = client_of(boss).get(reverse("waste")).content.decode()
    left = {n: company.sales(n) // 4 - 10_000 * n for n in range(1, 61)}
    share = sum(left[n] for n in range(31, 61)) / sum(left.values())
    assert 'id="pyramid"' in text and "Profit after service" in text
    assert f"C Small: 50.0% of the customers, {share:.1%} of the profit" in text.replace(
        "\u2212\u2060", "-"
    )
    by_region = client_of(boss).get(reverse("waste"), {"by": "region"}).content.decode()
    assert 'id="pyramid"' not in by_region


def test_a_territory_sees_its_own_customers_only(boss: User) -> None:
    where = territories.save(boss, None, name="浙江区", regions=["浙江"])
    director = hold(person("director", language="en"), "sales_director", territory=where)
    found = rows(client_of(director), "groups", "region")
    assert [row["Region"] for row in found] == ["Zhejiang"] and len(found) == 1


def test_without_hours_the_page_says_what_to_do(boss: User) -> None:
    for row in CustomerMetrics.objects.all():
        row.metrics.pop("effort_hours")
        row.save(update_fields=["metrics"])
    client = client_of(boss)
    assert "No effort with hours is known yet" in client.get(reverse("waste")).content.decode()
    assert client.get(reverse("waste-data", args=["groups"])).status_code == 404


def test_an_unknown_grouping_is_not_found(boss: User) -> None:
    assert client_of(boss).get(reverse("waste"), {"by": "trade"}).status_code == 404
