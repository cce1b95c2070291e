"""What changed for a customer since the grading before: the part of its page, and a page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights.errors import CustomerNotFound, NotGraded
from mainstay.insights.records import Criterion
from mainstay.insights.selectors.changes import Changes, Event, changes
from mainstay.web.books import head_of, heading
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import metric, number, percent, said
from mainstay.web.grades import Badges
from mainstay.web.listing import now_at


@require_GET
def changed(request: HttpRequest, code: str) -> HttpResponse:
    """Under ``?scheme=``, the headline's without one."""
    try:
        found = changes(signed_in_user(request), code, request.GET.get("scheme", ""))
    except (CustomerNotFound, NotGraded) as error:
        raise Http404 from error
    if wants_fragment(request):
        response = fragment(request, "customers/_changes.html", {"code": code, **context(found)})
    else:
        detail = head_of(request, code)
        if detail.code != code:
            return now_at(request, detail.code)
        about = {"code": code, **heading(detail, "changes"), **context(found)}
        response = render(request, "customers/changes.html", about)
    response.headers["Vary"] = "HX-Request"
    return response


def context(found: Changes) -> dict[str, object]:
    """What the template reads."""
    run = found.run

    def shown(one: Criterion | None) -> str:
        if one is None:
            return "–"
        if one.unit == "level":
            return said(one.text)
        return metric(one.value, one.unit, run.currency, run.exponent, one.metric)

    return {
        "found": found, "run": run, "shown": shown, "badge": Badges(run),
        "badge_then": Badges(found.before), "events": [spoken(one) for one in found.events],
    }  # fmt: skip


def spoken(event: Event) -> str:
    """What happened beside the figures, in the reader's language."""
    facts = event.facts
    match event.code:
        case "version":
            return _("The scheme changed from version %(was)s to %(now)s.") % facts
        case "guard_now":
            return _("The guard «%(title)s» holds it now.") % {"title": said(facts["title"])}
        case "guard_gone":
            return _("The guard «%(title)s» holds it no more.") % {"title": said(facts["title"])}
        case "set":
            return _("Somebody set the class, until %(until)s.") % facts
        case "unset":
            return _("The class that somebody set has ended.")
        case "held":
            return ngettext(
                "The figures say another class since %(num)s grading; it counts after %(of)s.",
                "The figures say another class since %(num)s gradings; it counts after %(of)s.",
                facts["runs"],
            ) % {"num": number(facts["runs"]), "of": number(facts["of"])}  # fmt: skip
        case "rank":
            return _(
                "Its own figure stood still; others moved: rank %(was)s of %(was_of)s became "
                "%(now)s of %(of)s."
            ) % {name: number(value) for name, value in facts.items()}
        case "share":
            return _("Larger customers held %(was)s of the whole then, and hold %(now)s now.") % {
                name: percent(value, 2) for name, value in facts.items()
            }
    raise AssertionError(event.code)
