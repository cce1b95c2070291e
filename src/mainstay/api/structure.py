"""The portfolio's structure: grading by grading, by any two divisions, and by cohorts."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Paging, Text, answers
from mainstay.insights.selectors import cohorts as coming
from mainstay.insights.selectors import crossing, over_time
from mainstay.insights.selectors.over_time import OverTime

router = Router(tags=["portfolio"])
DIVISION = "`class:SCHEME`, `metric:NAME`, `size`, `region` or `trade`: one of those `offered`."
LARGEST = "Share of the largest by their number; of more than there are, all."


class StructureGroup(Schema):
    """The customers of one group as of a grading. Amounts in minor units."""

    key: str = Field(description="Class, region, trade, or number of the size; empty: of none.")
    customers: int
    active: int = Field(description="How many ordered in the window.")
    net: int
    profit: int | None = Field(description="Null: not known, or not to be seen.")
    average: int | None = Field(description="Net sales per customer that ordered.")
    share_customers: float | None
    share_net: float | None


class StructureAt(Schema):
    """All of them as of a grading. The groups add up to the whole."""

    as_of: dt.date
    version: str = Field(description="Of the scheme then; empty: it graded nobody.")
    core: str = Field(description="The best class then.")
    core_share: float | None = Field(description="Of it in net sales.")
    tops: dict[int, float] = Field(description=LARGEST)
    hhi: float | None = Field(
        description="Squared shares added up: 1 for one alone, 1 ÷ n for n equal ones."
    )
    sold: int = Field(description="How many brought more than nothing: `tops`, `hhi` are of them.")
    whole: StructureGroup
    groups: list[StructureGroup]


class StructureOverTime(Schema):
    """How customers were composed, the oldest grading first: the newest of each quarter. Of the
    customers the token's owner sees.
    """

    scheme: str
    by: str
    currency: str
    exponent: int
    keys: list[str] = Field(description="Groups in the order shown.")
    gradings: list[StructureAt]


class WantedStructure(Schema):
    """Which scheme, and how the customers are divided."""

    by: Literal["class", "region", "trade", "size"] = "class"
    scheme: Text = Field("", description="The one that heads the pages without one.")


class MatrixCell(Schema):
    """Customers in one part of either division. Amounts in minor units."""

    row: str
    column: str
    customers: int
    net: int
    profit: int | None = Field(description="Null: not known, or not to be seen.")


class MatrixSide(Schema):
    """One division, and its parts in order; an empty one is of those who have none."""

    name: str
    parts: list[str]
    cuts: list[float] = Field(
        description="Of a metric: band n holds what is above cut n − 1, up to cut n."
    )


class CustomerMatrix(Schema):
    """Customers by two divisions as of a grading: each of them is in one cell."""

    as_of: dt.date
    currency: str
    exponent: int
    days: list[dt.date] = Field(description="Days of gradings to choose.")
    offered: list[str] = Field(description="Divisions to choose.")
    row: MatrixSide
    column: MatrixSide
    cells: list[MatrixCell]


class WantedMatrix(Schema):
    """Which divisions, and the day of a grading."""

    row: Text = Field("", description=f"{DIVISION} The headline's classes without one.")
    column: Text = Field("", description=f"{DIVISION} `size` without one.")
    day: Day | None = Field(None, description="The newest grading without one.")


class WantedInside(Paging):
    """Which part of one division or of two; without any it is everybody."""

    row: Text = Field("", description=DIVISION)
    row_part: Text = ""
    column: Text = Field("", description=DIVISION)
    column_part: Text = ""
    day: Day | None = Field(None, description="The newest grading without one.")


class InsideCell(Schema):
    """A customer in a cell. Amounts in minor units."""

    code: str
    name: str
    net: int | None
    profit: int | None


class InsideCellPage(Schema):
    """The customers of a cell, the largest first."""

    as_of: dt.date
    currency: str
    exponent: int
    total: int
    net: int = Field(description="Of all of them.")
    rows: list[InsideCell]
    next: str | None


class CohortPeriod(Schema):
    """What a cohort did in one period. ``net`` in minor units."""

    period: str
    since: int = Field(description="Periods since the first order; below 0: returns before it.")
    buying: int
    share: float
    net: int


class CohortOf(Schema):
    """The customers whose first order lies in a period."""

    name: str
    customers: int
    net: int
    cells: list[CohortPeriod]


class CohortSet(Schema):
    """Cohorts, the oldest first; they, `never` and `unassigned` add up to `net`. Of the customers
    the token's owner sees.
    """

    as_of: dt.date
    currency: str
    exponent: int
    months: int
    books_from: dt.date = Field(description="Who bought before it looks new in the first period.")
    last_whole: bool = Field(description="Whether the last period had ended.")
    net: int
    never: int = Field(description="Of those who never placed an order.")
    never_customers: int
    unassigned: int
    cohorts: list[CohortOf]


class WantedCohorts(Schema):
    """How long a period is."""

    months: Literal["3", "6", "12"] = "6"


class WantedCohort(WantedCohorts, Paging):
    """Who of a cohort."""

    since: int | None = Field(
        None, ge=0, le=4_000, description="Who bought so many periods later; all without one."
    )
    silent: bool = Field(False, description="Who did not, instead.")


class CohortCustomer(Schema):
    """A customer of a cohort."""

    code: str
    name: str
    net: int = Field(description="In the period asked for, else in all; minor units.")


class CohortCustomerPage(Schema):
    """The customers of a cohort, the largest first."""

    currency: str
    exponent: int
    total: int
    net: int
    rows: list[CohortCustomer]
    next: str | None


@router.get("/structure", response=answers(StructureOverTime, 404), operation_id="get_structure")
def get_structure(request: ApiRequest, query: Query[WantedStructure]) -> dict[str, Any]:
    """Number, sales and average of groups, core share and concentration, grading by grading."""
    return _over_time(over_time.over_time(request.auth.user, query.by, query.scheme))


@router.get("/matrix", response=answers(CustomerMatrix, 404), operation_id="get_matrix")
def get_matrix(request: ApiRequest, query: Query[WantedMatrix]) -> dict[str, Any]:
    """Customers by any two divisions. 422 `axis_not_valid` for one that is not offered."""
    found = crossing.matrix(request.auth.user, query.row, query.column, query.day)
    plain = ("as_of", "currency", "exponent", "days", "offered", "cells")
    return {name: getattr(found, name) for name in plain} | {
        "row": {"name": found.row.name, "parts": found.rows, "cuts": found.row.cuts},
        "column": {
            "name": found.column.name, "parts": found.columns, "cuts": found.column.cuts,
        },
    }  # fmt: skip


@router.get(
    "/matrix/customers", response=answers(InsideCellPage, 404), operation_id="list_matrix_customers"
)
def list_matrix_customers(request: ApiRequest, query: Query[WantedInside]) -> dict[str, Any]:
    """The customers of a cell, or of a part of one division."""
    sides = ((query.row, query.row_part), (query.column, query.column_part))
    where = {name: part for name, part in sides if name}
    found = crossing.inside(request.auth.user, where, query.day, query.after, query.size)
    return {
        "as_of": found.as_of, "currency": found.currency, "exponent": found.exponent,
        "total": found.total, "net": found.net, "rows": found.rows, "next": found.next_cursor,
    }  # fmt: skip


@router.get("/cohorts", response=answers(CohortSet, 404), operation_id="get_cohorts")
def get_cohorts(request: ApiRequest, query: Query[WantedCohorts]) -> dict[str, Any]:
    """Customers by the period of their first order × periods since. 404 `cohorts_not_kept` where
    the newest grading keeps none.
    """
    found = coming.coming(request.auth.user, int(query.months))
    plain = ("months", "books_from", "last_whole", "net", "never", "never_customers", "unassigned",
             "cohorts")  # fmt: skip
    return {name: getattr(found, name) for name in plain} | {
        "as_of": found.run.as_of, "currency": found.run.currency, "exponent": found.run.exponent,
    }  # fmt: skip


@router.get(
    "/cohorts/{cohort}", response=answers(CohortCustomerPage, 404),
    operation_id="list_cohort_customers",
)  # fmt: skip
def list_cohort_customers(
    request: ApiRequest, cohort: str, query: Query[WantedCohort]
) -> dict[str, Any]:
    """The customers of a cohort (`2024-H2`, `2024-Q3`, `2024`)."""
    found = coming.bought(
        request.auth.user, cohort, int(query.months), query.since, silent=query.silent,
        after=query.after, size=query.size,
    )  # fmt: skip
    return {
        "currency": found.run.currency, "exponent": found.run.exponent, "total": found.total,
        "net": found.net, "rows": found.rows, "next": found.next_cursor,
    }  # fmt: skip


def _over_time(found: OverTime) -> dict[str, Any]:
    return {
        "scheme": found.run.scheme, "by": found.by, "currency": found.run.currency,
        "exponent": found.run.exponent, "keys": found.keys, "gradings": found.standings,
    }  # fmt: skip
