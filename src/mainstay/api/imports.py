"""Imports: what was brought in, by which files, and what it changed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.documents import Documents
from mainstay.api.shapes import Id, Paging, Sent, Started, Text, answers, cached, of_one, started
from mainstay.exchange import services as exchange
from mainstay.ledger import selectors as ledger

router = Router(tags=["imports"])


class File(Schema):
    """One file of an import."""

    name: str
    table: str
    size: int
    sha256: str


class Import(Schema):
    """One import."""

    id: int
    state: str = Field(description="loading · applied · failed · undone")
    created_at: dt.datetime
    applied_at: dt.datetime | None
    created_by: str
    files: list[File]
    counts: dict[str, Any] = Field(description="What it brought: new, changed, identical.")
    currency: str
    exponent: int
    undone_at: dt.datetime | None
    undone_by: str
    undo_reason: str


class Imports(Schema):
    """A page of imports, the newest first."""

    rows: list[Import]
    next: str | None


class Changes(Paging):
    """Which of the documents: those of sales by what the import did with them, or the others."""

    change: Literal["new", "changed", "identical", "orders", "deliveries"] = "new"


class Reason(Sent):
    """Why an import is taken back."""

    reason: Text = ""


@router.get("", response=answers(Imports, 404), operation_id="list_imports")
def list_imports(request: ApiRequest, query: Query[Paging]) -> dict[str, Any]:
    """The imports so far."""
    rows, further = ledger.batch_page(request.auth.user, query.after, query.size)
    return {"rows": rows, "next": further}


@router.get("/{id}", response=of_one(Import), operation_id="get_import")
@cached
def get_import(request: ApiRequest, id: Id) -> Any:  # noqa: A002
    """One import."""
    return ledger.batch(request.auth.user, id).row


@router.get(
    "/{id}/documents", response=answers(Documents, 404), operation_id="list_import_documents"
)
def list_import_documents(request: ApiRequest, id: Id, query: Query[Changes]) -> dict[str, Any]:  # noqa: A002
    """The documents an import brought."""
    page = ledger.batch_documents(request.auth.user, id, query.change, query.after, query.size)
    return {"rows": page.rows, "next": page.next_cursor}


@router.post(
    "/{id}/undo", response=answers(Started, 404, 409, status=202), operation_id="undo_import"
)
def undo_import(request: ApiRequest, id: Id, why: Reason) -> Status[dict[str, str]]:  # noqa: A002
    """Take an import back; where that was asked for already, that job."""
    return started(exchange.ask_undo(request.auth.user, id, why.reason, via="api"))
