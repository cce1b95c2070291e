"""Data: bring files in, check what was understood, import, see what came of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.exchange import services as exchange
from mainstay.exchange.errors import AlreadyApplied, UploadNotFound
from mainstay.foundation import selectors as foundation
from mainstay.foundation import services as foundation_services
from mainstay.foundation.errors import JobNotFound
from mainstay.insights import selectors as insights
from mainstay.insights import services as insights_services
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import selectors as ledger
from mainstay.web import export
from mainstay.web.check import Check, chosen_mapping
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.forms import ACCEPTED, Files

LARGE = 1_000_000
"""Bytes of an upload from which the page stands before the reading, so that nobody waits blind."""


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Bring files in; the imports and the runs so far."""
    return _overview(request)


def _overview(request: HttpRequest, fault: str = "", status: int = 200) -> HttpResponse:
    user = signed_in_user(request)
    context = {
        "accepted": ACCEPTED,
        "batches": ledger.batches(user),
        "runs": insights.runs(user, size=20),
        "fault": fault,
    }
    return render(request, "data/overview.html", context, status=status)


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the files and go on to the check."""
    form = Files(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, _("Choose a sales file first; it must not be empty."), 422)
    files = {name: file for name, file in form.cleaned_data.items() if file}
    try:
        kept = exchange.start_upload(signed_in_user(request), files)
    except MainstayError as error:
        return _overview(request, error.text(language()), 422)
    return redirect("check", kept.pk)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """What the reader understood; a changed column is checked again at once. Writes nothing."""
    try:
        kept = exchange.upload_of(signed_in_user(request), upload_id)
    except UploadNotFound as error:
        raise Http404 from error
    if kept.batch_id is not None and kept.job_id is not None:
        return redirect(job_address(kept.job_id, upload_id))
    mapping = chosen_mapping(request.POST) if request.method == "POST" else kept.mapping
    files = kept.files.all()
    if request.method == "GET" and "now" not in request.GET and sum(f.size for f in files) > LARGE:
        return render(request, "data/reading.html", {"names": [file.name for file in files]})
    context = {"upload": kept, "check": Check.of(kept, mapping), "words": table_words()}
    return render(request, "data/check.html", context)


def table_words() -> dict[str, str]:
    """What each kind of file is called."""
    return {
        "lines": _("Sales lines"), "receipts": _("Receipts"), "customers": _("Customers"),
        "allocations": _("Allocations"),
    }  # fmt: skip


def job_address(job_id: uuid.UUID, upload_id: uuid.UUID) -> str:
    """The page of an import's job, which knows the way back to its check."""
    return f"{reverse('job', args=[job_id])}?upload={upload_id}"


@require_POST
def faults(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Every fault the check found, as a file to work through."""
    try:
        kept = exchange.upload_of(signed_in_user(request), upload_id)
    except UploadNotFound as error:
        raise Http404 from error
    found = Check.of(kept, chosen_mapping(request.POST))
    columns = [
        export.Column(_("File"), "text"), export.Column(_("Sheet"), "text"),
        export.Column(_("Row"), "count"), export.Column(_("Column"), "text"),
        export.Column(_("Value"), "text"), export.Column(_("What is wrong"), "text"),
        export.Column(_("What to do"), "text"),
    ]  # fmt: skip
    rows = [
        [name, fault.sheet, fault.row, fault.column, fault.value, said(fault.message),
         said(fault.remedy)]
        for name, fault in found.faults()
    ]  # fmt: skip
    return export.excel(export.Table(f"faults-{kept.pk}", _("Faults"), columns, rows))


@require_POST
def apply(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Import as checked."""
    try:
        kept = exchange.upload_of(signed_in_user(request), upload_id)
        job = exchange.apply(
            kept,
            chosen_mapping(request.POST),  # type: ignore[arg-type]
            skip_bad=request.POST.get("skip_bad") == "1",
        )
    except UploadNotFound as error:
        raise Http404 from error
    except AlreadyApplied as error:
        messages.warning(request, error.text(language()), extra_tags="warn")
        return redirect("data")
    return redirect(job_address(job.pk, upload_id))


@require_GET
def rejects(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse | FileResponse:
    """The rows left out, with the reason of each."""
    try:
        kept = exchange.upload_of(signed_in_user(request), upload_id)
    except UploadNotFound as error:
        raise Http404 from error
    file = exchange.open_rejects(kept)
    if file is None:
        raise Http404
    return FileResponse(file, as_attachment=True, filename=f"rejects-{kept.pk}.csv")


@require_GET
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """How far long work is, and its report; htmx asks for the inner part every second."""
    user = signed_in_user(request)
    try:
        info = foundation.job(user, job_id)
    except JobNotFound as error:
        raise Http404 from error
    context: dict[str, Any] = {"job": info, "lang": language(), **_ways(request)}
    if wants_fragment(request):
        if info.finished:
            response = HttpResponse(status=204)
            response.headers["HX-Refresh"] = "true"
            return response
        return fragment(request, "data/_progress.html", context)
    run = insights.headline_run(user) if info.state == "done" else None
    response = render(request, "data/job.html", context | {"run": run})
    if not info.finished:
        response.headers["Refresh"] = "30"
    return response


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
    return redirect("job", insights_services.ask_for_grades(signed_in_user(request)).pk)
