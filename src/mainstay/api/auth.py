"""Who asks: a bearer token, its owner, and how often it may ask. Sessions open nothing here."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import HttpBearer

from mainstay.foundation import tokens
from mainstay.foundation.errors import TooManyRequests
from mainstay.foundation.models import User
from mainstay.foundation.tokens import TokenInfo

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request acts for, with no more rights than its token's scopes."""

    user: User
    token: TokenInfo


class ApiRequest(HttpRequest):
    """A request whose token was found good."""

    auth: Caller


class Token(HttpBearer):
    """``Authorization: Bearer …``."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The caller. Raises ``TokenNotValid``, ``TooManyRequests``."""
        user, info = tokens.bearer(token)
        count(info.id)
        return Caller(user, info)


def count(token_id: int) -> None:
    """Count one more request of a token in this minute. Raises ``TooManyRequests``."""
    rate: int = settings.API_RATE
    minute, second = divmod(int(time.time()), MINUTE)
    key = f"api-rate-{token_id}-{minute}"
    cache.add(key, 0, MINUTE)
    try:
        asked = cache.incr(key)
    except ValueError:  # the minute ended, or the cache made room, between the two
        return
    if asked > rate:
        raise TooManyRequests(rate=rate, wait=MINUTE - second)
