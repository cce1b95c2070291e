"""The frame around every page: navigation, search, as-of date, the reader's choices.

Most of it is the same from one page to the next. It is drawn once for all that it shows, ``Frame``,
which names everything that decides on it: so no two readers share what either of them may not see,
and a right that somebody gains or loses makes another frame.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from mainstay.foundation.company.settings import MANAGE
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.insights.permissions import DECIDE, PORTFOLIO, SCHEMES
from mainstay.ledger.permissions import BOOKS
from mainstay.parties.permissions import SEE
from mainstay.web.formatting import number
from mainstay.web.help import topics

THEMES = (("light", _("Light")), ("dark", _("Dark")), ("system", _("System")))
SECTIONS = {
    "inbox": ("inbox", _("Inbox"), ()),
    "customers": ("customers", _("Customers"), (SEE,)),
    "all-documents": ("documents", _("Documents"), (SEE,)),
    "portfolio": ("portfolio", _("Portfolio"), (PORTFOLIO,)),
    "data": ("data", _("Data"), (BOOKS,)),
    "people": ("settings", _("Settings"), (MANAGE_PEOPLE,)),
    "audit": ("check", _("Audit trail"), (READ_AUDIT,)),
    "company": ("settings", _("Settings"), (MANAGE, BOOKS)),
    "schemes": ("settings", _("Settings"), (SCHEMES, DECIDE)),
}
"""By address: icon, title and the rights of which one opens it; none: it is everybody's."""
SETTINGS = ("people", "audit", "company", "schemes")
"""Ways into the settings: the first that is open stands in the navigation."""
GRADED = ("customers", "all-documents", "portfolio")
"""Sections that show nothing before anybody was graded."""
OF_SECTION = {
    "customer": "customers", "documents": "customers", "receipts": "customers",
    "money": "customers", "orders": "customers", "deliveries": "customers",
    "same-customer": "customers", "split-customer": "customers",
    "document": "customers", "customers": "customers", "portfolio": "portfolio",
    "sales-change": "portfolio", "sales-change-customers": "portfolio",
    "moves": "portfolio", "week": "portfolio", "over-time": "portfolio", "matrix": "portfolio",
    "cohorts": "portfolio", "matrix-customers": "portfolio", "cohort-customers": "portfolio",
    "concessions": "portfolio",
    "all-documents": "all-documents",
    "data": "data", "upload": "data", "check": "data", "job": "data", "jobs": "data",
    "apply": "data", "use-map": "data", "dry-run": "data", "batch": "data",
    "batch-documents": "data",
    "quality": "data", "quality-rows": "data", "products": "data",
    "people": "people", "person": "people", "roles": "people", "role": "people",
    "territories": "people", "company": "people", "calendar": "people", "audit": "people",
    "keepers": "customers", "timeline": "customers", "hand-over": "customers",
    "handed-over": "customers",
    "contacts": "customers", "contact": "customers", "contact-known": "customers",
    "customer-history": "customers", "batch-history": "data", "person-history": "people",
    "role-history": "people", "me": "me", "second-step": "me", "inbox": "inbox", "request": "inbox",
    "inbox-choices": "inbox", "customer-path": "customers", "rates": "data", "take-back": "data",
    "customer-changes": "customers", "customer-path-pdf": "customers",
    "change-password": "me", "schemes": "people", "scheme": "people", "scheme-draft": "people",
    "scheme-studio": "people", "scheme-compare": "people",
    "backtests": "people", "backtest": "people",
    "set-class": "customers", "judge": "customers",
    "efforts": "customers", "effort-rates": "people", "waste": "portfolio",
    "policies": "people", "policy": "people", "policy-draft": "people",
    "customer-owed": "customers", "owed": "portfolio", "could-buy": "customers",
    "white-space": "portfolio", "white-space-customers": "portfolio",
    "lost": "portfolio", "customer-lost": "customers",
}  # fmt: skip
_TOKEN, _PATH = f"token-{secrets.token_hex()}", f"path-{secrets.token_hex()}"
"""Where each page puts its own form token, and the way back to itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    title: str
    href: str
    icon: str
    current: bool
    count: str


@dataclass(frozen=True, slots=True)
class Frame:
    """All that the frame shows, before it is put into words."""

    language: str
    theme: str
    route: str
    """Name of the page's address."""
    way_in: str
    """The section by which the reader comes to the settings; empty: by none."""
    sections: tuple[str, ...]
    """Those that stand in the navigation."""
    customers: int
    """Count beside them; 0: none is told."""
    unread: int
    as_of: dt.date | None
    user_name: str
    roles: str
    """What the user's roles are called."""
    company: str
    """The company's name; empty where nobody gave it one."""

    @property
    def lang(self) -> str:
        """For the ``lang`` attribute."""
        return "zh-Hans" if self.language.startswith("zh") else "en"

    @property
    def languages(self) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, name in settings.LANGUAGES]

    @property
    def themes(self) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, name in THEMES]

    @property
    def current(self) -> str:
        """The section that the page is of."""
        section = OF_SECTION.get(self.route, "")
        return self.way_in if section in SETTINGS else section

    @property
    def entries(self) -> list[Entry]:
        counts = {"customers": self.customers, "inbox": self.unread}
        return [
            Entry(
                str(SECTIONS[name][1]), reverse(name), SECTIONS[name][0], name == self.current,
                number(count) if (count := counts.get(name, 0)) else "",
            )
            for name in self.sections
        ]  # fmt: skip

    @property
    def help(self) -> str:
        """Where the «?» leads: to help about this page, where there is some."""
        asked = f"?about={self.route}" if self.route in topics.routes() else ""
        return reverse("help") + asked

    def nav(self, path: str, token: str) -> Markup:
        """The navigation of a page with its own path and form token."""
        whole = _drawn(self)[0]
        own = whole.replace(_PATH, conditional_escape(path)).replace(_TOKEN, str(token))
        return Markup(own)  # noqa: S704  a template of ours, and what was escaped

    def top(self) -> Markup:
        return _drawn(self)[1]

    def tabbar(self) -> Markup:
        return _drawn(self)[2]


@lru_cache(maxsize=500)
def _drawn(frame: Frame) -> tuple[Markup, Markup, Markup]:
    """Navigation, head and the phone's bar; the language is the one that is active."""
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    parts = environment.get_template("components/frame.html").module
    token = Markup(_TOKEN)  # noqa: S704  ours
    return parts.nav(frame, _PATH, token), parts.top(frame), parts.tabbar(frame)


def sections(user: User, *, graded: bool) -> tuple[str, ...]:
    """The sections that stand in the user's navigation."""
    way = way_in(user)
    return tuple(
        name
        for name, (_icon, _title, rights) in SECTIONS.items()
        if (name == way if name in SETTINGS else not rights or any(may(user, r) for r in rights))
        and (graded or name not in GRADED)
    )


def way_in(user: User) -> str:
    """The section by which somebody comes to the settings; empty: by none."""
    ways = (name for name in SETTINGS if any(may(user, right) for right in SECTIONS[name][2]))
    return next(ways, "")
