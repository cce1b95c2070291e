"""The search box: customers, documents, pages, commands and help, as its reader may open them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_GET

from mainstay.exchange.permissions import IMPORT
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.insights import selectors as insights
from mainstay.insights.permissions import PORTFOLIO
from mainstay.ledger import selectors as ledger
from mainstay.ledger.permissions import BOOKS
from mainstay.parties import words
from mainstay.parties.permissions import SEE
from mainstay.web.columns import shown_name
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import day, money_exact, said
from mainstay.web.grades import Badge, Badges
from mainstay.web.help import glossary, topics
from mainstay.web.help.finding import named
from mainstay.web.places import region_words
from mainstay.web.tables import kinds

CUSTOMERS, DOCUMENTS, PAGES, HELP = 8, 5, 5, 5
"""Lines of each group in the box."""
PLACES: tuple[tuple[str, str, Promise | str, str], ...] = (
    ("customers", "", gettext_lazy("Customers"), SEE),
    ("all-documents", "", gettext_lazy("Documents"), SEE),
    ("all-documents", "?state=overdue", gettext_lazy("Overdue documents"), SEE),
    ("portfolio", "", gettext_lazy("Portfolio"), PORTFOLIO),
    ("terms", "", gettext_lazy("Terms of payment"), ""),
    ("data", "", gettext_lazy("Data"), BOOKS),
    ("data", "", gettext_lazy("Import a file"), IMPORT),
    ("products", "", gettext_lazy("Products"), BOOKS),
    ("rates", "", gettext_lazy("Rates of exchange"), BOOKS),
    ("quality", "", gettext_lazy("Quality"), BOOKS),
    ("jobs", "", gettext_lazy("Jobs"), ""),
    ("data", "#proof", gettext_lazy("Check the books"), BOOKS),
    ("people", "", gettext_lazy("People"), MANAGE_PEOPLE),
    ("roles", "", gettext_lazy("Roles"), MANAGE_PEOPLE),
    ("territories", "", gettext_lazy("Territories"), MANAGE_PEOPLE),
    ("audit", "", gettext_lazy("Audit trail"), READ_AUDIT),
    ("inbox", "", gettext_lazy("Inbox"), ""),
    ("inbox-choices", "", gettext_lazy("Notifications"), ""),
    ("change-password", "", gettext_lazy("Change password"), ""),
    ("me", "", gettext_lazy("Language and theme"), ""),
    ("help", "", gettext_lazy("Help"), ""),
    ("help-metrics", "", gettext_lazy("Metrics"), ""),
)
"""Route, place on its page, title and the right that opens it: pages, and what is done there."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the result."""

    href: str
    title: str
    more: str = ""
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind."""

    title: str
    hits: list[Hit]


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The lines for the box where htmx asks, else a page."""
    user = signed_in_user(request)
    query = request.GET.get("q", "").strip()[:200]
    customers, scheme = _customers(user, query)
    groups = [
        group
        for group in (
            Group(_("Customers"), customers),
            Group(_("Documents"), _documents(user, query)),
            Group(_("Pages"), _pages(user, query)),
            Group(_("Help"), _help(user, query)),
        )
        if group.hits
    ]
    context: dict[str, Any] = {"query": query, "groups": groups, "scheme": scheme}
    if wants_fragment(request):
        return fragment(request, "search/_found.html", context)
    response = render(request, "search/page.html", context)
    response.headers["Vary"] = "HX-Request"
    return response


def _customers(user: User, query: str) -> tuple[list[Hit], str]:
    if not query or not may(user, SEE):
        return [], ""
    found, run = insights.find_customers(user, query, CUSTOMERS)
    badges = Badges(run)
    return [
        Hit(
            reverse("customer", args=[one.code]),
            shown_name(one.name, one.name_en) or one.code,
            " · ".join(filter(None, (one.code, region_words(one.region)))),
            badges(one.klass) if one.klass else None,
        )
        for one in found
    ], badges.scheme


def _documents(user: User, query: str) -> list[Hit]:
    if not query or not may(user, SEE):
        return []
    titles = kinds()
    return [
        Hit(
            reverse("document", args=[one.id]), one.number,
            f"{titles[one.kind]} · {day(one.doc_date)} · "
            f"{money_exact(one.net, one.currency, one.exponent)}",
        )
        for one in ledger.find_documents(user, query, DOCUMENTS)
    ]  # fmt: skip


def _pages(user: User, query: str) -> list[Hit]:
    asked = words.wanted(query)
    if not asked:
        return []
    found = []
    for name, place, title, right in PLACES:
        if right and not may(user, right):
            continue
        names = set()
        for language in ("en", "zh-hans"):
            with override(language):
                names.add(str(title))
        if named(sorted(names), asked):
            found.append(Hit(reverse(name) + place, str(title)))
    return found[:PAGES]


def _help(user: User, query: str) -> list[Hit]:
    """What to do, then terms of the glossary."""
    asked = words.wanted(query)
    if not asked:
        return []
    page = reverse("help")
    steps = [
        Hit(f"{page}?topic={topic.id}", said(topic.title))
        for topic in topics.of(user)
        if named(topic.title.values(), asked)
    ]
    terms = [
        Hit(f"{page}#{term.id}", said(term.title), said(term.other))
        for term in glossary.terms().values()
        if named(term.title.values(), asked)
    ]
    return [*steps, *terms][:HELP]
