"""White space in the books: kept after each grading, of the customers one may see.

Twelve customers of a small company buy bolts, eleven of them nuts with them, six washers: so the
twelfth could buy nuts, of which half of the others spend as much as the middle two.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, User
from mainstay.insights import following
from mainstay.insights.errors import CustomerNotFound, WhiteSpaceNotMade
from mainstay.insights.facts_out import facts_of_books
from mainstay.insights.models import KeptWhiteSpace, Snapshot
from mainstay.insights.portfolio import white
from mainstay.insights.selectors import white as selectors
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger.models import ImportBatch
from mainstay.parties import owners, territories
from tests.people import person
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.shared_books
PRICES = {number: 100 + 10 * number for number in range(1, 13)}
"""What each customer spends on nuts, in yuan."""


def write(path: Path) -> Path:
    """Lines of June 2026: everybody buys a bolt, 1 … 11 nuts, 1 … 6 washers."""
    rows = [["单据编号", "客户编码", "单据日期", "存货编码", "存货分类", "数量", "无税金额"]]
    for number in range(1, 13):
        bought = {"bolt": 50, "nut": PRICES[number], "washer": 7}
        for item, price in bought.items():
            if number <= {"bolt": 12, "nut": 11, "washer": 6}[item]:
                rows.append([f"N{number}", f"C{number:02}", "2026-06-11", item,
                             "五金" if item != "washer" else "密封", "1", str(price)])  # fmt: skip
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def made(graded: Job, bring: Bring, tmp_path: Path) -> Job:
    """The small company with bolts, nuts and washers, graded anew."""
    job = bring({"lines": write(tmp_path / "lines.csv")})
    assert job.state == Job.State.DONE, job.error
    worker.run_pending()
    return job


def test_a_grading_keeps_what_customers_could_buy(owner: User, made: Job) -> None:
    found = selectors.could_buy(owner, "C12")
    first = found.rows[0]
    assert (first.product, first.because, first.like, first.buyers) == ("nut", "bolt", 11, 11)
    assert first.typical == PRICES[6] * 100
    # 11 of 12 + 20 who buy bolts, and 3 of 4 + 20 who buy the product P0 as it does.
    assert first.score == 11 * 1_000_000 // 32 + 3 * 1_000_000 // 24
    assert {row.product for row in found.rows} >= {"nut", "washer"}
    assert not {row.product for row in found.rows} & {"bolt", "P0"}  # it buys them
    assert found.window.end == company.AS_OF
    assert {row.by for row in KeptWhiteSpace.objects.all()} == {"item", "category"}
    assert not [r for r in selectors.could_buy(owner, "C01").rows if r.product in PRICES]


def test_by_category_too(owner: User, made: Job) -> None:
    (row,) = selectors.could_buy(owner, "C12", "category").rows
    assert (row.product, row.because, row.like, row.buyers, row.typical) == (
        "密封", "五金", 11, 6, 700,
    )  # fmt: skip


def test_a_product_names_who_is_likeliest_to_take_it(owner: User, made: Job) -> None:
    page = selectors.takers(owner, "washer")
    assert sorted(row.code for row in page.rows) == [f"C{n:02}" for n in range(7, 13)]
    scores = [row.why.score for row in page.rows]
    assert scores == sorted(scores, reverse=True)
    assert page.rows[-1].code == "C12"  # it buys bolts alone, the others nuts too
    assert page.typical == 6 * 700
    two = selectors.takers(owner, "washer", size=2)
    rest = selectors.takers(owner, "washer", after=two.next_cursor, size=50)
    assert [*two.rows, *rest.rows] == list(page.rows)
    assert not selectors.takers(owner, "hammer").rows
    with pytest.raises(BadCursor):
        selectors.takers(owner, "washer", after="-1")


def test_products_stand_by_what_their_takers_would_spend(owner: User, made: Job) -> None:
    page = selectors.products(owner)
    sums = {row.product: (row.customers, row.typical) for row in page.rows}
    assert sums["washer"] == (6, 4_200)
    assert sums["nut"] == (1, PRICES[6] * 100)
    amounts = [row.typical for row in page.rows]
    assert amounts == sorted(amounts, reverse=True)
    for row in page.rows:
        taken = selectors.takers(owner, row.product)
        assert (taken.total, taken.typical) == (row.customers, row.typical)


def test_who_sees_a_territory_is_told_of_its_customers_alone(owner: User, made: Job) -> None:
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    director = person("director", "sales_director", territory=there)
    codes = {row.code for row in selectors.takers(director, "washer").rows}
    assert codes == {"C09", "C12"}
    lines = {row.product: row.customers for row in selectors.products(director).rows}
    assert lines["washer"] == 2
    assert selectors.could_buy(director, "C12").rows
    with pytest.raises(CustomerNotFound):
        selectors.could_buy(director, "C01")


def test_a_salesperson_opens_their_own_customers_and_not_the_portfolio(
    owner: User, made: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = person("seller", "salesperson")
    owners.assign(owner, "C12", seller.pk)
    first = selectors.could_buy(seller, "C12").rows[0]
    assert (first.product, first.typical) == ("nut", PRICES[6] * 100)
    monkeypatch.setattr(selectors, "FEW", 12)  # more than stand behind it
    assert selectors.could_buy(seller, "C12").rows[0].typical is None
    assert selectors.could_buy(owner, "C12").rows[0].typical is not None
    with pytest.raises(CustomerNotFound):
        selectors.could_buy(seller, "C11")
    for ask in (lambda: selectors.products(seller), lambda: selectors.takers(seller, "nut"),
                lambda: white.ask(seller)):  # fmt: skip
        with pytest.raises(NotAllowed):
            ask()


def test_it_is_worked_out_once_when_asked_for(owner: User, made: Job) -> None:
    assert white.ask(owner) is None
    KeptWhiteSpace.objects.all().delete()
    with pytest.raises(WhiteSpaceNotMade):
        selectors.could_buy(owner, "C12")
    job = white.ask(owner)
    assert job is not None
    worker.run_pending()
    job.refresh_from_db()
    snapshot = Snapshot.objects.order_by("-as_of", "-pk")[0]
    assert (job.state, job.report) == (
        "done", {"white_space": snapshot.pk, "as_of": company.AS_OF.isoformat()}
    )  # fmt: skip
    assert white.run(owner) == snapshot
    assert KeptWhiteSpace.objects.count() == 2


def test_books_that_changed_are_graded_first(owner: User, made: Job) -> None:
    KeptWhiteSpace.objects.all().delete()
    ImportBatch.objects.filter(state="applied").update(mapping={"changed": True})
    job = white.ask(owner)
    assert job is not None
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == "failed"
    newest = Snapshot.objects.order_by("-as_of", "-pk")[0]
    following.follow(newest, facts_of_books())  # leaves it to the next grading
    assert not KeptWhiteSpace.objects.exists()
