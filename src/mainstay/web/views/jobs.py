"""Jobs: what runs, waits and has ended, what runs by the clock; one of them, and ending it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mainstay.exchange import services as exchange
from mainstay.exchange.errors import UploadNotFound
from mainstay.foundation import schedule, selectors, services
from mainstay.foundation.errors import JobNotFound
from mainstay.foundation.jobs import kinds
from mainstay.foundation.models import User
from mainstay.foundation.permissions import SEE_ALL_JOBS, may, reach
from mainstay.foundation.selectors import JobInfo
from mainstay.foundation.trail.selectors import VERIFY
from mainstay.insights import selectors as insights
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio.growth import KIND as BRIDGE
from mainstay.insights.portfolio.white import KIND as WHITE
from mainstay.ledger import selectors as ledger
from mainstay.ledger.permissions import BOOKS
from mainstay.web import work
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, moment
from mainstay.web.listing import Column, Listing, Whole, addressed, answer

OPEN = "open"
"""The choice of what waits and what runs."""
ENDED = ("done", "failed", "cancelled")
SHOWN = 50
"""Jobs that wait or run that the page shows."""


@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """Everything in the queue and out of it. While something runs, htmx asks anew for that part;
    once a job of it has ended, for the whole page.
    """
    user, given = signed_in_user(request), request.GET
    kind = given.get("kind", "") if given.get("kind") in kinds() else ""
    state = given.get("state", "") if given.get("state") in (OPEN, *ENDED) else ""
    chosen: dict[str, Any] = {"kinds": [kind] if kind else (), "upkeep": bool(kind)}
    address = addressed(reverse("jobs"), kind=kind, state=state)
    running = () if state in ENDED else _under_way(user, chosen)
    context: dict[str, Any] = {
        "running": running, "live": any(job.at_work for job in running), "words": work.kind_words(),
        "states": work.state_words(), "work": work, "lang": language(),
        "poll": addressed(reverse("jobs"), kind=kind, state=state, poll="1",
                          shown=" ".join(str(job.id) for job in running)),
    }  # fmt: skip
    if wants_fragment(request) and "shown" in given:
        if {str(job.id) for job in running} >= set(given["shown"].split()):
            return fragment(request, "data/_under_way.html", context)
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    context |= {
        "kind": kind,
        "state": state,
        "everybody": may(user, SEE_ALL_JOBS),
        "kinds": sorted(context["words"].items(), key=lambda pair: pair[1]),
        "schedules": schedule.standings(user) if may(user, SEE_ALL_JOBS) else [],
    }
    return answer(request, _ended(user, state, chosen, address), "data/jobs.html", context)


def _under_way(user: User, chosen: dict[str, Any]) -> list[JobInfo]:
    """What runs, then what waits, the oldest first."""
    found = selectors.jobs(user, size=SHOWN, states=("queued", "running"), **chosen).rows
    return sorted(found, key=lambda job: (job.state != "running", job.created_at))


def _ended(user: User, state: str, chosen: dict[str, Any], address: str) -> Listing:
    """The list of what has ended."""
    words, states = work.kind_words(), work.state_words()

    def read(after: str | None, size: int) -> Any:
        if state == OPEN:
            return Whole(())
        wanted = (state,) if state else ENDED
        return selectors.jobs(user, after, size, states=wanted, **chosen)

    columns = [
        Column(_("What"), "text", lambda j: words.get(j.kind, j.kind),
               lambda j: reverse("job", args=[j.id]),
               below=lambda j: moment(localtime(j.created_at))),
        Column(_("Who"), "text", lambda j: j.owner or _("the system"), wide=True),
        Column(_("Asked for"), "moment", lambda j: j.created_at, wide=True),
        Column(_("Took"), "text", work.took, wide=True),
        Column(_("State"), "text", lambda j: states[j.state], wide=True,
               tone=lambda j: "bad" if j.state == "failed" else ""),
        Column(_("Outcome"), "text", work.outcome),
        Column(_("What it made"), "text", lambda j: work.made(j, user)[0],
               lambda j: work.made(j, user)[1] or None),
    ]  # fmt: skip
    return Listing(_("Ended"), columns, read, address, "jobs")


@require_GET
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """How far long work is, and its report; htmx asks for the inner part every second."""
    user = signed_in_user(request)
    try:
        info = selectors.job(user, job_id)
    except JobNotFound as error:
        raise Http404 from error
    poll = addressed(
        reverse("job", args=[job_id]), upload=request.GET.get("upload"), poll="1"
    )  # fmt: skip
    context: dict[str, Any] = {
        "job": info, "what": work.kind_words().get(info.kind, info.kind), "lang": language(),
        "left": work.time_left(info), "poll": poll,
        **_ways(request),
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
    if info.state == "done" and info.kind == BRIDGE and may(user, PORTFOLIO):
        periods = dict(sorted((info.report or {}).items()))
        return redirect(addressed(reverse("sales-change"), **periods))
    if info.state == "done" and info.kind == WHITE and may(user, PORTFOLIO):
        return redirect("white-space")
    run = insights.headline_run(user) if info.state == "done" else None
    context |= {"run": run, "took_in": _took_in(user, info)}
    response = render(request, "data/job.html", context)
    if not info.finished:
        response.headers["Refresh"] = f"30; url={poll}"
    return response


def _took_in(user: User, info: JobInfo) -> dict[str, Any]:
    """What an import took in and what it says was received, in the company's currency and minor
    units, for whom the books are open or who brought the files; empty without such amounts.
    """
    report = info.report or {}
    if info.kind != "exchange.apply" or not isinstance(report.get("net_new"), int):
        return {}
    if not (info.own or reach(user, BOOKS).company):
        return {}
    currency, exponent = ledger.books_currency()
    return {
        "net_new": report["net_new"], "received": report.get("receipts_amount_new", 0),
        "currency": currency, "exponent": exponent,
    }  # fmt: skip


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
    """Ask a job to stop; back to the list where that asked."""
    try:
        services.cancel(signed_in_user(request), job_id)
    except JobNotFound as error:
        raise Http404 from error
    return HttpResponseRedirect(
        reverse("jobs") if "list" in request.POST else reverse("job", args=[job_id])
    )
