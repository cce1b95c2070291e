"""Structure over time, any two divisions at once, and cohorts: against counting everybody by hand.

The company of these tests has two gradings, half a year apart; customer n orders once a month.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, User
from mainstay.insights.errors import (
    AxisNotValid,
    CohortsNotKept,
    NotGraded,
    PeriodNotValid,
)  # fmt: skip
from mainstay.insights.models import CustomerMetrics, Grade, KeptCohorts, Outline, Run, Snapshot
from mainstay.insights.portfolio.groups import BY, NONE, SIZES, TOPS
from mainstay.insights.selectors import days
from mainstay.insights.selectors.axes import bands
from mainstay.insights.selectors.cohorts import Coming, bought, coming
from mainstay.insights.selectors.crossing import InsidePage, Matrix, inside, matrix
from mainstay.insights.selectors.over_time import OverTime, over_time
from mainstay.insights.services import grade_all
from mainstay.kernel.cursor import BadCursor
from mainstay.parties import territories
from mainstay.parties.models import Customer
from tests.people import person, with_rights
from tests.services import company

pytestmark = [pytest.mark.shared_books, pytest.mark.usefixtures("graded")]
EVERYBODY = {f"C{number:02}" for number in range(1, company.CUSTOMERS + 1)}
ZHEJIANG = {"C03", "C06", "C09", "C12"}


@pytest.fixture
def director(owner: User, graded: Job) -> User:
    """Of Zhejiang, with sight of cost."""
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    return person("director", "sales_director", territory=there)


@pytest.fixture
def without_cost(owner: User, graded: Job) -> User:
    """Sees everybody and no cost."""
    return with_rights(person("reader"), "customers.see", "portfolio.see")


def size_of(net: int) -> str:
    return str(sum(net > 0 and net >= start * 100 for start in SIZES)) if net > 0 else NONE


def figures(snapshot: Snapshot, codes: set[str], scheme: str) -> dict[str, dict[str, Any]]:
    """Everybody's figures and parts by code, straight from the store."""
    rows = CustomerMetrics.objects.filter(snapshot=snapshot).select_related("customer")
    graded = dict(
        Grade.objects.filter(run__snapshot=snapshot, run__scheme=scheme).values_list(
            "customer__code", "klass"
        )
    )
    return {
        row.customer.code: {
            "class": graded.get(row.customer.code, ""), "region": row.customer.region,
            "trade": row.customer.trade, "size": size_of(row.net_sales or 0),
            "net": row.net_sales or 0, "profit": row.gross_profit, "row": row,
            "active": bool(row.order_days),
        } for row in rows if row.customer.code in codes
    }  # fmt: skip


def stands(found: OverTime, codes: set[str]) -> None:
    """Every figure of every grading is that of these customers, one by one."""
    snapshots = days.spread()
    assert [one.as_of for one in found.standings] == [one.as_of for one in snapshots]
    for one, snapshot in zip(found.standings, snapshots, strict=True):
        people = figures(snapshot, codes, found.run.scheme)
        net = sum(p["net"] for p in people.values())
        assert (one.whole.customers, one.whole.net) == (len(people), net)
        by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in people.values():
            by_key[each[found.by]].append(each)
        assert {g.key: (g.customers, g.active, g.net) for g in one.groups} == {
            key: (len(own), sum(p["active"] for p in own), sum(p["net"] for p in own))
            for key, own in by_key.items()
        }
        for group in one.groups:
            own = by_key[group.key]
            assert group.profit == (sum(p["profit"] for p in own) if found.cost else None)
            active = sum(p["active"] for p in own)
            assert group.average == (round(group.net / active) if active else None)
        assert sum(g.share_customers or 0 for g in one.groups) == pytest.approx(1)
        assert sum(g.share_net or 0 for g in one.groups) == pytest.approx(1)
        sold = sorted((p["net"] for p in people.values() if p["net"] > 0), reverse=True)
        assert one.tops == {n: pytest.approx(sum(sold[:n]) / sum(sold)) for n in TOPS}
        assert one.hhi == pytest.approx(sum((value / sum(sold)) ** 2 for value in sold))
        assert 1 / len(sold) - 1e-9 <= (one.hhi or 0) <= 1 + 1e-9
        best = sum(p["net"] for p in people.values() if p["class"] == one.core)
        assert one.core_share == pytest.approx(best / net)


