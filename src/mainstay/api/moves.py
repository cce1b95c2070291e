"""Who moved between two gradings: how many from which class to which."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Text, answers
from mainstay.insights.selectors import moves as selectors

router = Router(tags=["grades"])


class Between(Schema):
    """Which scheme, and the days of two gradings."""

    scheme: Text = Field("", description="The one that heads the pages without one.")
    then: Day | None = Field(None, description="The grading before without one.")
    now: Day | None = Field(None, description="The newest grading without one.")


class ClassMove(Schema):
    """How many customers went from one class to another, and what they bring."""

    was: str = Field(description="Class then; empty: not graded then.")
    now: str = Field(description="Class now; empty: not graded any more.")
    way: str = Field(description="up · down · stayed · came · went · else")
    customers: int
    net_then: int = Field(description="Net sales in the window of then, in minor units.")
    net_now: int


class Movement(Schema):
    """Everybody whom the token's person may see, by class then and now."""

    scheme: str
    then: dt.date | None = Field(description="Null: there is no grading before.")
    now: dt.date
    currency: str
    exponent: int
    days: list[dt.date] = Field(description="Days of gradings to choose, the newest first.")
    rows: list[ClassMove]


@router.get("/movement", response=answers(Movement, 404), operation_id="get_movement")
def get_movement(request: ApiRequest, query: Query[Between]) -> dict[str, Any]:
    """From which class to which, between the gradings of two days."""
    found = selectors.moves(request.auth.user, query.scheme, query.then, query.now)
    return {
        "scheme": found.after.scheme, "then": found.before.as_of if found.before else None,
        "now": found.after.as_of, "currency": found.after.currency,
        "exponent": found.after.exponent, "days": [one.as_of for one in found.days],
        "rows": [one._asdict() | {"way": found.way(one.was, one.now)} for one in found.cells],
    }  # fmt: skip
