"""Webhooks: who is told what happens, and how telling it went."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from ninja import Query, Router, Schema, Status
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Id, Paging, Sent, answers
from mainstay.foundation import webhooks

router = Router(tags=["webhooks"])
HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
URL = rf"^https?://({HOST}|\[[0-9A-Fa-f:]+\])(:[1-9][0-9]{{0,4}})?(/[!\"$-~]*)?$"
Kind = Literal["import.applied", "import.undone", "grades.run", "job.failed"]


class Webhook(Schema):
    """An address that is told of things that happen."""

    id: int
    url: str
    kinds: list[str]
    created_by: str
    created_at: dt.datetime
    ended_at: dt.datetime | None


class NewWebhook(Webhook):
    """A webhook just made."""

    secret: str = Field(description="Signs its messages; shown this once.")


class Webhooks(Schema):
    """All webhooks, the newest first."""

    rows: list[Webhook]


class Message(Schema):
    """One message, and how telling it went."""

    id: uuid.UUID
    kind: str
    subject: str = Field(description="As «batch:12», «snapshot:3», «job:…».")
    at: dt.datetime
    state: str = Field(description="waiting · taken · given_up")
    attempts: int
    status: int | None = Field(description="What the receiver answered last.")
    error: str = Field(description="Why there was no answer last.")
    tried_at: dt.datetime | None


class Messages(Schema):
    """A page of messages, the newest first."""

    rows: list[Message]
    next: str | None


class WebhookSent(Sent):
    """What to tell where."""

    url: str = Field(max_length=500, pattern=URL, description="https, of a public host.")
    kinds: list[Kind] = Field(min_length=1, max_length=10)


@router.get("", response=answers(Webhooks), operation_id="list_webhooks")
def list_webhooks(request: ApiRequest) -> dict[str, Any]:
    """All webhooks, the ended ones too."""
    return {"rows": webhooks.webhooks(request.auth.user)}


@router.post("", response=answers(NewWebhook, status=201), operation_id="make_webhook")
def make_webhook(request: ApiRequest, sent: WebhookSent) -> Status[dict[str, Any]]:
    """Tell an address of things from now on."""
    made, secret = webhooks.subscribe(request.auth.user, sent.url, sent.kinds)
    plain = ("id", "url", "kinds", "created_by", "created_at", "ended_at")
    return Status(201, {name: getattr(made, name) for name in plain} | {"secret": secret})


@router.delete("/{id}", response=answers(None, 404, status=204), operation_id="end_webhook")
def end_webhook(request: ApiRequest, id: Id) -> Status[None]:  # noqa: A002
    """Tell it nothing more."""
    webhooks.end(request.auth.user, id)
    return Status(204, None)


@router.get("/{id}/messages", response=answers(Messages, 404), operation_id="list_messages")
def list_messages(request: ApiRequest, id: Id, query: Query[Paging]) -> dict[str, Any]:  # noqa: A002
    """What it was told."""
    rows, further = webhooks.messages(request.auth.user, id, query.after, query.size)
    return {"rows": rows, "next": further}
