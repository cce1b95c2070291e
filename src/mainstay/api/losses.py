"""Lost customers: the register, and of one customer what was lost, why, and how it is won back."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Id, IdempotencyKey, Paging, Sent, Text, answers
from mainstay.api.uploads import answer_of
from mainstay.retention import rules, selectors, services
from mainstay.retention.errors import LossUnknown

router = Router(tags=["losses"])
customers = Router(tags=["customers"])
Reason = Literal["dropped", "left", "poached", "forced"]
Result = Literal["agreed", "refused", "given_up"]
State = Literal["lost", "winning", "promised", "failed", "back"]
LongText = Annotated[str, Field(min_length=1, max_length=rules.LONGEST["text"],
                                pattern=r"^[^\x00]*$")]  # fmt: skip
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class WinBack(Schema):
    """One attempt to win the customer back."""

    id: int
    owner: str
    what: str
    due: dt.date
    begun_on: dt.date
    late: bool
    result: str = Field(description="agreed · refused · given_up; empty: under way.")
    note: str
    ended_on: dt.date | None
    ended_by: str


class Loss(Schema):
    """One silence beyond the customer's own rhythm. Amounts in minor units of the books."""

    id: int
    code: str
    name: str
    owner: str = Field(description="Of the customer.")
    last_purchase: dt.date
    lost_on: dt.date
    allowed: int = Field(description="Days of silence that its rhythm allowed.")
    went: int = Field(description="Net sales of the twelve months up to the last purchase.")
    back_on: dt.date | None = Field(description="Day of the first order after it.")
    recovered: int = Field(description="Net sales since it came back, that day included.")
    won_back: bool = Field(description="Whether it came back after a win-back had begun.")
    void: bool = Field(description="The books say otherwise by now.")
    state: str = Field(description="lost · winning · promised · failed · back")
    reason: str = Field(description="dropped · left · poached · forced; empty: not said yet.")
    rival: str
    evidence: str
    named_by: str
    named_at: dt.datetime | None
    contacts_before: int = Field(description="Visits and calls in 90 days to the last purchase.")
    contacts_since: int = Field(description="The same after it, until it was lost.")
    complaints: int = Field(description="Times in both that a complaint was worked on.")
    neglected: bool | None = Field(description="Null: not known.")
    win_backs: list[WinBack] = Field(validation_alias="attempts")


class LossSums(Schema):
    """What the chosen losses come to."""

    losses: int
    went: int
    year_losses: int = Field(description="Lost in the twelve months up to the day.")
    year_went: int
    back: int
    recovered: int
    won: int = Field(description="Came back after a win-back had begun.")
    won_recovered: int
    neglected: int
    care_known: int = Field(description="Of how many that is known.")
    late: int = Field(description="Win-backs beyond their day.")


class LossPage(Schema):
    """A page of the register, those first with whom most went."""

    as_of: dt.date
    currency: str
    exponent: int
    sums: LossSums
    rows: list[Loss]
    next: str | None


class LossQuery(Paging):
    """Which losses."""

    reason: Reason | Literal["unsaid", ""] = ""
    state: State | Literal[""] = ""
    owner: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="Of the customer, by id."
    )
    neglected: bool = False


class CustomerLosses(Schema):
    """Every loss of a customer, the latest first."""

    rows: list[Loss]


class ReasonSent(Sent):
    """Why a customer was lost."""

    reason: Reason
    evidence: LongText
    rival: Annotated[Text, Field(max_length=rules.LONGEST["rival"])] = Field(
        "", description="Who sells there now, where poached."
    )


class WinBackSent(Sent):
    """Winning a customer back: whose task, what to do, by when."""

    owner: Number = Field(description="Id of somebody who may win this customer back.")
    what: LongText
    due: Day


class ResultSent(Sent):
    """How winning back ended."""

    result: Result
    note: LongText


@router.get("", response=answers(LossPage, 404), operation_id="list_losses")
def list_losses(request: ApiRequest, query: Query[LossQuery]) -> Any:
    """The register of the customers within reach."""
    wanted = selectors.Wanted(query.reason, query.state, query.owner, query.neglected)
    found = selectors.summary(request.auth.user, wanted)
    page = selectors.register(request.auth.user, wanted, query.after, query.size)
    return {
        "as_of": found.as_of, "currency": found.currency, "exponent": found.exponent,
        "sums": found.sums, "rows": page.rows, "next": page.next_cursor,
    }  # fmt: skip


@customers.get(
    "/{path:code}/losses", response=answers(CustomerLosses, 404),
    operation_id="list_customer_losses",
)  # fmt: skip
def list_customer_losses(request: ApiRequest, code: str) -> dict[str, Any]:
    """What was lost of one customer, and how it is won back."""
    return {"rows": _of(request, code)}


@customers.post(
    "/{path:code}/losses/{id}/reason", response=answers(Loss, 404), operation_id="name_loss_reason"
)
def name_loss_reason(request: ApiRequest, code: str, id: Id, sent: ReasonSent) -> Any:  # noqa: A002
    """Say why it was lost; said again, it is another reason. Needs `losses.handle`."""
    services.name_reason(request.auth.user, code, id, services.Why(**sent.model_dump()))
    return _one(request, code, id)


@customers.post(
    "/{path:code}/losses/{id}/win-backs", response=answers(Loss, 404, 409, status=201),
    operation_id="begin_win_back",
)  # fmt: skip
def begin_win_back(
    request: ApiRequest, response: HttpResponse, code: str, id: Id, sent: WinBackSent,  # noqa: A002
    key: IdempotencyKey = None,
) -> Status[Any]:  # fmt: skip
    """Have somebody win it back; they are told. Needs `losses.handle`."""

    def work() -> dict[str, Any]:
        task = services.Task(sent.owner, sent.what, sent.due)
        return {"id": services.win_back(request.auth.user, code, id, task).pk}

    parts = ["win_backs", code, id, sent.model_dump(mode="json")]
    answer_of(request, response, key, parts, work)
    return Status(201, _one(request, code, id))


@customers.post(
    "/{path:code}/losses/{id}/win-backs/{number}/result", response=answers(Loss, 404),
    operation_id="end_win_back",
)  # fmt: skip
def end_win_back(
    request: ApiRequest, code: str, id: Id, number: Id, sent: ResultSent  # noqa: A002
) -> Any:  # fmt: skip
    """Say how winning back ended: by its owner, or whoever has `losses.handle`."""
    services.end(request.auth.user, code, id, number, sent.result, sent.note)
    return _one(request, code, id)


def _of(request: ApiRequest, code: str) -> tuple[selectors.LossRow, ...]:
    found = selectors.of_customer(request.auth.user, code)
    if found is None:
        raise LossUnknown
    return found.rows


def _one(request: ApiRequest, code: str, number: int) -> selectors.LossRow:
    row = next((one for one in _of(request, code) if one.id == number), None)
    if row is None:
        raise LossUnknown
    return row
