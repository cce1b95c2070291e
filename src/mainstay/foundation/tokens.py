"""Tokens: how a program acts for somebody, with some of that person's rights, until a day.

A token is 256 random bits behind a prefix; the store keeps its hash alone. What it may do is what
its owner may do at that moment, and never more than its scopes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mainstay.foundation import permissions
from mainstay.foundation.errors import (
    NotAllowed,
    ScopesNotHeld,
    TokenNotFound,
    TokenNotValid,
    TokenTooLong,
    TokenUnnamed,
)
from mainstay.foundation.models import ApiToken, User
from mainstay.foundation.permissions import Right, may
from mainstay.foundation.services import audit

LONGEST = 365
"""Days a token lives at most."""
MARK = "mst_"
"""How every token begins, so that a search for leaked secrets finds it."""
TOLD = 12
"""Characters of a token that are shown afterwards."""
USED = timedelta(minutes=1)
"""How exactly the last use is known."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as its owner sees it; never the secret."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether it opens anything still."""
        return self.revoked_at is None and self.expires_at > timezone.now()


def make(user: User, name: str, scopes: Iterable[str], days: int) -> tuple[TokenInfo, str]:
    """A new token of one's own, and its secret, which nobody can be told again.

    Raises ``TokenUnnamed``, ``TokenTooLong``, ``ScopesNotHeld``; ``NotAllowed`` to a token.
    """
    if user.scopes is not None:
        raise NotAllowed
    name, wanted = name.strip(), sorted(set(scopes))
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise TokenUnnamed
    if not 1 <= days <= LONGEST:
        raise TokenTooLong(most=LONGEST)
    lacking = [right for right in wanted if not may(user, right)]
    if lacking or not wanted:
        raise ScopesNotHeld(rights=", ".join(lacking) or "–")
    secret = MARK + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        row = ApiToken.objects.create(
            user=user, name=name, prefix=secret[:TOLD], digest=_digest(secret), scopes=wanted,
            created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        audit(user, "token.made", f"token:{row.pk}", name=name, scopes=wanted, days=days)
    return _info(row), secret


def revoke(user: User, token_id: int) -> None:
    """End a token of one's own. Raises ``TokenNotFound``."""
    with transaction.atomic():
        if not _revoke(user, token_id=token_id):
            raise TokenNotFound
        audit(user, "token.revoked", f"token:{token_id}")


def revoke_all(by: User | None, user: User) -> None:
    """End every token of somebody. Call inside the decision's transaction."""
    if ended := _revoke(user):
        audit(by, "tokens.revoked", f"user:{user.pk}", tokens=ended)


def of_user(user: User) -> list[TokenInfo]:
    """One's own tokens, the newest first."""
    return [_info(row) for row in ApiToken.objects.filter(user=user).order_by("-pk")]


def scopes_for(user: User) -> list[Right]:
    """The rights that a token of the user's may have."""
    return [right for right in permissions.rights() if may(user, right.name)]


def bearer(secret: str) -> tuple[User, TokenInfo]:
    """Whom a token acts for, with no more rights than its scopes. Raises ``TokenNotValid``."""
    now = timezone.now()
    row = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(secret), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if row is None:
        raise TokenNotValid
    if row.last_used_at is None or row.last_used_at < now - USED:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
        row.last_used_at = now
    row.user.scopes = frozenset(row.scopes)
    return row.user, _info(row)


def _revoke(user: User, token_id: int | None = None) -> list[int]:
    rows = ApiToken.objects.filter(user=user, revoked_at=None)
    if token_id is not None:
        rows = rows.filter(pk=token_id)
    ended = list(rows.values_list("pk", flat=True))
    rows.update(revoked_at=timezone.now())
    return ended


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _info(row: ApiToken) -> TokenInfo:
    return TokenInfo(
        row.pk, row.name, row.prefix, tuple(row.scopes), row.created_at, row.expires_at,
        row.last_used_at, row.revoked_at,
    )  # fmt: skip
