"""Story: the sales director says what each class is owed; lists name who got too little (B1).

The demo company comes in by the import page's own door. The director drafts a policy and sees what
it costs; the finance chief approves. Then every customer's visits are counted anew from the files
as they were written, and compared with what the lists and the customer's page say.
"""

from __future__ import annotations

import csv
import html
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.approvals import deciding, inbox
from mainstay.foundation.models import Job, User
from mainstay.insights.bridge import write_demo
from mainstay.insights.models import Grade, Run
from mainstay.insights.selectors.runs import done_run
from mainstay.parties import owners
from mainstay.policies import changing, selectors
from tests.people import administrator, person, seen
from tests.scenarios.planted import planted

YEARLY = {"A": {"visit": "24", "senior_visit": "2"}, "B": {"visit": "12"}, "C": {"visit": "2"}}
Told = tuple[Fraction, Fraction]


@pytest.fixture(scope="module")
def books(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[User, Path]]:
    """The demo company in the books with the policy in force, once for the tests below."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    with (
        django_db_blocker.unblock(),
        override_settings(UPLOAD_FOLDER=folder / "up"),
        transaction.atomic(),
    ):
        boss = administrator("lin", language="en")
        job = exchange.load_demo(boss)
        worker.run_pending()
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        _decided(boss)
        yield boss, folder / "efforts.csv"
        transaction.set_rollback(True)


def since_of(boss: User) -> date:
    """A hundred days before the end of the books."""
    return done_run(boss, "abc").as_of - timedelta(days=99)


def _decided(boss: User) -> None:
    """The director proposes, the finance chief sees the cost and approves."""
    director, chief = person("director", "sales_director"), person("chief", "finance")
    row = changing.save_draft(director, "abc", YEARLY, "as last year")
    wanted = {"do": "use", "scheme": "abc", "version": row.number,
              "since": since_of(boss).isoformat()}  # fmt: skip
    asked = changing.change(director, wanted, "service follows the class")
    assert asked is not None
    cost = {one["what"]["en"]: one["value"] for one in inbox.detail(chief, asked.pk).weighed}
    assert cost["Would cost a year"][0] > cost["Costs a year now"][0] == 0
    deciding.approve(chief, asked.pk, seen(chief, asked))


def counted(boss: User, file: Path, activity: str, words: str) -> dict[str, tuple[str, Told]]:
    """Code → class, and owed and given: from the file and the grades, customer by customer."""
    run = done_run(boss, "abc")
    ran = Run.objects.filter(scheme="abc", snapshot__withdrawn_at=None).order_by("snapshot__as_of")
    history: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for grade in Grade.objects.filter(run__in=ran).select_related("run__snapshot", "customer"):
        history[grade.customer.code].append((grade.run.snapshot.as_of, grade.klass))
    done: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    with file.open(encoding="utf-8-sig") as handle:
        for row in csv.DictReader(handle):
            if row["活动"] == words:
                times = Fraction(row["次数"]) if row["次数"] else Fraction(1)
                done[row["客户编码"]].append((date.fromisoformat(row["日期"]), times))
    found: dict[str, tuple[str, Told]] = {}
    for code, graded in history.items():
        graded.sort()
        last, klass = graded[-1]
        if last != run.as_of or activity not in YEARLY.get(klass, {}):
            continue
        held = last
        for day, then in reversed(graded):
            if then != klass:
                break
            held = day
        begin = max(held, since_of(boss), last - timedelta(days=364))
        owed = Fraction(YEARLY[klass][activity]) * ((last - begin).days + 1) / 365
        given = sum((n for day, n in done[code] if begin <= day <= last), Fraction(0))
        found[code] = (klass, (owed, given))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("activity", "words"), [("visit", "拜访"), ("senior_visit", "高层拜访")])
def test_the_lists_are_what_the_files_say(
    books: tuple[User, Path], activity: str, words: str
) -> None:
    boss, file = books
    expected = counted(boss, file, activity, words)
    assert len({klass for klass, _ in expected.values()}) == (3 if activity == "visit" else 1)
    for over in (False, True):
        page = selectors.owed_and_given(boss, "abc", over=over, benefit=activity, size=None)
        told = {row.code: (row.dues[0].owed, row.dues[0].given) for row in page.rows}
        gap = {code: (given - owed if over else owed - given)
               for code, (_, (owed, given)) in expected.items()}  # fmt: skip
        assert told == {code: expected[code][1] for code, by in gap.items() if by >= 1}
        sales = [row.net_sales or 0 for row in page.rows]
        assert sales == sorted(sales, reverse=True)
    if activity == "visit":
        assert any(given for _, (_, given) in expected.values())


@pytest.mark.django_db
def test_the_over_served_are_named(books: tuple[User, Path]) -> None:
    boss, _file = books
    page = selectors.owed_and_given(boss, "abc", over=True, benefit="visit", size=None)
    assert set(planted()["over_served"]) <= {row.code for row in page.rows}


@pytest.mark.django_db
def test_the_salesperson_sees_what_is_missing_on_the_customers_page(
    books: tuple[User, Path],
) -> None:
    boss, _file = books
    page = selectors.owed_and_given(boss, "abc", benefit="visit")
    code, due = page.rows[0].code, page.rows[0].dues[0]
    seller = person("gao", "salesperson", language="en")
    owners.assign(boss, code, seller.pk)
    client = Client()
    client.force_login(seller)
    text = html.unescape(client.get(reverse("customer-owed", args=[code])).content.decode())
    assert due.owed is not None
    assert f"{float(due.owed):.1f}" in text and "Record an effort" in text
    assert [row.code for row in selectors.owed_and_given(seller, "abc", benefit="visit").rows] == [
        code
    ]
