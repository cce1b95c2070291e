"""What every page is drawn with: its frame, the user's choices, the token of its forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext

from mainstay.foundation.middleware import form_page
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may, roles_of
from mainstay.insights import selectors as insights
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import headline
from mainstay.ledger import selectors as ledger
from mainstay.ledger.records import BooksCheck
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_everything
from mainstay.web.formatting import said
from mainstay.web.frame import THEMES, Frame, sections, way_in

YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page, and what stands in it above the page's own."""

    frame: Frame
    path: str
    messages: tuple[Any, ...]
    untied: BooksCheck | None
    """The check of the books whose faults stand, for whoever may check."""


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page that asks for sign-in (``LoginRequiredMiddleware`` saw to it)."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("this page is open to signed-in users only")
    return user


def theme_of(request: HttpRequest) -> str:
    """The user's theme; before sign-in the browser's last choice."""
    user = getattr(request, "user", None)
    chosen = (
        user.theme
        if isinstance(user, User)
        else request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    )
    return chosen if chosen in dict(THEMES) else "system"


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own and wanted.startswith("/") else reverse("home")


def remember(response: HttpResponse, **chosen: str | None) -> HttpResponse:
    """Keep language or theme in the browser, for the pages before sign-in."""
    names = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": settings.THEME_COOKIE_NAME}
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                names[name],
                value,
                max_age=YEAR,
                samesite="Lax",
                secure=settings.HTTPS,
                httponly=True,
            )
    return response


def came_from(request: HttpRequest) -> str:
    """The page to come back to: this one, or of a form that was sent the one it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return form_page(request) or reverse("home")


def runs_of(request: HttpRequest) -> dict[str, RunInfo]:
    """The latest runs, asked for once per request; none where customers are not to be seen."""
    kept: dict[str, RunInfo] | None = getattr(request, "runs", None)
    if kept is None:
        user = getattr(request, "user", None)
        sees = isinstance(user, User) and may(user, SEE)
        kept = insights.latest_runs(user) if isinstance(user, User) and sees else {}
        request.runs = kept  # type: ignore[attr-defined]
    return kept


def shell(request: HttpRequest) -> Shell:
    """The frame for this request. Costs the look-up of the headline run, and for administrators
    that of the last check of the books.
    """
    user = getattr(request, "user", None)
    known = user if isinstance(user, User) else None
    run = headline(runs_of(request))
    match = request.resolver_match
    whole = known is not None and sees_everything(known)
    return Shell(
        frame=Frame(
            language=get_language() or settings.LANGUAGE_CODE,
            theme=theme_of(request),
            route=(match.url_name or "") if match else "",
            way_in=way_in(known) if known else "",
            sections=sections(known, graded=run is not None) if known else (),
            customers=sum(c.customers for c in run.classes) if run and whole else 0,
            unread=getattr(user, "unread", 0),
            as_of=run.as_of if run else None,
            user_name=known.known_as() if known else "",
            roles=" · ".join(said(title) for title in roles_of(known)) if known else "",
            company=getattr(user, "company", ""),
        ),
        path=came_from(request),
        messages=tuple(messages.get_messages(request)),
        untied=ledger.standing_faults(known) if known else None,
    )


def form_token(request: HttpRequest) -> dict[str, Any]:
    """The hidden input of a page's forms, one for all of them, made where there is any."""
    return {"csrf_input": SimpleLazyObject(lambda: csrf_input(request))}


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A whole page within its frame."""
    values = {"shell": shell(request), **(context or {})}
    response = django_render(request, template, values, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """A part of a page for htmx; kept apart from the whole page at the same address."""
    response = django_render(request, template, dict(context))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "HX-Request"
    return response


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, and not for a step back in the history, which is a whole page."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def not_given() -> str:
    """The name rows without a region or owner go by."""
    return gettext("not given")
