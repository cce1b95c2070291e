"""The audit trail: who did what, when and why; how far it is sealed, and whether it is whole."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mainstay.foundation.subjects import path_of
from mainstay.foundation.trail import selectors as trail
from mainstay.foundation.trail.jobs import ask
from mainstay.web.actions import action_words
from mainstay.web.context import signed_in_user
from mainstay.web.formatting import moment
from mainstay.web.listing import Column, Listing, addressed, answer


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The entries, newest first; filtered by who, what and when."""
    user, words, given = signed_in_user(request), action_words(), request.GET
    who, action = given.get("who", ""), given.get("action", "")
    asked = trail.Asked(
        actor=int(who) if who.isascii() and who.isdigit() else None,
        actions=(action,) if action in words else (),
        since=_day(given.get("since")), until=_day(given.get("until")),
    )  # fmt: skip

    def read(after: str | None, size: int) -> Any:
        return trail.entries(user, asked, after, size)

    columns = [
        Column(_("When"), "text", lambda e: moment(localtime(e.at))),
        Column(_("Who"), "text", lambda e: e.actor or _("the system")),
        Column(_("What"), "text", lambda e: words.get(e.action, e.action)),
        Column(_("To what"), "text", lambda e: e.subject, lambda e: path_of(e.subject), wide=True),
        Column(_("Reason"), "text", lambda e: e.reason, wide=True),
        Column(_("Details"), "text", lambda e: _details(e.facts), wide=True, quiet=True),
    ]
    listing = Listing(
        _("Audit trail"), columns, read,
        addressed(reverse("audit"), **{name: given.get(name, "") for name in
                                       ("who", "action", "since", "until")}),
        "audit", "", 2,
    )  # fmt: skip
    context = {
        "sealing": trail.sealing_state(user), "proof": trail.last_verification(user),
        "people": trail.actors(), "words": sorted(words.items(), key=lambda pair: pair[1]),
        "given": {name: given.get(name, "") for name in ("who", "action", "since", "until")},
    }  # fmt: skip
    return answer(request, listing, "settings/audit.html", context)


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Prove the trail once more, as a job."""
    return redirect("job", ask(signed_in_user(request)).pk)


def _details(facts: dict[str, Any]) -> str:
    """Plain facts in one line; long ones are cut."""
    parts = [
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in facts.items()
        if value not in ("", [], {}, None)
    ]
    text = " · ".join(parts)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


SHOWN = 140
"""Characters of an entry's facts that the list shows."""


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None
