"""Webhooks: who is told what, and telling it: signed, and again for a day until it is taken.

A message is sent at least once; its id tells a receiver that it has it already.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException

from django.db import transaction
from django.utils import timezone

from mainstay.foundation import outgoing, vault
from mainstay.foundation.errors import (
    AddressNotAllowed,
    NoSuchWebhook,
    SealedByAnotherKey,
    UnknownKind,
)
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.keyset import before, moment
from mainstay.foundation.models import Job, User, Webhook, WebhookMessage
from mainstay.foundation.outbox import DELIVER, KINDS
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand_company
from mainstay.foundation.services import audit

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 960))
"""Waits between tries; after the last one a message is given up, a day after it was written."""


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """A webhook; its secret is told once."""

    id: int
    url: str
    kinds: tuple[str, ...]
    created_by: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message, and how telling it went."""

    id: uuid.UUID
    kind: str
    subject: str
    at: datetime
    state: str
    """waiting · taken · given_up"""
    attempts: int
    status: int | None
    error: str
    tried_at: datetime | None


def subscribe(user: User, url: str, kinds: Iterable[str]) -> tuple[WebhookInfo, str]:
    """Tell an address of these kinds of things from now on; the webhook, and its secret.

    Raises ``NotAllowed``, ``AddressNotAllowed``, ``UnknownKind``.
    """
    demand_company(user, MANAGE_PEOPLE)
    outgoing.checked(url)
    wanted = sorted(set(kinds))
    if not wanted or not set(wanted) <= set(KINDS):
        raise UnknownKind(kinds=", ".join(KINDS))
    secret = "whs_" + secrets.token_urlsafe(32)
    with transaction.atomic():
        sealed = vault.seal(secret.encode(), _purpose(url))
        row = Webhook.objects.create(url=url, kinds=wanted, secret=sealed, created_by=user)
        audit(user, "webhook.made", f"webhook:{row.pk}", url=url, kinds=wanted)
    return _info(row), secret


def end(user: User, webhook_id: int) -> None:
    """Tell it nothing more, not even what waits. Raises ``NotAllowed``, ``NoSuchWebhook``."""
    demand_company(user, MANAGE_PEOPLE)
    with transaction.atomic():
        rows = Webhook.objects.filter(pk=webhook_id, ended_at=None)
        if not rows.update(ended_at=timezone.now()):
            raise NoSuchWebhook
        audit(user, "webhook.ended", f"webhook:{webhook_id}")


def webhooks(user: User) -> list[WebhookInfo]:
    """All of them, the newest first, the ended ones too. Raises ``NotAllowed``."""
    demand_company(user, MANAGE_PEOPLE)
    return [_info(row) for row in Webhook.objects.select_related("created_by").order_by("-pk")]


def messages(
    user: User, webhook_id: int, after: str | None = None, size: int = 50
) -> tuple[tuple[MessageInfo, ...], str | None]:
    """A page of what a webhook was told, the newest first, and the next page's cursor.

    Raises ``NotAllowed``, ``NoSuchWebhook``, ``BadCursor``.
    """
    demand_company(user, MANAGE_PEOPLE)
    found = Webhook.objects.filter(pk=webhook_id).first()
    if found is None:
        raise NoSuchWebhook
    rows = found.messages.all()
    if after is not None:
        rows = rows.filter(before(after, "at"))
    shown = list(rows[: size + 1])
    last = shown[size - 1] if len(shown) > size else None
    further = moment(last.at, last.pk) if last else None
    return tuple(_message(row) for row in shown[:size]), further


@job(DELIVER)
def deliver(progress: Progress, message: str) -> Report:
    """Tell one webhook of one thing; where it does not take it, again later."""
    row = WebhookMessage.objects.select_related("webhook").get(pk=message)
    if row.state != WebhookMessage.State.WAITING or row.webhook.ended_at is not None:
        return {"state": row.state}
    row.status, row.error = _tell(row)
    row.attempts, row.tried_at = row.attempts + 1, timezone.now()
    with transaction.atomic():
        if row.status is not None and 200 <= row.status < 300:
            row.state = WebhookMessage.State.TAKEN
        elif row.attempts > len(BACKOFF):
            row.state = WebhookMessage.State.GIVEN_UP
        else:
            Job.objects.create(
                kind=DELIVER, arguments={"message": message},
                not_before=row.tried_at + BACKOFF[row.attempts - 1],
            )  # fmt: skip
        row.save()
    return {"state": row.state, "status": row.status}


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The signature of a body sent at a moment (seconds since 1970): HMAC-SHA256, hexadecimal."""
    signed = f"{timestamp}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _tell(row: WebhookMessage) -> tuple[int | None, str]:
    body = json.dumps({
        "id": str(row.pk), "kind": row.kind, "subject": row.subject, "at": row.at.isoformat(),
    }).encode()  # fmt: skip
    now = int(timezone.now().timestamp())
    try:
        secret = vault.unseal(row.webhook.secret, _purpose(row.webhook.url)).decode()
    except SealedByAnotherKey as error:
        return None, error.code
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Mainstay",
        "Mainstay-Message": str(row.pk),
        "Mainstay-Timestamp": str(now),
        "Mainstay-Signature": f"v1={signature(secret, now, body)}",
    }
    try:
        return outgoing.post(row.webhook.url, body, headers), ""
    except AddressNotAllowed as error:
        return None, error.code
    except (OSError, HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"[:200]


def _purpose(url: str) -> str:
    return f"webhook to {url}"


def _info(row: Webhook) -> WebhookInfo:
    return WebhookInfo(
        row.pk, row.url, tuple(row.kinds), row.created_by.username, row.created_at, row.ended_at
    )


def _message(row: WebhookMessage) -> MessageInfo:
    return MessageInfo(
        row.pk, row.kind, row.subject, row.at, row.state, row.attempts, row.status, row.error,
        row.tried_at,
    )  # fmt: skip
