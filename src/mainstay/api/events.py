"""Events in: documents and receipts as they happen. They go the way of a file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router, Status
from pydantic import BeforeValidator, ConfigDict, Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, IdempotencyKey, Sent, answers
from mainstay.api.uploads import Accepted, accepted, once
from mainstay.exchange import events
from mainstay.exchange import services as exchange

router = Router(tags=["events"])
MOST = 1_000
"""Documents, lines of one, or receipts in one request."""
AMOUNT = 10**15


def _number(value: object) -> object:
    """A number as JSON has it; pydantic alone would take «12» and true for one too."""
    if isinstance(value, str | bool):
        raise ValueError("a number is asked for")
    return value


Money = Annotated[int, Field(ge=-AMOUNT, le=AMOUNT), BeforeValidator(_number)]
"""Minor units of the document's currency; a number with decimals is refused, not rounded."""
Quantity = Annotated[str, Field(pattern=r"^-?[0-9]{1,14}([.][0-9]{1,4})?$")]
"""A decimal as text, so that it stays exact: «2.5»."""


PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
WORDS = r"^[!-~\u00a1-\u9fff]+( [!-~\u00a1-\u9fff]+)*$"
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=WORDS)]
"""Of a document or customer: words, one blank between them."""
Currency = Annotated[str, Field(pattern="^([A-Z]{3})?$")]


def text(longest: int) -> Any:
    """A text of at most so many printable characters; empty: not given."""
    return Field("", max_length=longest, pattern=PRINTABLE)


_ORGANISATION: Any = Field(
    "", max_length=120, pattern=PRINTABLE,
    description="Company or branch whose number it is, where several may use the same one.",
)  # fmt: skip


class LineSent(Sent):
    """One line. Credit notes carry negative quantities and amounts."""

    line_no: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_number)] | None = None
    item: str = text(120)
    item_name: str = text(200)
    category: str = text(120)
    quantity: Quantity | None = None
    net: Money = Field(description="Without VAT.")
    tax: Money | None = None
    gross: Money | None = Field(None, description="net + tax.")
    cost: Money | None = None
    discount: Money | None = None
    order_no: str = text(120)
    promised: Day | None = Field(None, description="Of an order: when the goods are due.")
    state: Literal["", "closed", "cancelled"] = Field("", description="Of an order's line.")


class DocumentSent(Sent):
    """One document as it stands now: it supersedes what was sent before under its number."""

    kind: Literal["order", "delivery", "invoice", "credit_note"]
    number: Name
    date: Day
    customer_code: Name
    customer_name: str = text(200)
    due_date: Day | None = None
    currency: Currency = Field("", description="ISO 4217; the company's without one.")
    salesperson: str = text(120)
    region: str = text(120)
    organisation: str = _ORGANISATION
    tax_no: str = text(80)
    lines: list[LineSent] = Field(min_length=1, max_length=MOST)


class ReceiptSent(Sent):
    """One receipt."""

    kind: Literal["money", "bill", "write_off", "dishonour", "rebate"] = "money"
    number: Name
    date: Day
    customer_code: Name
    customer_name: str = text(200)
    amount: Money = Field(description="Positive: received.")
    currency: Currency = ""
    method: str = text(120)
    bill_no: str = text(120)
    maturity: Day | None = None
    applied_to: str = text(120)
    organisation: str = _ORGANISATION


class Events(Sent):
    """What happened, together: taken in whole or not at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [part], "properties": {part: {"minItems": 1}}}
                for part in ("documents", "receipts")
            ]
        }
    )

    documents: list[DocumentSent] = Field([], max_length=MOST)
    receipts: list[ReceiptSent] = Field([], max_length=MOST)


@router.post("", response=answers(Accepted, 409, 413, status=202), operation_id="send_events")
def send_events(
    request: ApiRequest, response: HttpResponse, sent: Events, key: IdempotencyKey = None
) -> Status[dict[str, Any]]:
    """Bring documents and receipts into the books. 202: the job will check and grade them."""
    user = request.auth.user
    given = sent.model_dump()

    def work() -> dict[str, Any]:
        upload, mapping = events.take(user, given["documents"], given["receipts"])
        exchange.apply(upload, mapping, via="api")
        return accepted(upload)

    return once(request, response, key, ["events", sent.model_dump(mode="json")], work)
