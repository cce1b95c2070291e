"""Data: the imports and gradings so far, and how far long work is."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mainstay.exchange import services as exchange
from mainstay.exchange.errors import UploadNotFound
from mainstay.foundation import selectors as foundation
from mainstay.foundation import services as foundation_services
from mainstay.foundation.errors import JobNotFound
from mainstay.foundation.selectors import JobInfo
from mainstay.foundation.trail.selectors import VERIFY
from mainstay.insights import selectors as insights
from mainstay.insights import services as insights_services
from mainstay.ledger import selectors as ledger
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, number
from mainstay.web.forms import ACCEPTED
from mainstay.web.views.imports import states

TELLING = 0.05
"""Share of the work after which its speed tells how long the rest takes."""


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Bring files in; the imports and the runs so far."""
    return overview_page(request)


def overview_page(request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
    """The page Data, with what was wrong with files just brought."""
    user = signed_in_user(request)
    context = {
        "accepted": ACCEPTED,
        "batches": ledger.batches(user),
        "states": states(),
        "interrupted": exchange.interrupted(),
        "check": ledger.last_check(user),
        "runs": insights.runs(user, size=20),
        "behind": insights.behind(user),
        "fault": fault,
    }
    return render(request, "data/overview.html", context, status=status)


@require_GET
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """How far long work is, and its report; htmx asks for the inner part every second."""
    user = signed_in_user(request)
    try:
        info = foundation.job(user, job_id)
    except JobNotFound as error:
        raise Http404 from error
    context: dict[str, Any] = {
        "job": info, "lang": language(), "left": time_left(info), **_ways(request)
    }  # fmt: skip
    if wants_fragment(request):
        if info.finished:
            response = HttpResponse(status=204)
            response.headers["HX-Refresh"] = "true"
            return response
        return fragment(request, "data/_progress.html", context)
    if info.state == "done" and info.kind == VERIFY:
        return redirect("audit")
    if info.state == "done" and info.kind == "exchange.undo":
        return redirect("batch", (info.report or {})["batch"])
    run = insights.headline_run(user) if info.state == "done" else None
    currency, exponent = ledger.books_currency()
    context |= {"run": run, "currency": currency, "exponent": exponent}
    response = render(request, "data/job.html", context)
    if not info.finished:
        response.headers["Refresh"] = "30"
    return response


def time_left(info: JobInfo) -> str:
    """How long the rest takes at the speed of this part of the work; empty while nothing tells."""
    if info.state != "running" or info.stage_at is None or info.total <= info.stage_done:
        return ""
    share = (info.done - info.stage_done) / (info.total - info.stage_done)
    if not TELLING <= share < 1:
        return ""
    gone = (timezone.now() - info.stage_at).total_seconds()
    left = gone * (1 - share) / share
    if left < 60:
        seconds = max(1, round(left))
        return ngettext(
            "about %(num)s second left", "about %(num)s seconds left", seconds
        ) % {"num": number(seconds)}  # fmt: skip
    minutes = round(left / 60)
    return ngettext("about %(num)s minute left", "about %(num)s minutes left", minutes) % {
        "num": number(minutes)
    }


def _ways(request: HttpRequest) -> dict[str, Any]:
    """Back to the check of an import, and its rows left out."""
    ways = {"check_url": "", "rejects_url": ""}
    try:
        upload_id = uuid.UUID(request.GET["upload"])
        kept = exchange.upload_of(signed_in_user(request), upload_id)
    except (KeyError, ValueError, UploadNotFound):
        return ways
    if kept.fault_count:
        ways["rejects_url"] = reverse("rejects", args=[upload_id])
    if kept.batch_id is None:
        ways["check_url"] = reverse("check", args=[upload_id])
    return ways


@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask one's own job to stop."""
    try:
        foundation_services.cancel(signed_in_user(request), job_id)
    except JobNotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("job", args=[job_id]))


@require_POST
def grade_again(request: HttpRequest) -> HttpResponse:
    """Grade everybody anew as of the latest document."""
    return redirect("job", insights_services.regrade(signed_in_user(request)).pk)
