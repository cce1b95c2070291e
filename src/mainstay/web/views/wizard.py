"""Bring files in: check what was understood, see what would change, import. Nothing before that."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.exchange import services as exchange
from mainstay.exchange import sources
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.errors import AlreadyApplied, BadMapping, BadSourceName, UploadNotFound
from mainstay.exchange.permissions import IMPORT
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.permissions import demand, may
from mainstay.kernel.errors import MainstayError
from mainstay.ledger.services import Decisions
from mainstay.parties.permissions import MERGE
from mainstay.web import export, matches
from mainstay.web.check import (
    Check,
    Mapping_,
    chosen_mapping,
    chosen_source,
    compact,
    so_far,
)
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language, said
from mainstay.web.forms import Files
from mainstay.web.tables import commitments_apart, document_choices, kinds, table_words
from mainstay.web.views.data import overview_page

if TYPE_CHECKING:
    from mainstay.exchange.models import Upload

LARGE = 1_000_000
"""Bytes of an upload from which the page stands before the reading, so that nobody waits blind."""
LARGEST_MAP = 1 << 16
"""Bytes of a file of columns that are read at all."""


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the files and go on to the check."""
    demand(signed_in_user(request), IMPORT)
    form = Files(request.POST, request.FILES)
    if not form.is_valid():
        return overview_page(request, _("Choose a file first; it must not be empty."), 422)
    files = {name: file for name, file in form.cleaned_data.items() if file}
    try:
        kept = exchange.start_upload(signed_in_user(request), files)
    except MainstayError as error:
        return overview_page(request, error.text(language()), 422)
    return redirect("check", kept.pk)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """What the reader understood; a changed column is checked again at once. Writes nothing."""
    kept = _upload(request, upload_id)
    if kept.batch_id is not None and kept.job_id is not None:
        return redirect(job_address(kept.job_id, upload_id))
    files = kept.files.all()
    if request.method == "GET" and "now" not in request.GET and sum(f.size for f in files) > LARGE:
        return render(request, "data/reading.html", {"names": [file.name for file in files]})
    return _check_page(request, kept)


def _check_page(
    request: HttpRequest,
    kept: Upload,
    mapping: Mapping_ | None = None,
    source: str = "",
    fault: str = "",
) -> HttpResponse:
    """The check by a mapping; without one, by what was chosen so far, or by a known source."""
    recognised = ""
    if mapping is None and request.method == "POST":
        mapping, source = chosen_mapping(request.POST), chosen_source(request.POST)
    elif mapping is None:
        mapping = kept.mapping
        known = None if mapping else sources.recognise(sources.headings_of(kept))
        if known is not None:
            mapping, source, recognised = known.mapping, known.name, known.name
    context = {
        "upload": kept,
        "check": Check.of(kept, mapping),
        "words": table_words(),
        "document_choices": document_choices(),
        "apart_words": commitments_apart(),
        "source": source,
        "recognised": recognised,
        "sources": [one.name for one in sources.sources(signed_in_user(request))],
        "fault": fault,
    }
    return render(request, "data/check.html", context, status=422 if fault else 200)


@require_POST
def use_map(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Take the columns from a saved source, or from a YAML file, and check by them."""
    kept = _upload(request, upload_id)
    file, name = request.FILES.get("map"), chosen_source(request.POST)
    try:
        if file is not None:
            text = file.read(LARGEST_MAP + 1).decode("utf-8-sig")
            return _check_page(request, kept, sources.from_yaml(text, file.name or "map.yaml"))
        return _check_page(request, kept, sources.source_named(name).mapping, name)
    except UnicodeDecodeError:
        fault = _("This is no text file; choose a YAML file of columns.")
    except BadMapping as error:
        fault = " ".join(f"{said(f.message)} {said(f.remedy)}" for f in error.faults)
    except MainstayError as error:
        fault = error.text(language())
    return _check_page(request, kept, kept.mapping, fault=fault)


@require_POST
def map_file(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """The columns as they are understood now, as YAML for another installation or the terminal."""
    kept = _upload(request, upload_id)
    text = Check.of(kept, chosen_mapping(request.POST)).as_yaml()
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="columns.yaml"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def dry(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """What the import would change, in numbers and samples. Writes nothing."""
    kept = _upload(request, upload_id)
    mapping = chosen_mapping(request.POST)
    skip_bad = request.POST.get("skip_bad") == "1"
    return _dry_page(request, kept, mapping, skip_bad)


def _dry_page(
    request: HttpRequest,
    kept: Upload,
    mapping: Mapping_,
    skip_bad: bool,
    fault: str = "",
    decided: Decisions | None = None,
) -> HttpResponse:
    may_decide = may(signed_in_user(request), MERGE)
    taken = decided if decided is not None else Decisions(likely=may_decide)
    found = dry_run(kept, mapping, skip_bad=skip_bad, decisions=taken)
    asked = matches.questions(found.proposals) if may_decide else []
    context = {
        "upload": kept, "dry": found, "skip_bad": skip_bad, "kinds": kinds(),
        "mapping_json": compact(mapping), "source": chosen_source(request.POST),
        "sources": [one.name for one in sources.sources(signed_in_user(request))],
        "names": [file.name for file in kept.files.all()], "fault": fault,
        "questions": asked[: matches.SHOWN], "more_questions": len(asked[matches.SHOWN :]),
    }  # fmt: skip
    return render(request, "data/dry_run.html", context, status=422 if fault else 200)


def job_address(job_id: uuid.UUID, upload_id: uuid.UUID) -> str:
    """The page of an import's job, which knows the way back to its check."""
    return f"{reverse('job', args=[job_id])}?upload={upload_id}"


@require_POST
def faults(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Every fault the check found, as a file to work through."""
    kept = _upload(request, upload_id)
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
    """Import as the dry run showed it; remember the columns where a source was named."""
    kept = _upload(request, upload_id)
    mapping = so_far(request.POST.get("mapping", ""))
    skip_bad = request.POST.get("skip_bad") == "1"
    source, decided = chosen_source(request.POST), matches.answers(request.POST)
    if exchange.gives_way(kept) and request.POST.get("without_demo") != "1":
        fault = _("Say first that the demo company may be removed.")
        return _dry_page(request, kept, mapping, skip_bad, fault, decided)
    if "ask_repeated" in request.POST and request.POST.get("repeated") != "1":
        fault = _("Confirm first that the repeated lines are right, or mend the file.")
        return _dry_page(request, kept, mapping, skip_bad, fault, decided)
    try:
        job = exchange.apply(kept, mapping, skip_bad=skip_bad, source=source, decisions=decided)
    except BadSourceName as error:
        return _dry_page(request, kept, mapping, skip_bad, error.text(language()), decided)
    except NotAllowed as error:
        raise PermissionDenied from error
    except AlreadyApplied as error:
        messages.warning(request, error.text(language()), extra_tags="warn")
        return redirect("data")
    return redirect(job_address(job.pk, upload_id))


@require_GET
def rejects(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse | FileResponse:
    """The rows left out, with the reason of each."""
    kept = _upload(request, upload_id)
    file = exchange.open_rejects(kept)
    if file is None:
        raise Http404
    suffix = exchange.rejects_path(kept).suffix
    return FileResponse(file, as_attachment=True, filename=f"rejects-{kept.pk}{suffix}")


def _upload(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    """One's own upload; its report outlasts its files, the way through the import does not."""
    try:
        kept = exchange.upload_of(signed_in_user(request), upload_id)
    except UploadNotFound as error:
        raise Http404 from error
    if (request.method == "POST" or kept.batch_id is None) and not kept.files.exists():
        raise Http404
    return kept
