"""Why sales changed, for programs: figures as on the page, pages of customers, other periods."""

from __future__ import annotations

from django.test import Client

from mainstay.foundation.models import Job, User
from tests.api.callers import BASE
from tests.web import company

WHERE = f"{BASE}/portfolio/sales-change"
CUSTOMERS = range(1, company.COUNT + 1)


def test_the_steps_add_up_in_all_and_by_group(program: Client) -> None:
    found = program.get(WHERE).json()
    assert found["earlier"] == {"start": "2024-07-01", "end": "2025-06-30"}
    assert (found["as_of"], found["currency"], found["exponent"]) == ("2026-06-30", "CNY", 2)
    changes = [company.moved(number)["change"] for number in CUSTOMERS]
    assert found["change"] == sum(changes) + 2000 == found["after"] - found["before"]
    assert found["change"] == sum(step["amount"] for step in found["steps"])
    lost = next(step for step in found["steps"] if step["name"] == "lost")
    assert lost == {
        "name": "lost", "title": {"en": "Lost customers", "zh": "流失客户"}, "customers": 5,
        "amount": -sum(company.sales(number) for number in range(56, 61)),
    }  # fmt: skip
    assert found["kinds"] == {"new": 5, "won_back": 0, "lost": 5, "both": 50, "neither": 0}
    for group in found["groups"]:
        assert group["change"] == sum(group["steps"].values())
    assert sum(group["change"] for group in found["groups"]) == found["change"]
    by_region = program.get(f"{WHERE}?by=region").json()["groups"]
    assert {group["key"] for group in by_region} == {*company.REGIONS, ""}


def test_customers_of_a_step_come_in_pages(program: Client) -> None:
    rows, after = [], ""
    while True:
        found = program.get(f"{WHERE}/change?size=25{after}").json()
        rows += found["rows"]
        if found["next"] is None:
            break
        after = f"&after={found['next']}"
    changes = {f"C{number:03}": company.moved(number)["change"] for number in CUSTOMERS}
    assert {row["code"]: row["amount"] for row in rows} == changes
    assert len(rows) == found["total"] == company.COUNT
    assert found["amount"] == sum(changes.values())
    of_c = program.get(f"{WHERE}/lost?by=class&group=C").json()
    assert of_c["total"] == 5
    assert program.get(f"{WHERE}/lost?by=class&group=A").json()["rows"] == []


def test_other_periods_are_asked_for(program: Client, firm: User) -> None:
    address = f"{WHERE}?earlier=2025-Q1&later=2026-Q1"
    answer = program.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "bridge_not_made")
    wanted = {"earlier": "2025-Q1", "later": "2026-Q1"}
    answer = program.post(WHERE, wanted, content_type="application/json")
    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["job"])
    assert (job.kind, job.owner) == ("insights.bridge", firm)
    usual = {"earlier": "2024-07-01..2025-06-30", "later": "2025-07-01..2026-06-30"}
    answer = program.post(WHERE, usual, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"job": None})


def test_what_cannot_be_read_is_refused(program: Client) -> None:
    for query in ("?earlier=2025", "?earlier=soon&later=2026", "?by=colour"):
        assert program.get(f"{WHERE}{query}").status_code == 422
    assert program.get(f"{WHERE}/profit").status_code == 422
    assert program.get(f"{WHERE}/lost?after=x").status_code == 404
