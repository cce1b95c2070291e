"""The portfolio: why sales changed between two periods, and the customers behind each step."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Paging, Sent, Started, Text, Words, answers, started
from mainstay.insights.portfolio import growth as bridges
from mainstay.insights.portfolio import periods
from mainstay.insights.selectors import concessions as creeping
from mainstay.insights.selectors import growth as selectors
from mainstay.insights.selectors.growth import Growth

router = Router(tags=["portfolio"])
By = Literal["class", "owner", "salesperson", "region"]
PERIOD = "2024, 2024-H1, 2024-Q3, 2024-07 or 2024-01-15..2024-02-14."
USUAL = "Without both periods: the last twelve whole months against the twelve before."


class Days(Schema):
    """A period; both days belong to it."""

    start: dt.date
    end: dt.date


class Step(Schema):
    """One step of the bridge."""

    name: str
    title: Words
    amount: int
    customers: int = Field(description="How many it moved.")


class Group(Schema):
    """The customers of one class, person or region. Its steps add up to its change, its strategies
    to its sales of the later period.
    """

    key: str = Field(description="Class, id of the owner, or name; empty: of none.")
    title: str
    customers: int
    before: int
    after: int
    change: int
    steps: dict[str, int]
    strategies: dict[str, int]


class SalesChange(Schema):
    """Why net sales changed. Amounts in minor units; the steps add up to the change. Of the
    customers the token's owner sees.
    """

    earlier: Days
    later: Days
    as_of: dt.date
    books_from: dt.date = Field(description="First day of the books: before it nothing is known.")
    currency: str
    exponent: int
    customers: int
    before: int
    after: int
    change: int
    kinds: dict[str, int] = Field(
        description="Customers that are new, won_back, lost, bought in both, or in neither."
    )
    steps: list[Step]
    strategies: list[Step] = Field(
        description="What the later period's sales rest on; they add up to it. None where the "
        "books name no products."
    )
    by: str
    groups: list[Group]


class Moved(Schema):
    """A customer behind a step."""

    code: str
    name: str
    kind: str = Field(description="new · won_back · lost · both · neither")
    before: int
    after: int
    change: int
    amount: int = Field(description="What the step makes of the change.")


class MovedPage(Schema):
    """The customers behind a step, the largest amounts first whichever way they go."""

    currency: str
    exponent: int
    total: int
    amount: int = Field(description="Of all of them.")
    rows: list[Moved]
    next: str | None


class Periods(Schema):
    """Which periods."""

    earlier: Text = Field("", description=f"Compared with: {PERIOD}")
    later: Text = Field("", description=f"Explained: {PERIOD} {USUAL}")


class WantedPeriods(Periods):
    """Which periods, and how the customers are grouped."""

    by: By = "class"


class WantedCustomers(WantedPeriods, Paging):
    """Which customers of a step."""

    group: Text | None = Field(None, description="`key` of a group by `by`: only its customers.")


class Asked(Sent):
    """Two periods to compare."""

    earlier: Text = Field(description=PERIOD)
    later: Text = Field(description=PERIOD)


class There(Schema):
    """It was worked out before."""

    job: None = None


StepName = Literal[
    "change", "new", "won_back", "lost", "frequency", "breadth", "mix", "price", "order_value",
    "currency", "returns", "loyalty", "extension", "acquisition", "diversification", "unnamed",
]  # fmt: skip


@router.get("/sales-change", response=answers(SalesChange, 404), operation_id="get_sales_change")
def get_sales_change(request: ApiRequest, query: Query[WantedPeriods]) -> dict[str, Any]:
    """Why sales changed between two periods. 404 `bridge_not_made` until somebody asked for them
    (`POST`); the usual ones are there from each grading on.
    """
    found = selectors.sales_change(request.auth.user, _periods(query), query.by)
    return _whole(found)


@router.get(
    "/sales-change/{step}", response=answers(MovedPage, 404), operation_id="list_sales_change"
)
def list_sales_change(
    request: ApiRequest, step: StepName, query: Query[WantedCustomers]
) -> dict[str, Any]:
    """The customers behind a step or strategy, or behind the whole change."""
    found = selectors.moved_by(
        request.auth.user, step, _periods(query), query.by, query.group, query.after, query.size
    )
    return {
        "currency": found.run.currency, "exponent": found.run.exponent, "total": found.total,
        "amount": found.amount, "rows": found.rows, "next": found.next_cursor,
    }  # fmt: skip


@router.post(
    "/sales-change", response=answers(There) | {202: Started}, operation_id="compare_periods"
)
def compare_periods(request: ApiRequest, wanted: Asked) -> Status[dict[str, Any]]:
    """Have two periods compared, as a job; 200 where they are already."""
    both = periods.Periods(periods.period(wanted.earlier), periods.period(wanted.later))
    job = bridges.ask(request.auth.user, both)
    return Status(200, {"job": None}) if job is None else started(job)


class CreptConcession(Schema):
    """What one customer was given more and more of, beyond the others. `levels`: price index, rate
    or days of each half-year; null: not enough to tell.
    """

    code: str
    name: str
    measure: Literal["price", "discount", "terms", "late", "effort"]
    levels: list[float | None]
    own: list[float | None] = Field(description="Concession of each step.")
    peers: list[float | None] = Field(description="Median of the others' steps.")
    drift: float = Field(description="Beyond the others: part of price or sales, or days.")
    yearly: int = Field(description="What it costs a year, minor units.")


class BurdenShape(Schema):
    """A big customer of whose sales nothing, or far less than usual, is left after service."""

    code: str
    name: str
    net_sales: int
    profit: int
    margin: float
    peers: float | None


class ConcessionsShape(Schema):
    """Concessions that crept, the dearest first. Effort and burdens only where cost is seen."""

    as_of: dt.date
    currency: str
    exponent: int
    told: list[str]
    spans: list[Days] = Field(description="Half-years, oldest first.")
    rows: list[CreptConcession]
    burdens: list[BurdenShape]


@router.get("/concessions", response=answers(ConcessionsShape, 404), operation_id="get_concessions")
def get_concessions(request: ApiRequest) -> dict[str, Any]:
    """Who was given more and more while the others were not. 404 `concessions_not_made` where the
    newest grading has none.
    """
    found = creeping.concessions(request.auth.user)
    run = found.run
    return {
        "as_of": run.as_of, "currency": run.currency, "exponent": run.exponent,
        "told": found.told, "spans": [{"start": a, "end": b} for a, b in found.spans],
        "rows": found.rows, "burdens": found.burdens,
    }  # fmt: skip


def _periods(query: Periods) -> periods.Periods | None:
    """``None``: the usual ones. One period alone is not enough."""
    if not query.earlier and not query.later:
        return None
    return periods.Periods(periods.period(query.earlier), periods.period(query.later))


def _whole(found: Growth) -> dict[str, Any]:
    run = found.run
    plain = ("books_from", "customers", "before", "after", "change", "kinds", "by", "groups")
    return {name: getattr(found, name) for name in plain} | {
        "earlier": found.periods.earlier, "later": found.periods.later, "as_of": run.as_of,
        "currency": run.currency, "exponent": run.exponent,
        "steps": [_step(step, selectors.TITLES) for step in found.steps],
        "strategies": [_step(each, selectors.STRATEGY_TITLES) for each in found.strategies],
    }  # fmt: skip


def _step(step: selectors.StepTotal, titles: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "name": step.name, "title": titles[step.name], "amount": step.amount,
        "customers": step.customers,
    }  # fmt: skip
