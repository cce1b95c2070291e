"""Why sales changed: kept with each grading, worked out as a job, of the customers one may see.

The company of these tests buys the same each month, so that every step follows from the number of
months: the twelve to May 2026 stand against eleven, for the books begin in July 2024.
"""

from __future__ import annotations

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, User
from mainstay.insights.errors import (
    BooksChanged,
    BridgeNotMade,
    NothingToCompare,
    PeriodNotValid,
)
from mainstay.insights.models import KeptBridge
from mainstay.insights.portfolio import growth
from mainstay.insights.portfolio.periods import Periods, period
from mainstay.insights.selectors.growth import GROUPS, moved_by, sales_change
from mainstay.insights.services import grade_all
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger.models import ImportBatch
from mainstay.parties import owners, territories
from tests.people import hold, person
from tests.services import company

pytestmark = pytest.mark.shared_books

ZHEJIANG = (3, 6, 9, 12)
USUAL = Periods(period("2024-06-01..2025-05-31"), period("2025-06-01..2026-05-31"))


def cents(number: int, months: int = 1) -> int:
    """What a customer's orders of so many months come to."""
    return int(company.net_of(number) * 100) * months


def months_of(number: int) -> int:
    """Orders in the later period; in the earlier everybody has eleven."""
    return 9 if number == 12 else 12


@pytest.fixture
def director(owner: User, graded: Job) -> User:
    """Of Zhejiang."""
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    return person("director", "sales_director", territory=there)


def test_a_grading_keeps_the_last_twelve_whole_months_against_those_before(
    owner: User, graded: Job
) -> None:
    data = sales_change(owner)
    assert data.periods == USUAL
    assert data.books_from == date(2024, 7, 1)
    everybody = range(1, company.CUSTOMERS + 1)
    assert data.before == sum(cents(number, 11) for number in everybody)
    assert data.after == sum(cents(n, months_of(n)) for n in everybody) - 100_000
    assert {step.name: (step.amount, step.customers) for step in data.steps if step.amount} == {
        "frequency": (sum(cents(n, months_of(n) - 11) for n in everybody), 12),
        "returns": (-100_000, 1),
    }
    assert data.kinds == {"new": 0, "won_back": 0, "lost": 0, "both": 12, "neither": 0}


@pytest.mark.parametrize("by", GROUPS)
def test_groups_add_up(owner: User, graded: Job, by: str) -> None:
    data = sales_change(owner, by=by)  # type: ignore[arg-type]
    for name in ("customers", "before", "after", "change"):
        assert sum(getattr(group, name) for group in data.groups) == getattr(data, name)
    for step in data.steps:
        assert sum(group.steps[step.name] for group in data.groups) == step.amount
    for group in data.groups:
        assert group.change == group.after - group.before == sum(group.steps.values())


def test_groups_are_of_classes_people_and_places(owner: User, graded: Job) -> None:
    owners.assign(owner, "C01", owner.pk)
    by_owner = {g.title: g.customers for g in sales_change(owner, by="owner").groups}
    assert by_owner == {owner.known_as(): 1, "": 11}
    by_name = {g.key: g.before for g in sales_change(owner, by="salesperson").groups}
    assert by_name == {
        "高飞": sum(cents(n, 11) for n in range(1, 13, 2)),
        "刘妍": sum(cents(n, 11) for n in range(2, 13, 2)),
    }
    classes = [g.key for g in sales_change(owner).groups]
    assert classes == ["A", "B", "C"]


def test_who_sees_a_territory_is_told_of_its_customers_alone(owner: User, director: User) -> None:
    data = sales_change(director)
    assert data.customers == 4
    assert data.before == sum(cents(number, 11) for number in ZHEJIANG)
    assert data.change == sum(cents(n, months_of(n) - 11) for n in ZHEJIANG)
    codes = [row.code for row in moved_by(director, "change").rows]
    assert sorted(codes) == ["C03", "C06", "C09", "C12"]
    # The right to the portfolio reaches a territory, the right to see customers the company.
    hold(director, "data_protection")
    assert sales_change(director).before == data.before


