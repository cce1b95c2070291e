"""What the nouns share: texts in both languages, pages, ids, and the refusals of each operation."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from django.views.decorators.http import conditional_page
from ninja import Header, Path, Schema, Status
from ninja.decorators import decorate_view
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mainstay.api.errors import Problem
from mainstay.foundation.models import Job

LARGEST = 2**63 - 1
"""Of ids: what the stores hold."""
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
"""A text of a request: PostgreSQL has none that holds a null character."""
Id = Annotated[int, Path(ge=1, le=LARGEST)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$",
        description="Repeated within 24 hours by the same token, the first answer comes again.",
    ),
]  # fmt: skip
REFUSED = (400, 401, 403, 422, 429)
"""What every operation may answer instead."""


def _iso(value: object) -> object:
    """A day as ISO 8601 writes it; pydantic alone would take a number of seconds too."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


Day = Annotated[dt.date, BeforeValidator(_iso)]
"""A day of a request."""


class Sent(BaseModel):
    """The body of a request: an object, of known parts alone."""

    model_config = ConfigDict(extra="forbid")


class Words(Schema):
    """The same text in both languages of the product."""

    en: str
    zh: str


class Paging(Schema):
    """Which page of a list. Keyset pages: what is added meanwhile shifts nothing."""

    after: Text | None = Field(None, description="`next` of the page before; first page without.")
    size: int = Field(50, ge=1, le=200, description="Rows of a page.")


class Started(Schema):
    """Long work that was put into the queue."""

    job: str = Field(description="Id of the job: `GET /jobs/{id}` tells how far it is.")


def answers(model: Any, *more: int, status: int = 200) -> dict[int, Any]:
    """The answers of an operation: the good one, and every refusal it may come to."""
    return {status: model} | dict.fromkeys(sorted({*REFUSED, *more}), Problem)


def of_one(model: Any) -> dict[int, Any]:
    """The answers of reading one thing: it may not be there, or not have changed."""
    return answers(model, 404) | {304: None}


def started(job: Job) -> Status[dict[str, str]]:
    """202: the work was put into the queue."""
    return Status(202, {"job": str(job.pk)})


cached = decorate_view(conditional_page)
"""Reading one thing: an ETag, and 304 for whoever has that already (If-None-Match)."""
