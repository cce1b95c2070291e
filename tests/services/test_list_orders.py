"""The customer list in every order, narrowed in every way, for everybody, page by page: the same
rows as sorting everything says.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from mainstay.foundation.models import Territory, User
from mainstay.insights import selectors
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.selectors import NOBODY, Filters, narrowing, places, walking
from mainstay.insights.selectors.walking import SORTS
from mainstay.kernel import cursor
from mainstay.parties import finding, owners
from mainstay.parties.models import Assignment, Customer, CustomerCode
from tests.people import administrator, hold, person

CUSTOMERS = 32
SIZES = (3, 7, 50)
TEXTS = {"code", "name", "region", "salesperson", "owner"}
COST = {"gross_profit", "margin"}


@dataclass(frozen=True)
class Books:
    """The store, and who looks at it."""

    chief: User
    people: dict[str, User]
    rows: list[dict[str, Any]]
    """Every graded customer: its columns by the order's name, and what filters ask for."""


def _sometimes(dice: random.Random, value: Any) -> Any:
    return value if dice.random() < 0.7 else None


@pytest.fixture
def books(db: None) -> Books:
    dice = random.Random(5)
    chief = administrator("boss")
    here, there = (Territory.objects.create(name=name, regions=[name]) for name in "EW")
    people = {
        "director": person("director"), "seller": person("seller", "salesperson"),
        "helper": person("helper", "salesperson"), "both": person("both", "salesperson"),
        "nobody's": person("idle", "salesperson"),
    }  # fmt: skip
    hold(people["director"], "sales_director", territory=here)
    hold(people["both"], "sales_director", territory=there)
    customers = [
        Customer.objects.create(
            code=f"K{number:02}", name=f"{dice.choice('ABCD')}{number % 7}",
            region=dice.choice(["", "E", "E", "W"]), salesperson=dice.choice(["", "S", "T"]),
            credit_limit=_sometimes(dice, dice.choice([0, 100, 200])),
        )
        for number in dice.sample(range(CUSTOMERS), CUSTOMERS)
    ]  # fmt: skip
    for customer in customers:
        place = {"E": here, "W": there}.get(customer.region)
        Customer.objects.filter(pk=customer.pk).update(territory=place)
        CustomerCode.objects.create(code=customer.code, own=customer, customer=customer,
                                    in_use=True)  # fmt: skip
        owner = dice.choice(["seller", "seller", "helper", "both", ""])
        if owner:
            _look_after(customer, people[owner], "owner")
        if owner != "helper" and dice.random() < 0.2:
            _look_after(customer, people["helper"], "member")
    owners.restate()
    finding.refresh()
    rows = _graded(dice, *_run())
    return Books(chief, people, rows)


def _look_after(customer: Customer, user: User, duty: str) -> None:
    Assignment.objects.create(customer=customer, user=user, duty=duty, source="hand",
                              since=dt.date(2026, 1, 1))  # fmt: skip


def _run() -> tuple[Run, Snapshot]:
    snapshot = Snapshot.objects.create(
        state="done", as_of=dt.date(2026, 6, 30), window_start=dt.date(2025, 7, 1),
        window_end=dt.date(2026, 6, 30), currency="CNY", engine_version="0.1.0",
        fingerprint="orders", finished_at=timezone.now(),
    )  # fmt: skip
    run = Run.objects.create(
        snapshot=snapshot, scheme="abc", version="1", row="A1", window="12m",
        title={"en": "abc", "zh": "abc"}, value_metric="net_sales", value_unit="money",
        ranked=CUSTOMERS, classes=[
            {"class": k, "title": {"en": k, "zh": k}, "badge": k, "customers": 16,
             "customer_share": 0.3, "value": 0, "value_share": 0.0} for k in "ABC"
        ],
    )  # fmt: skip
    return run, snapshot


