"""The portfolio and the sums of lists are, for whoever looks, what adding up customer by customer
gives, whatever of it is kept and whatever happened since.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mainstay.exchange import customers as identity
from mainstay.exchange import undoing
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights import selectors
from mainstay.insights.models import CustomerMetrics, Grade, Outline, Run
from mainstay.insights.selectors import Filters
from mainstay.insights.selectors.runs import _of_snapshot
from mainstay.ledger.models import ImportBatch
from mainstay.parties import handover, owners, territories
from mainstay.parties.selectors import visible_to
from tests.people import hold, person
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.shared_books

EVERYBODY = {f"C{number:02}" for number in range(1, company.CUSTOMERS + 1)}
ZHEJIANG = {"C03", "C06", "C09", "C12"}


@pytest.fixture
def director(owner: User, graded: Job) -> User:
    """Of Zhejiang, with sight of cost."""
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    return person("director", "sales_director", territory=there)


@pytest.fixture
def manager(owner: User, graded: Job) -> User:
    """Of three customers of her own, without sight of cost."""
    own = person("manager", "key_account_manager")
    for code in ("C01", "C02", "C11"):
        owners.assign(owner, code, own.pk)
    return own


def latest(scheme: str) -> dict[str, Grade]:
    """Everybody's grade by code in the newest run of a scheme, straight from the store."""
    run = Run.objects.filter(scheme=scheme, snapshot__withdrawn_at=None).latest("pk")
    rows = Grade.objects.filter(run=run).select_related("customer", "measured")
    return {grade.customer.code: grade for grade in rows}


