"""Efforts for a customer, and what efforts cost. Money only for tokens that may see cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import LARGEST, Day, Id, IdempotencyKey, Paging, Sent, Text, answers
from mainstay.api.uploads import answer_of
from mainstay.effort import rules, selectors, services
from mainstay.effort.errors import EffortUnknown, RateUnknown

router = Router(tags=["customers"])
rates = Router(tags=["efforts"])
Activity = Literal["visit", "call", "senior_visit", "training", "sample", "promotion", "gift",
                   "freight", "complaint", "other"]  # fmt: skip
Number = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4)]
Minor = Annotated[int, Field(ge=0, le=LARGEST, strict=True)]


class Effort(Schema):
    """One thing done for the customer."""

    id: int
    date: dt.date
    activity: str
    person: str = Field(description="Who did it.")
    hours: Decimal | None
    quantity: Decimal | None = Field(description="How often; null: once.")
    amount: int | None = Field(
        description="What it cost, minor units of the company's currency. Null: by the rate in "
        "force on the day, or not `shown`."
    )
    shown: bool = Field(description="Whether the amount is told: needs `cost.see`, or one's own.")
    note: str
    batch: int | None = Field(description="The import that brought it; null: recorded by hand.")
    at: dt.datetime = Field(description="When it was recorded.")
    by: str


class Efforts(Schema):
    """A page of efforts, the latest first."""

    rows: list[Effort]
    next: str | None


class EffortSent(Sent):
    """An effort to record."""

    date: Day
    activity: Activity
    hours: Number | None = Field(None, description="Of your people, travel included.")
    quantity: Number | None = Field(None, description="How often; left out: once.")
    amount: Minor | None = Field(
        None, description="What it cost, minor units, without VAT; left out: by the rate."
    )
    person: Annotated[Text, Field(max_length=rules.LONGEST["person"])] = ""
    note: Annotated[Text, Field(max_length=rules.LONGEST["note"])] = ""


class WithdrawalReason(Sent):
    """Why something is withdrawn."""

    reason: Annotated[Text, Field(min_length=1)]


class Rate(Schema):
    """What an activity costs from a day on. Amounts in minor units of the company's currency."""

    id: int
    activity: str = Field(description="As of efforts, or `financing`.")
    since: dt.date
    per_hour: int | None
    per_time: int | None
    per_year: Decimal | None = Field(description="Of financing: a share of the money owed.")
    batch: int | None = Field(description="The import that brought it; null: entered by hand.")
    at: dt.datetime
    by: str


class Rates(Schema):
    """Every rate that counts, by activity, the latest first."""

    rows: list[Rate]


class RateSent(Sent):
    """A rate to set; one of the same activity and day is superseded."""

    activity: Activity | Literal["financing"]
    since: Day
    per_hour: Minor | None = None
    per_time: Minor | None = None
    per_year: Annotated[Decimal, Field(ge=0, lt=1, decimal_places=10)] | None = None


@router.get(
    "/{path:code}/efforts", response=answers(Efforts, 404), operation_id="list_efforts"
)  # fmt: skip
def list_efforts(request: ApiRequest, code: str, query: Query[Paging]) -> Any:
    """What was done for a customer."""
    return selectors.efforts(request.auth.user, code, query.after, query.size)


@router.post(
    "/{path:code}/efforts", response=answers(Effort, 404, 409, status=201),
    operation_id="record_effort",
)  # fmt: skip
def record_effort(
    request: ApiRequest, response: HttpResponse, code: str, sent: EffortSent,
    key: IdempotencyKey = None,
) -> Status[Any]:  # fmt: skip
    """Record an effort; it counts from the next grading. Needs `efforts.record`."""
    user = request.auth.user

    def work() -> dict[str, Any]:
        made = services.record(user, code, services.Given(**sent.model_dump()))
        return {"id": made.pk}

    made = answer_of(request, response, key, ["efforts", code, sent.model_dump()], work)
    found = selectors.effort(user, code, made["id"])
    if found is None:  # withdrawn since it was first recorded under this key
        raise EffortUnknown
    return Status(201, found)


@router.post(
    "/{path:code}/efforts/{id}/withdraw", response=answers(None, 404, status=204),
    operation_id="withdraw_effort",
)  # fmt: skip
def withdraw_effort(request: ApiRequest, code: str, id: Id, sent: WithdrawalReason) -> Status[None]:  # noqa: A002
    """Take an effort out of what counts; it stays in the store, with the reason."""
    services.withdraw(request.auth.user, code, id, sent.reason)
    return Status(204, None)


@rates.get("", response=answers(Rates), operation_id="list_effort_rates")
def list_effort_rates(request: ApiRequest) -> dict[str, Any]:
    """What efforts cost. Needs `cost.see` for the whole company."""
    return {"rows": selectors.rates(request.auth.user)}


@rates.post("", response=answers(Rate, 404, 409, status=201), operation_id="set_effort_rate")
def set_effort_rate(
    request: ApiRequest, response: HttpResponse, sent: RateSent, key: IdempotencyKey = None
) -> Status[Any]:
    """Set a rate; it counts from the next grading. Needs `efforts.rates` and `cost.see`."""
    user = request.auth.user

    def work() -> dict[str, Any]:
        given = sent.model_dump(exclude={"activity", "since"})
        return {"id": services.set_rate(user, sent.activity, sent.since, **given).pk}

    made = answer_of(request, response, key, ["effort_rates", sent.model_dump()], work)
    row = next((one for one in selectors.rates(user) if one.id == made["id"]), None)
    if row is None:  # superseded or withdrawn since it was first set under this key
        raise RateUnknown
    return Status(201, row)


@rates.post(
    "/{id}/withdraw", response=answers(None, 404, status=204),
    operation_id="withdraw_effort_rate",
)  # fmt: skip
def withdraw_effort_rate(request: ApiRequest, id: Id, sent: WithdrawalReason) -> Status[None]:  # noqa: A002
    """Take a rate out of what counts; the one it superseded, if any, holds again."""
    services.withdraw_rate(request.auth.user, id, sent.reason)
    return Status(204, None)