def test_the_portfolio_is_not_everybody_s(owner: User, graded: Job) -> None:
    seller = person("seller", "salesperson")
    for ask in (
        lambda: sales_change(seller), lambda: moved_by(seller, "change"),
        lambda: growth.ask(seller, USUAL),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            ask()


def test_customers_of_a_step_stand_by_size_and_add_up(owner: User, graded: Job) -> None:
    amounts = {f"C{n:02}": cents(n, months_of(n) - 11) for n in range(1, 13)}
    rows, after = [], None
    while True:
        page = moved_by(owner, "frequency", after=after, size=5)
        rows += [(row.code, row.amount) for row in page.rows]
        after = page.next_cursor
        if after is None:
            break
    assert dict(rows) == amounts
    assert [abs(amount) for _code, amount in rows] == sorted(map(abs, amounts.values()))[::-1]
    assert (page.total, page.amount) == (12, sum(amounts.values()))
    of_a = moved_by(owner, "frequency", by="class", group="A")
    assert of_a.amount == sales_change(owner).groups[0].steps["frequency"]
    assert not moved_by(owner, "lost").rows
    for step, cursor in (("profit", None), ("unassigned", None), ("lost", "x"), ("lost", "99")):
        with pytest.raises(BadCursor):
            moved_by(owner, step, after=cursor)


def test_other_periods_are_worked_out_once_they_are_asked_for(owner: User, graded: Job) -> None:
    quarter = Periods(period("2025-Q1"), period("2026-Q1"))
    with pytest.raises(BridgeNotMade):
        sales_change(owner, quarter)
    job = growth.ask(owner, quarter)
    assert job is not None
    worker.run_pending()
    job.refresh_from_db()
    assert (job.state, job.report) == (
        "done", {"earlier": "2025-01-01..2025-03-31", "later": "2026-01-01..2026-03-31"},
    )  # fmt: skip
    data = sales_change(owner, quarter)
    assert {s.name: s.amount for s in data.steps if s.amount} == {"frequency": -cents(12)}
    assert growth.ask(owner, quarter) is None
    assert growth.run(owner, quarter).pk == KeptBridge.objects.latest("pk").pk


def test_who_comes_back_and_who_is_lost_is_counted(owner: User, graded: Job) -> None:
    march = Periods(period("2026-02"), period("2026-03"))
    growth.run(owner, march)
    data = sales_change(owner, march)
    assert {s.name: s.amount for s in data.steps if s.amount} == {"lost": -cents(12)}
    (row,) = moved_by(owner, "lost", march).rows
    assert (row.code, row.kind, row.before, row.after) == ("C12", "lost", cents(12), 0)
    back = Periods(march.later, march.earlier)
    growth.run(owner, back)
    turned = sales_change(owner, back)
    assert {s.name: s.amount for s in turned.steps if s.amount} == {"won_back": cents(12)}
    assert turned.change == -data.change


def test_unassigned_sales_are_the_company_s(owner: User, director: User) -> None:
    june = Periods(period("2025-06"), period("2026-06"))
    growth.run(owner, june)
    whole = {step.name: step.amount for step in sales_change(owner, june).steps}
    assert whole["unassigned"] == int(company.UNASSIGNED * 100)
    assert "unassigned" not in {step.name for step in sales_change(director, june).steps}
    nobody = sales_change(owner, june).groups[-1]
    assert (nobody.key, nobody.customers, nobody.change) == ("", 0, whole["unassigned"])


@pytest.mark.parametrize(
    ("earlier", "later", "error"),
    [("2010", "2011", NothingToCompare), ("2025", "2026-07", PeriodNotValid),
     ("2031", "2026-05", PeriodNotValid)],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    owner: User, graded: Job, earlier: str, later: str, error: type[Exception]
) -> None:
    periods = Periods(period(earlier), period(later))
    ask = growth.run if error is NothingToCompare else growth.ask
    with pytest.raises(error):
        ask(owner, periods)
    with pytest.raises(PeriodNotValid):
        period("last year")


def test_a_new_grading_drops_what_older_ones_kept(owner: User, graded: Job) -> None:
    growth.run(owner, Periods(period("2025-05"), period("2026-05")))
    snapshot = grade_all(owner)
    assert set(KeptBridge.objects.values_list("snapshot", "later_start")) == {
        (snapshot.pk, USUAL.later.start)
    }
    assert sales_change(owner).periods == USUAL


def test_of_many_asked_for_the_latest_are_kept(
    owner: User, graded: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "KEPT", 2)
    for month in ("2026-01", "2026-02", "2026-03"):
        growth.run(owner, Periods(period("2025-01"), period(month)))
    starts = set(KeptBridge.objects.values_list("later_start", flat=True))
    assert starts == {USUAL.later.start, date(2026, 2, 1), date(2026, 3, 1)}


def test_books_that_changed_are_graded_first(owner: User, graded: Job) -> None:
    ImportBatch.objects.filter(state="applied").update(mapping={"changed": True})
    with pytest.raises(BooksChanged):
        growth.run(owner, Periods(period("2025-05"), period("2026-05")))


def test_a_page_costs_few_queries(
    owner: User, graded: Job, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sales_change(owner)
    with django_assert_max_num_queries(6):
        sales_change(owner)
    with django_assert_max_num_queries(6):
        moved_by(owner, "frequency")


@pytest.mark.parametrize(
    ("as_of", "start", "end"),
    [("2026-06-12", "2025-06-01", "2026-05-31"), ("2026-06-30", "2025-07-01", "2026-06-30"),
     ("2024-02-29", "2023-03-01", "2024-02-29"), ("2024-02-28", "2023-02-01", "2024-01-31")],
)  # fmt: skip
def test_the_usual_periods_are_whole_months(as_of: str, start: str, end: str) -> None:
    found = Periods.usual(date.fromisoformat(as_of))
    assert (found.later.start.isoformat(), found.later.end.isoformat()) == (start, end)
    assert (found.later.start - found.earlier.end).days == 1
    assert found.earlier.start.replace(year=found.earlier.start.year + 1) == found.later.start
