"""Story: where a company's effort goes, and the shift that would mend it (B2).

First the practitioners' worked case from files: A brings 70 % of revenue with 10 % of customers and
gets 15 % of the effort, B 20, 20 and 25 %, C 10, 70 and 60 %. Then the demo company, brought into
the books through the import page's own door: the page names the customers to take hours from,
and the over-served ones are among them.
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker

import mainstay_engine as me
from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights.selectors.wasted import wasted
from mainstay_engine.portfolio.waste import waste
from tests.people import administrator
from tests.scenarios.planted import planted

CASE = {"A": (10, 7_000.00, 1.5), "B": (20, 1_000.00, 1.25), "C": (70, 143.00, 0.86)}
"""Customers, yuan of sales each, hours each: about the worked case's shares."""


def written(folder: Path, name: str, rows: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_worked_case_reproduces_from_files(tmp_path: Path) -> None:
    lines = ["单据编号,单据日期,客户编码,无税金额"]
    efforts = ["客户编码,日期,活动,工时"]
    for klass, (count, sales, hours) in CASE.items():
        for number in range(count):
            code = f"{klass}{number:02}"
            lines.append(f"XS-{code},2026-03-10,{code},{sales:.2f}")
            efforts.append(f"{code},2026-04-01,拜访,{hours}")
    facts = me.read_facts(
        written(tmp_path, "lines.csv", lines), efforts=written(tmp_path, "efforts.csv", efforts)
    )
    table = me.compute_metrics(facts, ["net_sales", "effort_hours"], as_of="2026-06-30")
    hours = [round(value * 10_000) for value in table["effort_hours"].to_pylist()]
    classed = pa.table({
        "customer_id": table["customer_id"], "revenue": table["net_sales"],
        "group": [code[0] for code in table["customer_id"].to_pylist()],
        "hours": pa.array(hours, pa.int64()),
    })  # fmt: skip
    found = waste(classed, ["A", "B", "C"])
    told = {
        part.group: tuple(
            round(share / 100)
            for share in (part.revenue_share, part.customers_share, part.hours_share)
        )
        for part in found.parts
    }
    assert told == {"A": (70, 10, 15), "B": (20, 20, 25), "C": (10, 70, 60)}
    assert found.misplaced == pytest.approx(0.55, abs=0.005)
    assert {move.giver_group for move in found.moves} <= {"B", "C"}
    assert {move.taker_group for move in found.moves} == {"A"}


@pytest.fixture(scope="module")
def books(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[User]:
    """The demo company in the books, once for the tests below."""
    folder = tmp_path_factory.mktemp("uploads")
    with (
        django_db_blocker.unblock(), override_settings(UPLOAD_FOLDER=folder), transaction.atomic()
    ):  # fmt: skip
        boss = administrator("lin", language="en")
        job = exchange.load_demo(boss)
        worker.run_pending()
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        assert job.report["efforts_new"] > 5_000
        yield boss
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_page_names_the_customers_who_take_too_much(books: User) -> None:
    found = wasted(books, "class")
    assert found is not None and found.waste.misplaced is not None
    givers = {move.giver for move in found.waste.moves}
    story: dict[str, list[str]] = defaultdict(list, planted())
    assert set(story["over_served"]) <= givers
    worst = max(found.waste.parts, key=lambda part: part.surplus)
    assert worst.group == found.run.classes[-1].klass or worst.hours_share > worst.revenue_share
    assert found.waste.left is not None and found.waste.left < found.waste.misplaced
    client = Client()
    client.force_login(books)
    text = html.unescape(client.get(reverse("waste")).content.decode())
    for code in story["over_served"]:
        name, english = found.names[code]
        assert english in text or name in text


@pytest.mark.django_db
def test_a_burden_is_told_on_its_own_page(books: User) -> None:
    client = Client()
    client.force_login(books)
    for code in planted()["burden"]:
        text = client.get(reverse("efforts", args=[code])).content.decode()
        assert "nothing is left after service" in text


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["class", "salesperson", "region"])
def test_shares_are_whole_by_every_grouping(books: User, by: str) -> None:
    found = wasted(books, by)
    assert found is not None
    for name in ("customers", "revenue", "profit", "hours", "cost"):
        assert sum(getattr(part, f"{name}_share") for part in found.waste.parts) == 10_000, name
    assert found.profit == "profit_after_service"
