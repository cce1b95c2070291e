"""Settings: what each class is owed, by scheme: versions, what they cost, a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.permissions import demand, may
from mainstay.kernel.errors import MainstayError
from mainstay.policies import changing, rules, selectors
from mainstay.policies.errors import NoSuchPolicy
from mainstay.policies.permissions import PROPOSE
from mainstay.web import policies as words
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, reason, whole
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed


@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """Every scheme in use, and what its classes are owed."""
    user = signed_in_user(request)
    context = {
        "lines": selectors.policies(user), "states": words.state_words(),
        "may_propose": may(user, PROPOSE), "starts": rules.starts(),
    }  # fmt: skip
    return render(request, "settings/policies.html", context)


@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """One version as a table of classes and benefits, its cost, and what may be decided on it."""
    user, fault = signed_in_user(request), ""
    versions = selectors.versions(user, name)
    if not versions:
        raise Http404
    asked = whole(request.GET.get("version"))
    running = next((one for one in versions if one.state == selectors.IN_FORCE), versions[0])
    line = next((one for one in versions if one.number == asked), running)
    if request.method == "POST":
        demand(user, PROPOSE)
        try:
            messages.success(request, _change(request, line))
            return redirect(addressed(reverse("policy", args=[name]), version=str(line.number)))
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
    context: dict[str, Any] = {
        "line": line, "versions": versions, "states": words.state_words(), "fault": fault,
        "steps": selectors.STEPS, "may_propose": may(user, PROPOSE), "today": localdate(),
        "given": request.POST if fault else {}, "first": localdate() - changing.LONGEST_BACK,
        **_table(name, line.terms), "cost": selectors.cost_of(user, name, line.terms),
        "now": selectors.cost_of(user, name, running.terms)
        if running.state == selectors.IN_FORCE and running is not line else None,
        "running": running,
    }  # fmt: skip
    return render(request, "settings/policy.html", context, status=422 if fault else 200)


def _change(request: HttpRequest, line: selectors.PolicyLine) -> str:
    """What the form asks for; how it was taken."""
    since = day(request.POST.get("since")) or localdate()
    wanted = {
        "do": request.POST.get("do", ""), "scheme": line.scheme, "version": line.number,
        "since": since.isoformat(),
    }  # fmt: skip
    if changing.change(signed_in_user(request), wanted, reason(request.POST)) is not None:
        return _("Asked for. Who decides is told.")
    return _("Done.")


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """A new version: from the one named, else the newest, else suggested terms; costed if asked."""
    user, fault, cost = signed_in_user(request), "", None
    demand(user, PROPOSE)
    try:
        scheme = selectors.scheme_of(name)
    except NoSuchPolicy as error:
        raise Http404 from error
    versions = selectors.versions(user, name)
    asked = whole(request.GET.get("version"))
    newest = versions[0] if versions else None
    begun = next((one for one in versions if one.number == asked), newest)
    start = rules.starts().get(name)
    terms = begun.terms if begun else start.terms if start else {}
    if request.method == "POST":
        terms = _terms(request.POST)
        try:
            if request.POST.get("do") == "cost":
                cost = selectors.cost_of(user, name, changing.checked(name, terms))
            else:
                row = changing.save_draft(user, name, terms, request.POST.get("note", ""))
                messages.success(request, _("Saved as a draft. Nothing is owed by it yet."))
                return redirect(addressed(reverse("policy", args=[name]), version=str(row.number)))
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
    typed = request.POST if request.method == "POST" else None
    context = {
        "scheme": scheme, "fault": fault, "note": request.POST.get("note", ""), "cost": cost,
        "start": None if begun else start, "units": words.unit_words(), "typed": typed,
        "field_of": words.field_of, **_table(name, terms, every=True), "terms": terms,
        "may_cost": selectors.may_see_cost(user),
    }  # fmt: skip
    return render(request, "settings/policy_draft.html", context, status=422 if fault else 200)


def _table(name: str, terms: rules.Terms, *, every: bool = False) -> dict[str, Any]:
    """Classes and benefits of the table; ``every``: also those of which nothing is said."""
    try:
        scheme = selectors.scheme_of(name)
    except NoSuchPolicy:
        classes, badges = list(terms), Badges(None)
    else:
        classes, badges = [one.id for one in scheme.classes], Badges.of(scheme)
    classes = [one for one in classes if one in terms or (every and one != "n/a")]
    said = {benefit for own in terms.values() for benefit in own}
    benefits = [one for key, one in rules.benefits().items() if every or key in said]
    return {
        "classes": classes, "benefits": benefits, "badges": badges,
        "value_words": words.value_words,
    }  # fmt: skip


def _terms(form: QueryDict) -> dict[str, dict[str, str]]:
    """What the fields ``class.benefit`` say; an empty one says nothing."""
    found: dict[str, dict[str, str]] = {}
    for key, text in form.items():
        klass, dot, name = key.rpartition(".")
        if dot and str(text).strip() and name in rules.benefits():
            value = words.value_in(rules.benefits()[name], str(text))
            found.setdefault(klass, {})[name] = value
    return found
