"""What customers could buy next: of one customer, by product, and who is likeliest to take one."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Paging, Text, answers
from mainstay.insights.selectors import white as selectors

router = Router(tags=["portfolio"])
customers = Router(tags=["customers"])
What = Literal["item", "category"]
TYPICAL = (
    "Median of what these buyers spend on it in twelve months, in minor units; null: too few of "
    "them to be told to whoever does not see all customers."
)


class Suggested(Schema):
    """A product (or category) that a customer does not buy, and why it might."""

    product: str
    name: str
    because: str = Field(description="What it buys whose buyers tell most.")
    because_name: str
    like: int = Field(description="Others who buy that.")
    buyers: int = Field(description="Of those, who buy the suggested one too.")
    typical: int | None = Field(description=TYPICAL)
    score: int = Field(description="Millionths; for comparing only.")


class CouldBuy(Schema):
    """What one customer could buy, the likeliest first."""

    as_of: dt.date
    window_start: dt.date
    currency: str
    exponent: int
    by: str
    rows: list[Suggested]


class WhiteProduct(Schema):
    """A product, and for how many customers it is among the likeliest."""

    product: str
    name: str
    customers: int
    typical: int = Field(description="The typical amounts of these together, as far as told.")


class WhiteProducts(Schema):
    """A page of products, the largest amounts first."""

    as_of: dt.date
    currency: str
    exponent: int
    by: str
    total: int
    customers: int = Field(description="Who has any suggestion.")
    rows: list[WhiteProduct]
    next: str | None


class WhiteTaker(Schema):
    """A customer that could take a product."""

    code: str
    name: str
    owner: str
    place: int = Field(description="Of the product among the customer's own; 1: the likeliest.")
    why: Suggested


class WhiteTakers(Schema):
    """A page of the customers most likely to take a product, those first."""

    as_of: dt.date
    currency: str
    exponent: int
    by: str
    product: str
    name: str
    total: int
    typical: int = Field(description="Of all of them together, as far as told.")
    rows: list[WhiteTaker]
    next: str | None


class WantedProducts(Paging):
    """Products or categories."""

    by: What = "item"


class WantedTakers(WantedProducts):
    """Whose takers."""

    product: Text = Field(description="Code of the product, or name of the category.")


@customers.get(
    "/{path:code}/could-buy", response=answers(CouldBuy, 404), operation_id="get_could_buy"
)
def get_could_buy(request: ApiRequest, code: str, by: What = "item") -> dict[str, Any]:
    """What one customer could buy: what it does not, and others do who buy the same as it. 404
    `white_space_not_made` until it was worked out, after each grading.
    """
    found = selectors.could_buy(request.auth.user, code, by)
    return _of(found) | {"window_start": found.window.start, "rows": found.rows}


@router.get("/white-space", response=answers(WhiteProducts, 404), operation_id="list_white_space")
def list_white_space(request: ApiRequest, query: Query[WantedProducts]) -> dict[str, Any]:
    """The products that the customers one may see could buy."""
    found = selectors.products(request.auth.user, query.by, query.after, query.size)
    return _of(found) | {
        "total": found.total, "customers": found.customers, "rows": found.rows,
        "next": found.next_cursor,
    }  # fmt: skip


@router.get(
    "/white-space/customers", response=answers(WhiteTakers, 404), operation_id="list_takers"
)
def list_takers(request: ApiRequest, query: Query[WantedTakers]) -> dict[str, Any]:
    """The customers most likely to take a product; none where it is nobody's."""
    found = selectors.takers(
        request.auth.user, query.product, query.by, query.after, query.size
    )  # fmt: skip
    return _of(found) | {
        "product": found.product, "name": found.name, "total": found.total,
        "typical": found.typical, "rows": found.rows, "next": found.next_cursor,
    }  # fmt: skip


def _of(found: Any) -> dict[str, Any]:
    run = found.run
    return {
        "as_of": found.window.end, "currency": run.currency, "exponent": run.exponent,
        "by": found.by,
    }  # fmt: skip
