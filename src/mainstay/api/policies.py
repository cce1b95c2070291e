"""Policies: what classes are owed, what a customer got of it, who is under- or over-served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Paging, Text, Words, answers
from mainstay.insights.errors import CustomerNotFound
from mainstay.parties.selectors import of_code
from mainstay.policies import selectors
from mainstay.policies.owing import MONEY, Due, Served

router = Router(tags=["policies"])
customers = Router(tags=["customers"])


class Policy(Schema):
    """One version of what the classes of a scheme are owed."""

    scheme: str
    version: int
    state: str = Field(description="draft · proposed · waiting · in_force · ended")
    since: dt.date | None
    until: dt.date | None = Field(description="From this day it is owed no more.")
    terms: dict[str, dict[str, str]] = Field(
        description="Class, benefit, value as decimal text: times a year, days, level, or share."
    )
    author: str
    note: str


class Policies(Schema):
    """Every version, by scheme, the newest first."""

    rows: list[Policy]


class Benefit(Schema):
    """One benefit a customer is owed. Amounts in `unit`; null where nobody can tell."""

    benefit: str
    title: Words
    value: str | None = Field(description="As the policy or the exception has it today.")
    unit: str = Field(description="times · days · level · ratio · money (minor units)")
    since: dt.date | None = Field(description="The first day that counts.")
    owed: float | None
    given: float | None
    missing: float
    beyond: float = Field(description="Given beyond what is owed.")
    later: float = Field(description="Recorded after the day of the grading.")
    until: dt.date | None = Field(description="Last day of an exception; null: none.")
    note: str = Field(description="no_facts · not_yet · not_set · empty")


class Owed(Schema):
    """What a customer is owed by one scheme's policy."""

    scheme: str
    version: int
    as_of: dt.date
    class_: str = Field(alias="class")
    held_since: dt.date | None = Field(description="Since when it has had its class.")
    benefits: list[Benefit]


class OwedAll(Schema):
    """By each policy in force."""

    rows: list[Owed]


class ServedRow(Schema):
    """A customer and the benefits of which it is under- or over-served."""

    code: str
    name: str
    class_: str = Field(alias="class")
    net_sales: int | None
    benefits: list[Benefit]


class ServedPage(Schema):
    """A page of them, the largest sales first."""

    scheme: str
    as_of: dt.date
    customers: int
    rows: list[ServedRow]
    next: str | None


class ServedQuery(Paging):
    """Which of them."""

    scheme: Text = Field("", description="Left out: the one that heads the pages.")
    side: Literal["under", "over"] = "under"
    benefit: Text = ""


@router.get("", response=answers(Policies), operation_id="list_policies")
def list_policies(request: ApiRequest) -> dict[str, Any]:
    """What classes are owed, in every version."""
    user = request.auth.user
    rows = [
        {"scheme": line.scheme, "version": line.number, "state": line.state, "since": line.since,
         "until": line.until, "terms": line.terms, "author": line.author, "note": line.note}
        for policy in selectors.policies(user) if policy.line
        for line in selectors.versions(user, policy.scheme)
    ]  # fmt: skip
    return {"rows": rows}


@router.get("/served", response=answers(ServedPage, 404), operation_id="list_served")
def list_served(request: ApiRequest, query: Query[ServedQuery]) -> dict[str, Any]:
    """Who got less than its class is owed, or more, among the customers within reach."""
    page = selectors.owed_and_given(
        request.auth.user, query.scheme, over=query.side == "over", benefit=query.benefit,
        after=query.after, size=query.size,
    )  # fmt: skip
    rows = [
        {"code": row.code, "name": row.name, "class": row.klass, "net_sales": row.net_sales,
         "benefits": list(_benefits(row))}
        for row in page.rows
    ]  # fmt: skip
    return {"scheme": page.run.scheme, "as_of": page.run.as_of, "customers": page.customers,
            "rows": rows, "next": page.next}  # fmt: skip


@customers.get("/{path:code}/owed", response=answers(OwedAll, 404), operation_id="list_owed")
def list_owed(request: ApiRequest, code: str) -> dict[str, Any]:
    """What a customer is owed by its class, what it got, and what is missing."""
    user = request.auth.user
    if not of_code(user, code).exists():
        raise CustomerNotFound(code=code)
    rows = [
        {"scheme": one.run.scheme, "version": one.version, "as_of": one.run.as_of,
         "class": one.served.klass, "held_since": one.served.held,
         "benefits": list(_benefits(one.served))}
        for one in selectors.of_customer(user, code)
    ]  # fmt: skip
    return {"rows": rows}


def _benefits(row: Served) -> Iterator[dict[str, Any]]:
    for due in row.dues:
        yield {
            "benefit": due.benefit.name, "title": due.benefit.title, "value": due.value,
            "unit": due.unit, "since": due.since, "owed": _told(due, due.owed),
            "given": _told(due, due.given), "missing": _told(due, due.missing),
            "beyond": _told(due, due.over), "later": _told(due, due.later),
            "until": due.exception.until if due.exception else None, "note": due.note,
        }  # fmt: skip


def _told(due: Due, amount: Any) -> float | int | None:
    if amount is None:
        return None
    return round(amount) if due.unit == MONEY else round(float(amount), 4)
