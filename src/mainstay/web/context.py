"""What the frame around every page shows: navigation, as-of date, the user's choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from mainstay.foundation.company.settings import MANAGE
from mainstay.foundation.middleware import form_page
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.insights import selectors as insights
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import headline
from mainstay.ledger import selectors as ledger
from mainstay.ledger.permissions import BOOKS
from mainstay.ledger.records import BooksCheck
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_everything
from mainstay.web.formatting import language, number
from mainstay.web.help import topics

YEAR = 365 * 24 * 3600
THEMES = (("light", _("Light")), ("dark", _("Dark")), ("system", _("System")))
SECTIONS = (
    ("inbox", "inbox", _("Inbox"), ()),
    ("customers", "customers", _("Customers"), (SEE,)),
    ("all-documents", "documents", _("Documents"), (SEE,)),
    ("portfolio", "portfolio", _("Portfolio"), (PORTFOLIO,)),
    ("data", "data", _("Data"), (BOOKS,)),
    ("people", "settings", _("Settings"), (MANAGE_PEOPLE,)),
    ("audit", "check", _("Audit trail"), (READ_AUDIT,)),
    ("company", "settings", _("Settings"), (MANAGE, BOOKS)),
)
"""Address, icon, title and the rights of which one opens it; none: it is everybody's."""
SETTINGS = ("people", "audit", "company")
"""Ways into the settings: the first that is open stands in the navigation."""
GRADED = ("customers", "all-documents", "portfolio")
"""Sections that show nothing before anybody was graded."""
OF_SECTION = {
    "customer": "customers", "documents": "customers", "receipts": "customers",
    "money": "customers", "orders": "customers", "deliveries": "customers",
    "same-customer": "customers", "split-customer": "customers",
    "document": "customers", "customers": "customers", "portfolio": "portfolio",
    "all-documents": "all-documents",
    "data": "data", "upload": "data", "check": "data", "job": "data", "jobs": "data",
    "apply": "data", "use-map": "data", "dry-run": "data", "batch": "data",
    "batch-documents": "data",
    "quality": "data", "quality-rows": "data", "products": "data",
    "people": "people", "person": "people", "roles": "people", "role": "people",
    "territories": "people", "company": "people", "calendar": "people", "audit": "people",
    "keepers": "customers", "timeline": "customers",
    "contacts": "customers", "contact": "customers", "contact-known": "customers",
    "customer-history": "customers", "batch-history": "data", "person-history": "people",
    "role-history": "people", "me": "me", "second-step": "me", "inbox": "inbox", "request": "inbox",
    "inbox-choices": "inbox",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    title: str
    href: str
    icon: str
    current: bool
    count: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame's own figures and texts."""

    lang: str
    """For the ``lang`` attribute."""
    language: str
    languages: tuple[tuple[str, str], ...]
    theme: str
    themes: tuple[tuple[str, str], ...]
    path: str
    current: str
    entries: tuple[Entry, ...]
    as_of: dt.date | None
    help: str
    """Where the «?» leads: to help about this page, where there is some."""
    user_name: str
    company: str
    """The company's name; empty where nobody gave it one."""
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
    run = headline(runs_of(request))
    match = request.resolver_match
    current = OF_SECTION.get(match.url_name or "", "") if match else ""
    whole = isinstance(user, User) and sees_everything(user)
    customers = sum(c.customers for c in run.classes) if run and whole else 0
    if current in SETTINGS and isinstance(user, User):
        current = _way_in(user)
    counts = {"customers": customers, "inbox": getattr(user, "unread", 0)}
    entries = tuple(
        Entry(
            str(title), reverse(name), icon, name == current,
            number(count) if (count := counts.get(name, 0)) else "",
        )
        for name, icon, title, rights in SECTIONS
        if isinstance(user, User) and _opens(user, name, rights) and (run or name not in GRADED)
    )  # fmt: skip
    return Shell(
        lang="zh-Hans" if language() == "zh" else "en",
        language=get_language() or settings.LANGUAGE_CODE,
        languages=tuple((code, str(name)) for code, name in settings.LANGUAGES),
        theme=theme_of(request),
        themes=tuple((code, str(name)) for code, name in THEMES),
        path=came_from(request),
        current=current,
        entries=entries,
        as_of=run.as_of if run else None,
        help=_help(match.url_name or "") if match else reverse("help"),
        user_name=user.known_as() if isinstance(user, User) else "",
        company=getattr(user, "company", ""),
        messages=tuple(messages.get_messages(request)),
        untied=ledger.standing_faults(user) if isinstance(user, User) else None,
    )


def _help(route: str) -> str:
    return reverse("help") + (f"?about={route}" if route in topics.routes() else "")


def _opens(user: User, name: str, rights: tuple[str, ...]) -> bool:
    """Whether it stands in the navigation."""
    if name in SETTINGS:
        return name == _way_in(user)
    return not rights or any(may(user, right) for right in rights)


def _way_in(user: User) -> str:
    """The section by which somebody comes to the settings; empty: by none."""
    ways = {name: rights for name, _icon, _title, rights in SECTIONS if name in SETTINGS}
    return next((n for n in SETTINGS if any(may(user, right) for right in ways[n])), "")


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