def whole(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def adds_up(user: User, codes: set[str], *, cost: bool = True) -> None:
    """The portfolio and the sums of the list are those of these customers, one by one."""
    grades = {code: grade for code, grade in latest("abc").items() if code in codes}
    assert grades.keys() == codes
    figures = {code: grade.measured for code, grade in grades.items()}
    net = {code: row.net_sales or 0 for code, row in figures.items()}
    data = selectors.portfolio(user)
    _stats(data.stats, list(figures.values()), cost=cost)
    ranked = sorted((value for value in net.values() if value > 0), reverse=True)
    down = list(accumulate(ranked))
    points = [(place / len(down), value / down[-1]) for place, value in enumerate(down, start=1)]
    assert list(data.pareto) == [(0, 0), *points]
    best = sorted(net.values(), reverse=True)
    assert data.top_shares == {n: sum(best[:n]) / sum(best) for n in (1, 5, 10, 50)}
    assert data.hhi == round(sum((100 * value / down[-1]) ** 2 for value in ranked))
    assert {
        (row.region, row.customers, row.net_sales, *sorted(row.by_class.items()))
        for row in data.regions
    } == {_region(name, grades) for name in {grade.customer.region for grade in grades.values()}}
    before = 0
    for cut in data.cuts:
        sold = [net[code] for code, grade in grades.items() if grade.klass == cut.klass]
        assert cut.customers - before == len([value for value in sold if value > 0])
        before = cut.customers
    assert {
        (then, now): count for then, found in data.moves.items() for now, count in found.items()
    } == _moves(list(grades.values()))
    _profit(data, codes, cost=cost)
    _list(user, grades, cost=cost)


def _stats(stats: Any, figures: list[CustomerMetrics], *, cost: bool) -> None:
    assert stats.customers == len(figures)
    assert stats.active == len([row for row in figures if row.order_days])
    assert stats.net_sales == whole([row.net_sales for row in figures])
    assert stats.open_balance == whole([row.open_balance for row in figures])
    assert stats.overdue_balance == whole([row.overdue_balance for row in figures])
    profit = whole([row.gross_profit for row in figures])
    assert stats.gross_profit == (profit if cost else None)
    assert stats.margin == ((profit or 0) / stats.net_sales if cost else None)


def _region(name: str, grades: dict[str, Grade]) -> tuple[Any, ...]:
    own = [grade for grade in grades.values() if grade.customer.region == name]
    sold: dict[str, int] = {}
    for grade in own:
        sold[grade.klass] = sold.get(grade.klass, 0) + (grade.measured.net_sales or 0)
    return (name, len(own), sum(sold.values()), *sorted(sold.items()))


def _moves(grades: list[Grade]) -> dict[tuple[str, str], int]:
    moved = [(grade.previous_class, grade.klass) for grade in grades]
    return {way: moved.count(way) for way in moved}


def _profit(data: Any, codes: set[str], *, cost: bool) -> None:
    if not cost:
        assert (data.value, data.pyramid, data.apart) == (None, (), None)
        return
    value = {code: grade for code, grade in latest("value5").items() if code in codes}
    for row in data.pyramid:
        own = [grade.measured.gross_profit for grade in value.values() if grade.klass == row.klass]
        earned = [profit for profit in own if profit is not None and profit > 0]
        assert (row.customers, row.profit) == (len(earned), sum(earned))
    ordered = [grade.measured for grade in value.values() if grade.measured.order_days]
    losses = [row.gross_profit for row in ordered if (row.gross_profit or 0) <= 0]
    assert (data.apart.loss_makers, data.apart.loss_makers_profit) == (
        len(losses), whole(losses) or 0
    )  # fmt: skip
    assert data.apart.silent == len(value) - len(ordered)


def _list(user: User, grades: dict[str, Grade], *, cost: bool) -> None:
    for classes in ([], ["A"], ["B", "C"]):
        sums = selectors.customer_sums(user, scheme="abc", filters=Filters(classes=classes))
        own = [grade for grade in grades.values() if not classes or grade.klass in classes]
        assert sums.total == sums.totals.customers == len(own)
        assert sums.totals.net_sales == (whole([g.measured.net_sales for g in own]) or 0)
        assert sums.totals.overdue_balance == whole([g.measured.overdue_balance for g in own])
        profit = whole([g.measured.gross_profit for g in own])
        assert sums.totals.gross_profit == (profit if cost else None)
        every = [grade.klass for grade in grades.values()]
        assert sums.class_counts == {klass: every.count(klass) for klass in "ABC"}


def test_everybody_adds_up_out_of_what_is_kept(
    graded: Job, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    adds_up(owner, EVERYBODY)
    with django_assert_num_queries(2):
        selectors.customer_sums(owner, scheme="abc")


@pytest.fixture
def runs_forgotten(graded: Job) -> Iterator[None]:
    """The runs of a snapshot are read anew, now and afterwards."""
    _of_snapshot.cache_clear()
    yield
    _of_snapshot.cache_clear()


@pytest.mark.usefixtures("runs_forgotten")
def test_a_store_graded_before_anything_was_kept_shows_the_same(owner: User) -> None:
    detail = selectors.customer(owner, "C09")
    Outline.objects.all().delete()
    for run in Run.objects.all():
        run.sums = {}
        run.classes = [
            {name: value for name, value in entry.items() if name != "least"}
            for entry in run.classes
        ]
        run.save()
    _of_snapshot.cache_clear()
    adds_up(owner, EVERYBODY)
    assert selectors.customer(owner, "C09").facts == detail.facts


def test_the_distance_to_the_next_class_is_to_its_least_customer(graded: Job, owner: User) -> None:
    grades = latest("abc")
    second = [code for code, grade in grades.items() if grade.klass == "B"]
    least = min(g.value_minor or 0 for g in grades.values() if g.klass == "A")
    distance = selectors.customer(owner, second[0]).facts[1]
    assert distance.code == "next_class"
    assert distance.facts["amount"] == least - (grades[second[0]].value_minor or 0)


def test_a_director_adds_up_the_own_territory_only(director: User) -> None:
    adds_up(director, ZHEJIANG)
    stats = selectors.portfolio(director).stats
    assert (stats.unassigned_net, stats.unassigned_lines) == (0, 0)


def test_whoever_moves_into_a_territory_or_out_counts_there_at_once(
    owner: User, director: User
) -> None:
    there = director.appointments.get().territory
    assert there is not None
    territories.save(owner, there.pk, name="华东", regions=["浙江", "江苏"])
    adds_up(director, {"C01", "C03", "C04", "C06", "C07", "C09", "C10", "C12"})
    territories.save(owner, there.pk, name="江苏", regions=["江苏"])
    adds_up(director, {"C01", "C04", "C07", "C10"})


def test_own_customers_add_up_without_cost_and_change_hands_at_once(
    owner: User, manager: User
) -> None:
    adds_up(manager, {"C01", "C02", "C11"}, cost=False)
    other = person("other", "key_account_manager")
    handover.give(owner, other.pk, "moves", codes=["C02", "C11"])
    adds_up(manager, {"C01"}, cost=False)
    adds_up(other, {"C02", "C11"}, cost=False)


def test_who_sees_everybody_without_cost_is_told_no_profit(graded: Job) -> None:
    controller = person("controller", "credit_controller")
    adds_up(controller, EVERYBODY, cost=False)
    assert selectors.portfolio(controller).stats.unassigned_net == int(company.UNASSIGNED * 100)


def test_a_portfolio_of_a_part_is_of_that_part_though_one_sees_more(director: User) -> None:
    """The right to the portfolio reaches a territory, the right to see customers the company."""
    both = hold(person("both", "data_protection"), "sales_director",
                territory=director.appointments.get().territory)  # fmt: skip
    assert set(visible_to(both).values_list("code", flat=True)) == EVERYBODY
    data = selectors.portfolio(both)
    assert data.stats.customers == len(ZHEJIANG)
    assert data.stats.unassigned_lines == 0
    assert selectors.customer_sums(both, scheme="abc").total == len(EVERYBODY)


def test_figures_follow_an_import_its_undo_and_a_merge(
    owner: User, director: User, bring: Bring, tmp_path: Path
) -> None:
    sold = selectors.portfolio(owner).stats.net_sales
    there = selectors.portfolio(director).stats.net_sales
    bring(company.write(tmp_path / "again", receipts=False, change="XS2606-03"))
    adds_up(owner, EVERYBODY)
    adds_up(director, ZHEJIANG)
    assert selectors.portfolio(owner).stats.net_sales == sold + 100
    assert selectors.portfolio(director).stats.net_sales == there + 100
    undoing.undo(owner, ImportBatch.objects.latest("pk").pk, "wrong file")
    assert selectors.portfolio(owner).stats.net_sales == sold
    assert selectors.customer_sums(owner, scheme="abc").totals.net_sales == sold
    worker.run_pending()
    adds_up(owner, EVERYBODY)
    assert selectors.portfolio(owner).stats.net_sales == sold
    identity.merge(owner, "C03", "C01", "one and the same")
    worker.run_pending()
    adds_up(owner, EVERYBODY - {"C03"})
    adds_up(director, ZHEJIANG - {"C03"})
    assert selectors.portfolio(owner).stats.net_sales == sold
    assert selectors.portfolio(director).stats.net_sales == there - company.expected_net(3)