@pytest.mark.parametrize("by", BY)
def test_every_grading_is_what_counting_gives(owner: User, by: str) -> None:
    found = over_time(owner, by)
    assert len(found.standings) == 2
    stands(found, EVERYBODY)
    assert found.standings[-1].whole.net == sum(company.expected_net(n) for n in range(1, 13))


@pytest.mark.parametrize("by", BY)
def test_who_sees_a_part_is_told_of_that_part(director: User, by: str) -> None:
    stands(over_time(director, by), ZHEJIANG)


def test_another_scheme_another_core(owner: User) -> None:
    found = over_time(owner, "class", "abc")
    assert found.run.scheme == "abc"
    assert found.keys == ("A", "B", "C")
    stands(found, EVERYBODY)
    with pytest.raises(AxisNotValid):
        over_time(owner, "colour")
    with pytest.raises(NotGraded):
        over_time(owner, "class", "none")


def test_what_was_not_kept_is_added_up(owner: User) -> None:
    kept = over_time(owner, "region")
    for row in Outline.objects.all():
        del row.figures["groups"]
        row.save()
    assert over_time(owner, "region") == kept


def test_a_grading_never_sees_what_came_after(owner: User) -> None:
    before = over_time(owner)
    later = grade_all(owner, date(2026, 3, 31))
    assert later.as_of == date(2026, 3, 31)
    after = over_time(owner)
    assert len(after.standings) == 3
    assert (after.standings[0], after.standings[2]) == (before.standings[0], before.standings[1])
    stands(after, EVERYBODY)


def test_one_grading_of_each_quarter_is_shown(owner: User) -> None:
    newest = Snapshot.objects.latest("as_of", "pk")
    for number, day in enumerate((date(2026, 4, 1), date(2026, 6, 1), date(2022, 1, 1))):
        Snapshot.objects.create(
            state="done", as_of=day, window_start=day, window_end=day, currency=newest.currency,
            exponent=2, engine_version="0", fingerprint=str(number),
        )  # fmt: skip
    Snapshot.objects.create(
        state="done", as_of=date(2021, 1, 1), window_start=day, window_end=day, currency="USD",
        exponent=2, engine_version="0", fingerprint="x",
    )  # fmt: skip
    told = [one.as_of for one in days.spread()]
    assert told == [date(2022, 1, 1), date(2025, 12, 12), newest.as_of]


# ── Any two at once ──────────────────────────────────────────────────────────────────────────────


def part_of(side: Any, person_: dict[str, Any], klass: str) -> str:
    """The part of a side that somebody is in, by hand."""
    if side.name.startswith("class:"):
        return klass
    if side.metric:
        value = getattr(person_["row"], side.metric)
        return "" if value is None else str(sum(value > cut for cut in side.cuts))
    return str(person_[side.name])


def crossed(found: Matrix, codes: set[str]) -> dict[tuple[str, str], set[str]]:
    """The customers of each cell, by hand; and that the cells are right."""
    snapshot = next(one for one in days.spread() if one.as_of == found.as_of)
    sides = (found.row, found.column)
    graded = [figures(snapshot, codes, side.name.removeprefix("class:")) for side in sides]
    cells: dict[tuple[str, str], set[str]] = defaultdict(set)
    for code in codes:
        parts = tuple(
            part_of(side, people[code], people[code]["class"])
            for side, people in zip(sides, graded, strict=True)
        )
        cells[parts].add(code)  # type: ignore[index]
    people = graded[0]
    assert {(c.row, c.column): (c.customers, c.net, c.profit) for c in found.cells} == {
        pair: (
            len(own), sum(people[code]["net"] for code in own),
            sum(people[code]["profit"] for code in own) if found.cost else None,
        ) for pair, own in cells.items()
    }  # fmt: skip
    return cells


