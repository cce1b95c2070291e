"""What would lift a customer: the part of its page that htmx asks for, a page, and a PDF."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights.errors import CustomerNotFound, NotGraded, TargetDayNotValid
from mainstay.insights.path_sheet import sheet
from mainstay.insights.selectors.paths import CustomerPaths, Move, paths
from mainstay.web import given
from mainstay.web.books import head_of, heading
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import exactly, language, quantity
from mainstay.web.grades import Badges
from mainstay.web.listing import now_at


@require_GET
def lifting(request: HttpRequest, code: str) -> HttpResponse:
    """The ways up and down under ``?scheme=``, the headline's without one, by the day ``?by=``,
    that of the newest grading without one.
    """
    user, scheme, fault = signed_in_user(request), request.GET.get("scheme", ""), ""
    try:
        try:
            found = paths(user, code, scheme, given.day(request.GET.get("by")))
        except TargetDayNotValid as error:
            fault = error.text(language())
            found = paths(user, code, scheme)
    except (CustomerNotFound, NotGraded) as error:
        raise Http404 from error
    if wants_fragment(request):
        response = fragment(request, "customers/_path.html", {"code": code, **context(found)})
    else:
        detail = head_of(request, code)
        if detail.code != code:
            return now_at(request, detail.code)
        about = {"code": code, **heading(detail, "lifting"), "fault": fault, **context(found)}
        response = render(request, "customers/path.html", about)
    response.headers["Vary"] = "HX-Request"
    return response


@require_GET
def as_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same as one page of paper, in the reader's language."""
    try:
        found = paths(
            signed_in_user(request), code, request.GET.get("scheme", ""),
            given.day(request.GET.get("by")),
        )  # fmt: skip
    except (CustomerNotFound, NotGraded, TargetDayNotValid) as error:
        raise Http404 from error
    response = HttpResponse(sheet(found, language()), content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="path.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def context(found: CustomerPaths) -> dict[str, object]:
    """What the template reads."""
    run = found.run

    def figure(move: Move, value: float) -> str:
        return exactly(value, move.unit, run.currency, run.exponent)

    def by(move: Move) -> str:
        sign = "+" if move.delta > 0 else "−"
        if move.unit == "ratio":
            points = quantity(abs(move.delta) * 100)
            return sign + _("%(points)s points") % {"points": points}
        return sign + figure(move, abs(move.delta))

    return {"found": found, "run": run, "badge": Badges(run), "figure": figure, "by": by}
