"""The week: whom to talk to, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import answers
from mainstay.insights.selectors.week import week
from mainstay.insights.week_words import reason

router = Router(tags=["grades"])


class WeekConcern(Schema):
    """One reason to talk to a customer."""

    kind: str = Field(description="fell · silent · overdue")
    amount: int = Field(description="At stake, in minor units.")
    en: str
    zh: str


class WeekCustomer(Schema):
    """A customer to talk to."""

    code: str
    name: str
    klass: str
    person: str = Field(description="Its owner, else the salesperson of the books; empty: nobody.")
    stake: int = Field(description="In minor units.")
    concerns: list[WeekConcern]


class WeekPerson(Schema):
    """Somebody to talk to about customers."""

    name: str
    customers: int
    stake: int = Field(description="In minor units.")
    largest: str = Field(description="Code of the customer with most at stake.")


class TheWeek(Schema):
    """What moved since the grading of a week ago, of whom the token's person may see."""

    scheme: str
    then: dt.date | None = Field(description="Null: there is no grading before.")
    now: dt.date
    currency: str
    exponent: int
    concerns: int = Field(description="Customers that are a concern.")
    stake: int = Field(description="Of all of them, in minor units.")
    customers: list[WeekCustomer] = Field(description="Those with most at stake.")
    people: list[WeekPerson]


@router.get("/week", response=answers(TheWeek, 404), operation_id="get_week")
def get_week(request: ApiRequest) -> dict[str, Any]:
    """Whom to talk to this week: the newest grading against the one of a week before."""
    found = week(request.auth.user)
    run = found.run
    return {
        "scheme": run.scheme, "then": found.before.as_of if found.before else None,
        "now": run.as_of, "currency": run.currency, "exponent": run.exponent,
        "concerns": found.concerns, "stake": found.stake,
        "customers": [
            {"code": one.code, "name": one.name, "klass": one.klass, "person": one.person,
             "stake": one.stake,
             "concerns": [{"kind": each.kind, "amount": each.amount, **reason(each, run)}
                          for each in one.concerns]}
            for one in found.customers
        ],
        "people": [
            {"name": one.name, "customers": one.customers, "stake": one.stake,
             "largest": one.largest[0]}
            for one in found.people
        ],
    }  # fmt: skip
