"""The studio of a scheme: its definition as controls, and beside them what it would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import NoSuchScheme, SchemeNameTaken
from mainstay.insights.permissions import SCHEMES
from mainstay.insights.schemes import changing, in_use, placing, simulating
from mainstay.insights.selectors import comparing
from mainstay.insights.selectors import schemes as selectors
from mainstay.kernel.errors import MainstayError
from mainstay.web import preview
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.given import whole
from mainstay.web.studio import definitions, paths, shape
from mainstay.web.studio.controls import Sheet, place_of
from mainstay.web.studio.faults import Fault, checked

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

LONGEST = 200_000
"""Characters of a definition that are read."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A definition somebody works on."""

    of: selectors.SchemeLine
    """The version it began as."""
    definition: dict[str, Any]
    rival: Scheme | None
    """What it is compared with; ``None`` before anything is in use."""


@require_http_methods(["GET", "POST"])
def studio(request: HttpRequest, name: str) -> HttpResponse:
    """The controls and their consequences; saving a draft. ``do`` says what a button asks for;
    htmx alone asks for the consequences only.
    """
    user = signed_in_user(request)
    demand(user, SCHEMES)
    line = _line(user, name, request)
    if request.method == "GET":
        return _page(request, _work(line, definitions.begin(line), request.GET))
    form, do = request.POST, request.POST.get("do", "")
    if do == "controls":
        try:
            definition = definitions.from_text(form.get("written", "")[:LONGEST])
        except MainstayError as error:
            return _as_text(request, line, form.get("written", ""), error.text(language()))
    else:
        base = _base(form.get("definition", ""))
        definition = paths.read(base, form.dict().items())
        shape.conform(definition, base)
    shape.act(definition, do)
    work = _work(line, definition, form)
    if do == "text":
        return _as_text(request, line, definitions.as_text(definition), "")
    if do == "save":
        return _save(request, work)
    if not do and wants_fragment(request):
        context = _context(request, work) | {"oob": True}
        return fragment(request, "settings/_studio_preview.html", context)
    return _page(request, work)


def _line(user: User, name: str, request: HttpRequest) -> selectors.SchemeLine:
    try:
        versions = selectors.scheme_versions(user, name)
    except NoSuchScheme as error:
        raise Http404 from error
    asked = whole(request.GET.get("version"))
    return next((one for one in versions if one.scheme.version == asked), versions[0])


def _base(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text[:LONGEST])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadRequest("the form lacks the definition it began with")
    return found


def _work(
    line: selectors.SchemeLine, definition: dict[str, Any], asked: Mapping[str, str]
) -> _Work:
    running = {one.name: one for one in in_use.in_use()}
    rival = running.get(asked.get("against", ""))
    if rival is None and running:
        rival = placing.usual_rival(str(definition.get("name", "")), line.scheme)
    return _Work(line, definition, rival)


def _context(
    request: HttpRequest, work: _Work, faults: tuple[Fault, ...] = (), fault: str = ""
) -> dict[str, Any]:
    """Controls, faults and consequences of a definition."""
    scheme, found = checked(work.definition)
    found += faults
    if work.definition.get("name") in {one.name for one in in_use.presets()}:
        taken = SchemeNameTaken(scheme=str(work.definition["name"]))
        found += (Fault("name", taken.text(language())),)
    rival = work.rival
    was = rival.definition() if rival and definitions.alike(work.definition, rival) else None
    sections = Sheet(work.definition, was).sections(found)
    tried, untried = None, fault
    if scheme is not None and rival is not None:
        tried, untried = preview.tried(
            signed_in_user(request), scheme, rival, request.POST.get("all", "")
        )
    return {
        "line": work.of, "definition": json.dumps(work.definition, ensure_ascii=False),
        "title": said(work.definition.get("title")) or work.of.scheme.name,
        "sections": sections, "rival": rival,
        "faults": [(*place_of(sections, fault.at), fault.text) for fault in found],
        "marked": was is not None,
        "rivals": [(one.name, f"{said(one.title.model_dump())} {one.label}")
                   for one in in_use.in_use()],
        "preview": tried, "untried": untried, "note": request.POST.get("note", ""),
        "hidden_parts": definitions.not_shown(work.definition), "oob": False,
    }  # fmt: skip


def _page(
    request: HttpRequest, work: _Work, faults: tuple[Fault, ...] = (), status: int = 200
) -> HttpResponse:
    return render(
        request, "settings/studio.html", _context(request, work, faults), status=status
    )  # fmt: skip


def _as_text(
    request: HttpRequest, line: selectors.SchemeLine, written: str, fault: str
) -> HttpResponse:
    context = {"line": line, "written": written, "fault": fault, "note": ""}
    return render(request, "settings/scheme_draft.html", context, status=422 if fault else 200)


def _save(request: HttpRequest, work: _Work) -> HttpResponse:
    """Keep the draft, and note what it would change where it can be tried."""
    user, (scheme, _faults) = signed_in_user(request), checked(work.definition)
    if scheme is None:
        return _page(request, work, status=422)
    try:
        row = changing.save_draft(user, scheme.definition(), request.POST.get("note", ""))
    except SchemeNameTaken:
        return _page(request, work, status=422)
    except MainstayError as error:
        return _page(request, work, (Fault("", error.text(language())),), status=422)
    told = _("Saved as a draft. Nobody is graded by it yet.")
    why = preview.failing(lambda: simulating.simulate(user, row, work.of.scheme))
    messages.success(request, f"{told} {why}" if why else told)
    return redirect(f"{reverse('scheme', args=[row.name])}?version={row.number}")


@require_http_methods(["GET"])
def compare(request: HttpRequest) -> HttpResponse:
    """Any two schemes: a matrix of their classes, and who is in which."""
    user = signed_in_user(request)
    comparing.demand_studio(user)
    choices = selectors.every_version(user)
    ways = {one.label: one for one in choices}
    left, right = _chosen(request, ways)
    cell = (request.GET.get("from"), request.GET.get("to"))
    first = max(whole(request.GET.get("first")) or 0, 0)
    wanted = comparing.Wanted(
        cell=(cell[0], cell[1]) if cell[0] is not None and cell[1] is not None else None,
        first=first, size=preview.PAGE, together=True,
    )  # fmt: skip
    found, why = preview.compared(user, left, right, wanted)
    context = {
        "choices": [(label, f"{said(one.title.model_dump())} · {label}")
                    for label, one in ways.items()],
        "left": left, "right": right, "found": found, "why": why, "cell": wanted.cell,
        "first": first, "page": preview.PAGE,
    }  # fmt: skip
    return render(request, "settings/schemes_compare.html", context)


def _chosen(request: HttpRequest, ways: Mapping[str, Scheme]) -> tuple[Scheme, Scheme]:
    """The two asked for; else the scheme that heads the pages, and the next one in use."""
    running = in_use.in_use()
    heads = in_use.heading({one.name for one in running})
    usual = sorted(running, key=lambda one: one.name != heads) or list(ways.values())
    left = ways.get(request.GET.get("left", ""), usual[0])
    others = [one for one in usual if one.label != left.label]
    right = ways.get(request.GET.get("right", ""), others[0] if others else left)
    return left, right
