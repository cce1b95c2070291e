"""Requests that may be repeated: one with an Idempotency-Key is done once and answered again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mainstay.foundation.errors import KeyReused
from mainstay.foundation.models import KeptAnswer

KEPT = timedelta(hours=24)
"""How long an answer is kept."""
Answer = dict[str, Any]


def keyed(asked: Any) -> str:
    """Tells what was asked for from anything else, and no more: personal data cannot be guessed
    from it without the installation's key.
    """
    text = json.dumps(asked, sort_keys=True, default=str)
    return salted_hmac(__name__, text, algorithm="sha256").hexdigest()


def once(token: int, key: str, asked: Any, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do the work, unless the token asked for the same by this key before; the answer, and whether
    it is a kept one.

    ``asked``: what was asked for, as data. The work and its answer are kept in one transaction: a
    refusal keeps nothing, and who repeats a request while it is at work waits for its answer.
    Raises ``KeyReused`` where the key came with something else.
    """
    fingerprint = hashlib.sha256(
        json.dumps(asked, sort_keys=True, default=str).encode()
    ).hexdigest()
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            kept = KeptAnswer.objects.create(token_id=token, key=key, fingerprint=fingerprint)
            kept.answer = work()
            kept.save(update_fields=["answer"])
            return kept.answer, False
    except IntegrityError:
        before = KeptAnswer.objects.filter(token_id=token, key=key).first()
        if before is None:
            raise
    if before.fingerprint != fingerprint or before.answer is None:
        raise KeyReused
    return before.answer, True
