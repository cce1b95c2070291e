"""Settings: the schemes customers are graded by, one of them with its versions, and a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.foundation.permissions import demand, may
from mainstay.insights.errors import NoSuchScheme
from mainstay.insights.permissions import DECIDE, SCHEMES
from mainstay.insights.schemes import changing
from mainstay.insights.selectors import schemes as selectors
from mainstay.insights.selectors.schemes import STEPS
from mainstay.kernel.errors import MainstayError
from mainstay.parties.selectors import sees_everything
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, reason, whole
from mainstay.web.grades import Badges
from mainstay.web.schemes import scheme_words
from mainstay.web.studio import definitions
from mainstay.web.studio.differences import differences


def state_words() -> dict[str, str]:
    """What a scheme's state is called."""
    return {
        selectors.RUNS: _("in use"), selectors.WAITING: _("from its day"),
        selectors.DRAFT: _("draft"), selectors.SIMULATED: _("tried"),
        selectors.PROPOSED: _("proposed"), selectors.RETIRED: _("taken out of use"),
        selectors.AVAILABLE: _("not in use"),
    }  # fmt: skip


@require_GET
def schemes(request: HttpRequest) -> HttpResponse:
    """Every scheme, and which are in use."""
    user = signed_in_user(request)
    lines = selectors.schemes(user)
    context = {
        "lines": lines, "states": state_words(),
        "may_compare": may(user, SCHEMES) or may(user, DECIDE),
        "badges": {line.scheme.name: Badges(line.run) for line in lines if line.run},
    }  # fmt: skip
    return render(request, "settings/schemes.html", context)


@require_http_methods(["GET", "POST"])
def scheme(request: HttpRequest, name: str) -> HttpResponse:
    """One scheme: what it says, its versions, and what may be decided on it."""
    user, fault = signed_in_user(request), ""
    try:
        versions = selectors.scheme_versions(user, name)
    except NoSuchScheme as error:
        raise Http404 from error
    asked = whole(request.GET.get("version"))
    line = next((one for one in versions if one.scheme.version == asked), versions[0])
    if request.method == "POST":
        demand(user, SCHEMES)
        try:
            messages.success(request, _change(request, line))
            return redirect("scheme", name)
        except MainstayError as error:
            fault = error.text(language())
    earlier = [one for one in versions if one.scheme.version < line.scheme.version]
    than = next((one for one in versions if one.scheme.version == whole(request.GET.get("than"))),
                next(iter(earlier), None))  # fmt: skip
    context: dict[str, Any] = {
        "than": than, "changes": differences(than.scheme, line.scheme) if than else [],
        "steps": STEPS, "line": line, "versions": versions, "states": state_words(), "fault": fault,
        "words": scheme_words(line.scheme), "may_propose": may(user, SCHEMES),
        "may_replay": sees_everything(user, SCHEMES), "today": localdate(),
        "given": request.POST if fault else {},
        "badges": Badges(line.run) if line.run else None,
    }  # fmt: skip
    return render(request, "settings/scheme.html", context, status=422 if fault else 200)


def _change(request: HttpRequest, line: selectors.SchemeLine) -> str:
    """What the form asks for; how it was taken."""
    since = day(request.POST.get("since")) or localdate()
    wanted = {
        "do": request.POST.get("do", ""), "scheme": line.scheme.name,
        "version": line.scheme.version, "since": since.isoformat(),
    }  # fmt: skip
    asked = changing.change(signed_in_user(request), wanted, reason(request.POST))
    if asked is not None:
        return _("Asked for. Who decides is told.")
    return _("Done. Everybody is graded anew.")


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """A new version of a company's own scheme, or an own one made from a preset."""
    user, fault = signed_in_user(request), ""
    demand(user, SCHEMES)
    try:
        line = selectors.scheme_versions(user, name)[0]
    except NoSuchScheme as error:
        raise Http404 from error
    written = (
        definitions.as_text(definitions.begin(line))
        if request.method == "GET"
        else request.POST.get("written", "")
    )
    if request.method == "POST":
        try:
            row = changing.save_draft(
                user, definitions.from_text(written), request.POST.get("note", "")
            )
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("Saved as a draft. Nobody is graded by it yet."))
            return redirect("scheme", row.name)
    context = {
        "line": line, "written": written, "fault": fault, "note": request.POST.get("note", ""),
    }  # fmt: skip
    return render(request, "settings/scheme_draft.html", context, status=422 if fault else 200)
