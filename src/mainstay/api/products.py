"""Products, with what the books sold of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Paging, Text, answers
from mainstay.ledger import selectors as ledger

router = Router(tags=["products"])


class Product(Schema):
    """One product."""

    code: str
    name: str
    category: str | None
    unit: str
    on_file: bool = Field(description="Named by a product list.")
    lines: int = Field(description="Lines of sales.")
    net: int = Field(description="Net sales, in minor units of the company's currency.")
    last: dt.date | None = Field(description="Day of the latest sale.")


class Products(Schema):
    """A page of products, by code."""

    rows: list[Product]
    next: str | None


class ProductSearch(Paging):
    """Which products."""

    q: Text = Field("", description="Text of code or name.")


@router.get("", response=answers(Products, 404), operation_id="list_products")
def list_products(request: ApiRequest, query: Query[ProductSearch]) -> dict[str, Any]:
    """The products of the whole firm, by code."""
    page = ledger.products(request.auth.user, query.q, query.after, query.size)
    return {"rows": page.rows, "next": page.next_cursor}