PAIRS = [
    ("class:abc", "class:value5"), ("class:abc", "metric:margin"),
    ("metric:net_sales", "metric:overdue_balance"), ("region", "class:abc"),
    ("size", "metric:growth"), ("metric:recency", "trade"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column"), PAIRS)
def test_every_cell_holds_whom_counting_puts_there(owner: User, row: str, column: str) -> None:
    found = matrix(owner, row, column)
    cells = crossed(found, EVERYBODY)
    assert {cell.row for cell in found.cells} <= set(found.rows)
    for (a, b), codes in cells.items():
        page = inside(owner, {row: a, column: b})
        assert {one.code for one in page.rows} == codes
        assert page.total == len(codes)
        assert [one.net for one in page.rows] == sorted(
            (o.net or 0 for o in page.rows), reverse=True
        )


def test_a_matrix_of_a_part_and_of_another_day(director: User, owner: User) -> None:
    crossed(matrix(director, "class:abc", "metric:net_sales"), ZHEJIANG)
    early = days.spread()[0].as_of
    found = matrix(owner, "class:abc", "size", early)
    assert found.as_of == early
    crossed(found, EVERYBODY)
    with pytest.raises(NotGraded):
        matrix(owner, day=date(2020, 1, 1))


def test_cost_is_not_told_to_whom_it_is_hidden_from(without_cost: User, owner: User) -> None:
    found = matrix(without_cost, "class:abc", "size")
    assert not found.cost
    assert all(cell.profit is None for cell in found.cells)
    assert {"metric:margin", "metric:gross_profit"} & set(matrix(owner).offered)
    assert not {"metric:margin", "metric:gross_profit"} & set(found.offered)
    for ask in (
        lambda: matrix(without_cost, "metric:margin", "size"),
        lambda: inside(without_cost, {"metric:margin": "0"}),
    ):
        with pytest.raises(AxisNotValid):
            ask()
    page = inside(without_cost, {"class:abc": "A"})
    assert page.rows
    assert all(one.profit is None for one in page.rows)
    told = over_time(without_cost).standings[-1]
    assert told.whole.profit is None
    assert all(group.profit is None for group in told.groups)


def test_a_cell_is_read_page_by_page(owner: User) -> None:
    codes, after = [], None
    while True:
        page: InsidePage = inside(owner, {"region": "浙江"}, after=after, size=3)
        codes += [one.code for one in page.rows]
        after = page.next_cursor
        if after is None:
            break
    assert sorted(codes) == sorted(ZHEJIANG)
    assert page.total == len(ZHEJIANG)
    with pytest.raises(BadCursor):
        inside(owner, {"region": "浙江"}, after="x")
    assert inside(owner, {}).total == len(EVERYBODY)
    for where in ({"colour": "red"}, {"size": "1", "region": "浙江", "trade": ""}):
        with pytest.raises(AxisNotValid):
            inside(owner, where)


@pytest.mark.parametrize(
    ("values", "ends"),
    [([], ()), ([5.0], ()), ([1, 2, 3, 4], (1, 2, 3)), ([0, 0, 0, 7], (0,)), ([3, 3, 3], ()),
     (list(range(1, 101)), (25, 50, 75)), ([0, 0, 1, 2, 3], (0, 1, 2))],
)  # fmt: skip
def test_bands_hold_a_quarter_each_and_equals_together(
    values: list[float], ends: tuple[float, ...]
) -> None:
    assert bands(values) == ends


# ── Cohorts ──────────────────────────────────────────────────────────────────────────────────────


def adds_up(found: Coming) -> None:
    whole = sum(one.net for one in found.cohorts) + found.never + found.unassigned
    assert whole == found.net
    for one in found.cohorts:
        assert sum(cell.net for cell in one.cells) == one.net
        assert next(cell for cell in one.cells if cell.since == 0).buying == one.customers
        assert all(0 <= cell.buying <= one.customers for cell in one.cells)


def test_cohorts_tie_with_the_books(owner: User) -> None:
    found = coming(owner, 3)
    adds_up(found)
    assert found.net == company.FILE_NET
    assert found.unassigned == int(company.UNASSIGNED * 100)
    (only,) = found.cohorts
    assert (only.name, only.customers) == ("2024-Q3", 12)
    assert [cell.buying for cell in only.cells] == [12, 12, 12, 12, 12, 12, 12, 11]
    third = sum(int(company.net_of(n) * 100) * 3 for n in range(1, 13))
    assert only.cells[1].net == third
    assert found.kept_on[-1] == (6, 12, 12)  # the quarter that has not ended is left out
    for months in (6, 12):
        adds_up(coming(owner, months))


def test_cohorts_of_a_part_and_their_names(owner: User, director: User) -> None:
    found = coming(director, 6)
    adds_up(found)
    assert (found.cohorts[0].customers, found.unassigned) == (len(ZHEJIANG), 0)
    stay, gone = (bought(director, "2024-H2", 3 * 2, 3, silent=s) for s in (False, True))
    assert {row.code for row in stay.rows} == ZHEJIANG  # C12 bought in January and February
    assert not gone.rows
    late = bought(owner, "2024-Q3", 3, 7, silent=True)
    assert [row.code for row in late.rows] == ["C12"]
    everybody = bought(owner, "2024-Q3", 3, size=5)
    assert (everybody.total, everybody.next_cursor) == (12, "5")
    assert [row.code for row in everybody.rows] == ["C01", "C02", "C03", "C04", "C05"]
    assert everybody.net == company.FILE_NET - int(company.UNASSIGNED * 100)
    for asked in (("2019-Q1", None), ("2024-Q3", "x"), ("2024-Q3", "99"), ("2024-H2", None)):
        with pytest.raises(BadCursor):
            bought(owner, asked[0], 3, after=asked[1])
    with pytest.raises(PeriodNotValid):
        coming(owner, 4)


def test_only_the_newest_grading_keeps_cohorts(owner: User) -> None:
    assert KeptCohorts.objects.count() == 1
    KeptCohorts.objects.all().delete()
    with pytest.raises(CohortsNotKept):
        coming(owner)
    grade_all(owner)
    adds_up(coming(owner))


# ── Rights and cost ──────────────────────────────────────────────────────────────────────────────


def test_it_is_not_everybody_s(owner: User) -> None:
    seller = person("seller", "salesperson")
    for ask in (
        lambda: over_time(seller), lambda: matrix(seller), lambda: inside(seller, {"size": "1"}),
        lambda: coming(seller), lambda: bought(seller, "2024-Q3", 3),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            ask()


def test_it_takes_few_queries(
    owner: User, director: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for user in (owner, director):
        asks: list[Callable[[User], object]] = [
            over_time, lambda u: over_time(u, "size"),
            lambda u: matrix(u, "metric:net_sales", "metric:margin"),
            lambda u: inside(u, {"class:abc": "A", "metric:margin": "1"}),
            coming, lambda u: bought(u, "2024-H2", 6, 1),
        ]  # fmt: skip
        for ask in asks:
            with django_assert_max_num_queries(9):
                ask(user)


def test_what_a_part_and_the_rest_come_to_is_all(owner: User, director: User) -> None:
    whole, part = (Counter({c.row: c.net for c in matrix(u, "region", "size").cells})
                   for u in (owner, director))  # fmt: skip
    assert set(part) == {"浙江"}
    assert Customer.objects.count() == len(EVERYBODY)
    assert set(whole) == {"浙江", "江苏", ""}
    assert Run.objects.filter(scheme="abc").count() == 2
