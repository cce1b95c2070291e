"""Sign-in by the firm's own provider (OpenID Connect): code flow with PKCE, state and nonce.

Authlib speaks the protocol. Here stands what we ask of the answer, and whom it means: the account
linked to its subject, or at the first time one active account with the same verified mail address
or the same user name. No account is ever made by it.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError

from mainstay.foundation.errors import (
    NoAccountForYou,
    ProviderNotBelieved,
    ProviderOff,
    ProviderSilent,
)
from mainstay.foundation.models import ProviderAccount, User
from mainstay.foundation.services import audit

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""How a token may be signed: with a key of the provider's that we cannot have."""
PATIENCE, SHORT = 5, 3
"""Seconds to wait for the provider, and for what it says of itself, which anybody may ask for."""
KEPT, SILENT = 300, 15
"""Seconds for which a process remembers what that was, and that it said nothing."""
LEEWAY = 60
"""Seconds by which its clock and ours may differ."""
PAGES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class _Session(OAuth2Session):  # type: ignore[misc]
    """Asks the very address that was named: whoever sends us on is not believed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_redirects = 0


class _Client(DjangoOAuth2App):  # type: ignore[misc]
    client_cls = _Session


class _OAuth(OAuth):  # type: ignore[misc]
    oauth2_client_cls = _Client


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What the provider says of itself, as far as it matters here."""

    issuer: str
    page: str
    """Where people sign in."""
    signs: tuple[str, ...]
    claim: str


def title() -> str:
    """What the button calls the provider; empty where there is none."""
    if not (settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID):
        return ""
    return settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname or settings.OIDC_ISSUER


def look() -> ProviderInfo:
    """Ask the provider who it is. Raises ``ProviderOff``, ``ProviderSilent``."""
    told = _client().server_metadata
    return ProviderInfo(
        told["issuer"], told["authorization_endpoint"],
        tuple(told["id_token_signing_alg_values_supported"]), settings.OIDC_CLAIM,
    )  # fmt: skip


def start(request: HttpRequest, back: str) -> HttpResponse:
    """Send the browser to the provider, which sends it to the address ``back``.

    Raises ``ProviderOff``, ``ProviderSilent``.
    """
    answer: HttpResponse = _client().authorize_redirect(
        request, back, nonce=secrets.token_urlsafe(32)
    )
    return answer


def finish(request: HttpRequest) -> tuple[User, bool]:
    """Whom the provider's answer means, and whether it saw to more than a password (``amr``).

    An answer counts once, in the browser that asked for it. Raises ``ProviderOff``,
    ``ProviderSilent``, ``ProviderNotBelieved``, ``NoAccountForYou``.
    """
    client = _client()
    try:
        token = client.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "value": settings.OIDC_ISSUER},
                "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
            },
            leeway=LEEWAY,
        )
        claims: dict[str, Any] = dict(token["userinfo"])
        if settings.OIDC_CLAIM not in claims and "userinfo_endpoint" in client.server_metadata:
            more = client.userinfo(token=token)
            if more.get("sub") == claims["sub"]:
                claims = {**more, **claims}
    except requests.RequestException as error:
        raise ProviderSilent(why=type(error).__name__) from error
    except (AuthlibBaseError, JoseError) as error:
        raise ProviderNotBelieved(why=_code(error.error)) from error
    except (ValueError, KeyError, TypeError) as error:  # no token of this kind at all
        raise ProviderNotBelieved(why=type(error).__name__) from error
    return _person(claims), "mfa" in (claims.get("amr") or ())


def _client() -> Any:
    """Authlib's client, which knows what the provider says of itself."""
    issuer = settings.OIDC_ISSUER
    if not title():
        raise ProviderOff
    if not _is_safe(issuer):
        raise ProviderSilent(why=f"{issuer}: https")
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    told, why = cache.get(url) or _asked(url)
    if why:
        raise ProviderSilent(why=why)
    client = _OAuth().register(
        "provider",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET or None,
        server_metadata_url=url,
        client_kwargs={
            "scope": "openid email profile", "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )  # fmt: skip
    client.server_metadata.update(told)
    return client


def _asked(url: str) -> tuple[dict[str, Any], str]:
    """What the provider says of itself now, or why it is not believed; remembered for a while."""
    told: dict[str, Any] = {}
    try:
        with _Session() as session:
            answer = session.request("GET", url, withhold_token=True, timeout=SHORT)
            answer.raise_for_status()
            told = answer.json()
        why = _fault(told)
    except (requests.RequestException, ValueError) as error:
        why = type(error).__name__
    if not why:
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [a for a in offered if a in SIGNATURES]
        told["_loaded_at"] = time.time()  # by which Authlib knows that it need not ask
    cache.set(url, (told, why), SILENT if why else KEPT)
    return told, why


def _fault(told: dict[str, Any]) -> str:
    """Why a provider that says this of itself is not believed."""
    if told.get("issuer") != settings.OIDC_ISSUER:
        return f"issuer {told.get('issuer')!r}"
    return next((page for page in PAGES if not _is_safe(str(told.get(page, "")))), "")


def _code(text: object) -> str:
    """A code of the protocol; whoever makes up an answer puts no words of theirs on our page."""
    found = re.fullmatch("[a-z_]{1,40}", str(text))
    return found[0] if found else "error"


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can change what is said: https, or this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


def _person(claims: dict[str, Any]) -> User:
    issuer, subject = settings.OIDC_ISSUER, claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise ProviderNotBelieved(why="sub")
    with transaction.atomic():
        links = ProviderAccount.objects.select_related("user").filter(issuer=issuer)
        link = links.filter(subject=subject).first()
        if link is None:
            user = _first_time(claims)
            link, is_new = links.get_or_create(
                user=user, defaults={"issuer": issuer, "subject": subject}
            )
            if link.subject != subject:  # the account is another's already
                raise NoAccountForYou
            if is_new:
                audit(
                    user, "provider.linked", f"user:{user.pk}", issuer=issuer, sub=subject,
                    claim=settings.OIDC_CLAIM,
                )  # fmt: skip
        if not link.user.is_active:
            raise NoAccountForYou
    return link.user


def _first_time(claims: dict[str, Any]) -> User:
    """The one active account that the claim names."""
    name = settings.OIDC_CLAIM
    value = claims.get(name)
    if not isinstance(value, str) or not value.strip():
        raise NoAccountForYou
    if name == "email" and claims.get("email_verified") is not True:
        raise NoAccountForYou
    field = "email" if name == "email" else "username"
    found = User.objects.filter(is_active=True, **{f"{field}__iexact": value.strip()})[:2]
    if len(found) != 1:
        raise NoAccountForYou
    return found[0]
