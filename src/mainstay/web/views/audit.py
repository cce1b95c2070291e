"""The audit trail: who did what, when and why; how far it is sealed, and whether it is whole."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mainstay.foundation.permissions import READ_AUDIT, demand_company
from mainstay.foundation.trail import selectors as trail
from mainstay.foundation.trail.jobs import ask
from mainstay.parties.selectors import sees_cost
from mainstay.web import picking
from mainstay.web.actions import action_words, group_words, of_group
from mainstay.web.context import fragment, signed_in_user
from mainstay.web.decisions import tell
from mainstay.web.given import day, whole
from mainstay.web.listing import Column, Listing, Whole, addressed, answer

FILTERS = ("who", "action", "subject", "since", "until")


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The entries, newest first; filtered by who, what, to what and when."""
    user, words = signed_in_user(request), action_words()
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    who, action, people = given["who"], given["action"], trail.actors()
    named = picking.read(user, given["subject"]) if given["subject"] else None
    asked = trail.Asked(
        actor=whole(who),
        actions=(action,) if action in words else of_group(action),
        subjects=named.subjects if named else (),
        since=day(given["since"]), until=day(given["until"]),
    )  # fmt: skip

    def read(after: str | None, size: int) -> Whole:
        page = trail.entries(user, asked, after, size)
        told = tell(user, page.rows, cost=sees_cost(user), whole=True)
        return Whole(told, page.next_cursor)

    address = addressed(reverse("audit"), **given)
    listing = Listing(_("Audit trail"), entry_columns(subject=True), read, address, "audit")
    context = {
        "sealing": trail.sealing_state(user), "proof": trail.last_verification(user),
        "people": people, "given": given, "named": named.shown if named else "",
        "narrowed": [*filter(None, (
            _("the system") if who == "0" else dict(people).get(whole(who) or 0, ""),
            words.get(action) or group_words().get(action, ""), given["since"], given["until"],
        ))],
        "groups": [
            (group, title, [(name, words[name]) for name in of_group(group)])
            for group, title in group_words().items()
        ],
    }  # fmt: skip
    return answer(request, listing, "settings/audit.html", context)


@require_GET
def subjects(request: HttpRequest) -> HttpResponse:
    """What can be picked for what is typed so far."""
    user = signed_in_user(request)
    demand_company(user, READ_AUDIT)
    text = request.GET.get("subject", "")[:200]
    return fragment(request, "settings/_subjects.html", {"offers": picking.offers(user, text)})


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Prove the trail once more, as a job."""
    return redirect("job", ask(signed_in_user(request)).pk)


def entry_columns(*, subject: bool) -> list[Column]:
    """The columns of a list of entries (``decisions.Told``); one record's needs no ``subject``."""
    of_what = [
        Column(_("To what"), "text", lambda e: e.subject, lambda e: e.href, wide=True, room="some")
    ]
    return [
        Column(_("Seal"), "count", lambda e: e.sequence, wide=True, quiet=True),
        Column(_("When"), "moment", lambda e: e.at),
        Column(_("Who"), "text", lambda e: e.who, room="line"),
        Column(_("What"), "text", lambda e: e.what, room="some",
               below=lambda e: " · ".join(filter(None, (
                   e.subject if subject else "", e.details, e.reason, e.seal)))),
        *(of_what if subject else []),
        Column(_("Details"), "text", lambda e: e.details, wide=True, quiet=True),
        Column(_("Reason"), "text", lambda e: e.reason, wide=True, room="some"),
    ]  # fmt: skip