def _graded(dice: random.Random, run: Run, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Figures with many equals and many that nobody knows; class A goes with sales."""
    for customer in Customer.objects.order_by("?"):
        sales = _sometimes(dice, dice.choice([0, 0, 10, 20, 30, 9_007_199_254_740_993]))
        klass = "A" if (sales or 0) > 20 else dice.choice("BBC")
        measured = CustomerMetrics.objects.create(
            snapshot=snapshot, customer=customer, net_sales=sales,
            growth=_sometimes(dice, dice.choice([-0.5, 0.1, 0.2, 1 / 3])),
            gross_profit=_sometimes(dice, dice.randrange(3)), margin=None,
            collection_rate=dice.random(), open_balance=0,
            overdue_balance=_sometimes(dice, dice.choice([0, 0, 0, 5])),
            recency=dice.randrange(4),
        )  # fmt: skip
        if dice.random() < 0.9:  # who was not measured enough has no class
            Grade.objects.create(
                run=run, customer=customer, measured=measured, klass=klass,
                class_order="ABC".index(klass), rank=_sometimes(dice, dice.randrange(9)),
                value_number=None if sales is None else float(sales), value_minor=sales,
                reason={}, explanation={},
            )  # fmt: skip
    paths = {name: walking.path_of(name) for name in SORTS}
    grades = Grade.objects.values_list(
        "customer", "klass", "customer__region", "customer__salesperson", "customer__owner",
        "customer__code", "customer__territory__name", *paths.values(),
    )  # fmt: skip
    return [
        {"id": pk, "klass": klass, "of region": region, "of seller": seller, "of owner": owner,
         "of code": code, "territory": place, **dict(zip(paths, values, strict=True))}
        for pk, klass, region, seller, owner, code, place, *values in grades
    ]  # fmt: skip


def seen(books: Books, user: User) -> list[dict[str, Any]]:
    """Whom somebody may see, by the assignments themselves."""
    mine = set(Assignment.objects.filter(user=user, until=None).values_list("customer", flat=True))
    place = {"director": "E", "both": "W"}.get(user.username)
    return [
        row for row in books.rows
        if user == books.chief or row["id"] in mine or (place and row["territory"] == place)
    ]  # fmt: skip


def passes(row: dict[str, Any], filters: Filters) -> bool:
    return (
        (not filters.classes or row["klass"] in filters.classes)
        and (not filters.region or row["of region"] == filters.region)
        and (not filters.salesperson or row["of seller"] == filters.salesperson)
        and (filters.owner is None or (row["of owner"] or NOBODY) == filters.owner)
        and (not filters.q or row["of code"].startswith(filters.q))
    )


def in_order(rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """By value and id, the other way round both; whoever has no value last, by id."""
    name = sort.removeprefix("-")
    valued = sorted(
        (row for row in rows if row[name] is not None),
        key=lambda row: (row[name], row["id"]), reverse=sort.startswith("-"),
    )  # fmt: skip
    return valued + sorted((row for row in rows if row[name] is None), key=lambda row: row["id"])


def page_by_page(user: User, sort: str, filters: Filters, size: int) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = selectors.customer_page(
            user, scheme="abc", sort=sort, filters=filters, size=size, after=after
        )
        found += [row.id for row in page.rows]
        after = page.next_cursor
        if after is None:
            return found
        assert len(page.rows) == size


def narrowed(books: Books) -> list[Filters]:
    seller, helper = books.people["seller"].pk, books.people["helper"].pk
    return [
        Filters(), Filters(region="E"), Filters(salesperson="S"), Filters(owner=seller),
        Filters(owner=NOBODY), Filters(owner=helper, region="E"), Filters(classes=["A"]),
        Filters(classes=["B"]), Filters(classes=["C", "A"]), Filters(classes=["Z"]),
        Filters(classes=["B"], region="E"), Filters(classes=["A", "B"], owner=seller),
        Filters(classes=["B"], salesperson="T", region="W"), Filters(q="K1"),
        Filters(q="K1", classes=["B"], region="E"), Filters(owner=999_999), Filters(region="X"),
        Filters(classes=["B"], owner=NOBODY, salesperson="S"),
    ]  # fmt: skip


WAYS = {
    "as shipped": {},
    "few are looked at together": {(places, "BLOCK"): 3, (walking, "MOST_AMONG"): 4,
                                   (narrowing, "FEW"): 0},
    "all is walked": {(narrowing, "FEW"): 0, (narrowing, "PAGE"): 0, (narrowing, "LISTED"): 0},
    "what passes is listed": {(narrowing, "FEW"): 0, (narrowing, "PAGE"): 0},
    "all begins with a filter": {(narrowing, "PAGE"): 100_000},
}  # fmt: skip


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ways that only many customers would lead to."""
    places.places.cache_clear()
    for (module, name), value in WAYS[request.param].items():
        monkeypatch.setattr(module, name, value)
    return str(request.param)


def test_every_order_of_every_filter_is_that_of_sorting_everything(books: Books, way: str) -> None:
    """As shipped each order stands with a third of the filters, and each filter with a third of the
    orders: all of both would take a minute.
    """
    dice = random.Random(way)
    orders = [f"{turn}{name}" for name in SORTS for turn in ("", "-")]
    for number, filters in enumerate(narrowed(books)):
        expected = [row for row in seen(books, books.chief) if passes(row, filters)]
        for sort in orders[number % 3 :: 3] if way == "as shipped" else dice.sample(orders, 8):
            size = dice.choice(SIZES)
            ids = [row["id"] for row in in_order(expected, sort)]
            assert page_by_page(books.chief, sort, filters, size) == ids, (filters, sort, size)


@pytest.mark.parametrize("who", ["director", "seller", "helper", "both", "nobody's"])
def test_everybody_sees_whom_they_may_see_in_that_order(books: Books, way: str, who: str) -> None:
    dice, user = random.Random(who), books.people[who]
    for filters in narrowed(books):
        expected = [row for row in seen(books, user) if passes(row, filters)]
        for name in dice.sample(sorted(SORTS.keys() - COST), 3):
            sort, size = dice.choice(["", "-"]) + name, dice.choice(SIZES)
            ids = [row["id"] for row in in_order(expected, sort)]
            assert page_by_page(user, sort, filters, size) == ids, (filters, sort, size)


def test_a_page_begins_behind_any_value_whether_or_not_anybody_has_it(
    books: Books, way: str
) -> None:
    """As after a grading between two pages."""
    dice = random.Random(way)
    for filters in narrowed(books)[::3]:
        expected = [row for row in books.rows if passes(row, filters)]
        for name in sorted(SORTS.keys() - TEXTS):
            sort, value = dice.choice(["", "-"]) + name, dice.choice([-1, 0, 1, 5, 25, None])
            row_id = dice.choice([0, *(row["id"] for row in books.rows), 10**12])
            stands = {"id": row_id, name: value}
            others = [row for row in expected if (row["id"], row[name]) != (row_id, value)]
            ordered = in_order([*others, stands], sort)
            ids = [row["id"] for row in ordered[ordered.index(stands) + 1 :]][:7]
            page = selectors.customer_page(
                books.chief, scheme="abc", sort=sort, filters=filters, size=7,
                after=cursor.encode(value, row_id),
            )  # fmt: skip
            assert [row.id for row in page.rows] == ids, (filters, sort, value, row_id)
