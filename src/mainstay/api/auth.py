"""Who asks: a bearer token, its owner, and how often it may ask. Sessions open nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from mainstay.foundation import rates, tokens
from mainstay.foundation.models import User
from mainstay.foundation.tokens import TokenInfo


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
        rates.rate(f"api-{info.id}", settings.API_RATE)
        return Caller(user, info)
