"""Portfolio › The week: what moved since a week ago, whom to talk to; the same on paper."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights.errors import NotGraded
from mainstay.insights.schemes.placing import DOWN, UP
from mainstay.insights.selectors.moves import CAME, WENT
from mainstay.insights.selectors.week import FELL, OVERDUE, SILENT, Concern, Week
from mainstay.insights.selectors.week import week as read
from mainstay.insights.week_sheet import sheet
from mainstay.insights.week_words import reason
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language, said
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed

NEXT = {FELL: "customer-changes", SILENT: "efforts", OVERDUE: "money"}
"""Where a concern is looked into: what changed, the contacts so far, what is owed."""


@require_GET
def week(request: HttpRequest) -> HttpResponse:
    """The page."""
    try:
        found = read(signed_in_user(request))
    except NotGraded:
        return redirect("start")
    return render(request, "portfolio/week.html", _context(found))


@require_GET
def as_pdf(request: HttpRequest) -> HttpResponse:
    """The same on paper, in the reader's language."""
    try:
        found = read(signed_in_user(request))
    except NotGraded as error:
        raise Http404 from error
    response = HttpResponse(sheet(found, language()), content_type="application/pdf")
    response.headers["Content-Disposition"] = (
        f'inline; filename="mainstay-week-{found.run.as_of:%Y-%m-%d}.pdf"'
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _context(found: Week) -> dict[str, Any]:
    run, before = found.run, found.before
    asked = {"scheme": run.scheme, "now": f"{run.as_of:%Y-%m-%d}"}
    if before:
        asked["then"] = f"{before.as_of:%Y-%m-%d}"
    words = {UP: _("Up"), DOWN: _("Down"), CAME: _("New"), WENT: _("Gone")}
    ways = [
        (text, found.moves.count(way), found.moves.net(way),
         addressed(reverse("moves"), **asked, way=way) + "#who")
        for way, text in words.items()
    ]  # fmt: skip
    return {
        "found": found, "run": run, "before": before, "ways": ways, "badge": Badges(run),
        "was": Badges(before), "name": shown_name,
        "why": lambda concern: said(reason(concern, run)), "leads": _leads,
        "moves": addressed(reverse("moves"), **asked),
    }  # fmt: skip


def _leads(code: str, concern: Concern) -> str:
    return reverse(NEXT[concern.kind], args=[code])
