"""Contacts of a customer: who to talk to, and what the data-protection officer does with them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.exchange import retention
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may, reach
from mainstay.foundation.trail import selectors as trail
from mainstay.kernel.errors import MainstayError
from mainstay.parties import contacts as verbs
from mainstay.parties.permissions import CONTACTS, PROTECT
from mainstay.parties.selectors import ContactRow, contacts_of, of_code, sees_personal
from mainstay.web.columns import shown_name
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, number
from mainstay.web.given import reason, whole

LONGEST_REASON = 2_000


@require_http_methods(["GET", "POST"])
def contacts(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody to talk to, those who were too; the part of the customer's page for htmx."""
    user = signed_in_user(request)
    found = _customer(user, code)
    if request.method == "GET" and wants_fragment(request):
        context = _about(user, found) | {"rows": contacts_of(user, found.pk)}
        return fragment(request, "customers/_contacts.html", context)
    fault, given = "", _given(request)
    if request.method == "POST":
        try:
            verbs.add(user, code, given, main="main" in request.POST)
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("The contact is added."))
            return redirect("contacts", found.code)
    rows = contacts_of(user, found.pk, ended=True)
    context = _about(user, found) | {"rows": rows, "fault": fault, "given": given}
    response = render(request, "customers/contacts.html", context, status=422 if fault else 200)
    response.headers["Vary"] = "HX-Request"
    return response


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One contact: change it, end it; with the right to protect personal data: tell and forget."""
    user = signed_in_user(request)
    found, row = _opened(user, code, pk)
    given, fault = {name: getattr(row, name) for name in verbs.FIELDS}, ""
    if request.method == "POST":
        try:
            _do(request, user, found.code, pk)
        except NotAllowed:
            raise
        except MainstayError as error:
            fault, given = error.text(language()), given | _given(request)
        else:
            here = request.POST.get("do") == "remove-files"
            return redirect("contact", found.code, pk) if here else redirect("contacts", found.code)
    context = _about(user, found) | {"row": row, "given": given, "fault": fault}
    if context["protects"]:
        context |= _elsewhere(user, row)
        context["goes"] = None if row.forgotten else verbs.forgettable(user, found.code, pk)
    return render(request, "customers/contact.html", context, status=422 if fault else 200)


@require_POST
def known(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What is known of one person, as a file to hand over."""
    user = signed_in_user(request)
    found, row = _opened(user, code, pk, PROTECT)
    try:
        told = verbs.tell(user, found.code, pk, reason(request.POST))
    except MainstayError as error:
        context = _about(user, found) | {
            "row": row, "given": {name: getattr(row, name) for name in verbs.FIELDS},
            "fault": error.text(language()),
            "goes": None if row.forgotten else verbs.forgettable(user, found.code, pk),
        }  # fmt: skip
        return render(request, "customers/contact.html", context, status=422)
    response = HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="contact-{pk}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _do(request: HttpRequest, user: User, code: str, pk: int) -> None:
    what = request.POST.get("do", "")
    if what == "change":
        verbs.change(user, code, pk, _given(request), main="main" in request.POST)
        messages.success(request, _("Saved."))
    elif what == "end":
        verbs.end(user, code, pk)
        messages.success(request, _("The contact has ended."))
    elif what == "remove-files":
        count = retention.remove(user, _uploads(request), reason(request.POST))
        messages.success(
            request,
            ngettext("%(num)s file is removed.", "%(num)s files are removed.", count)
            % {"num": number(count)},
        )
    elif what == "forget":
        shown = whole(request.POST.get("rows")) or 0
        verbs.forget(user, code, pk, reason(request.POST), confirmed=shown)
        messages.success(request, _("The person is forgotten."))
    else:
        raise Http404


def _uploads(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(one) for one in request.POST.getlist("upload")]
    except ValueError as error:
        raise Http404 from error


def _elsewhere(user: User, row: ContactRow) -> dict[str, Any]:
    """Where else what a contact says may lie: kept customer lists, and backups since it was known.

    Files are of the whole company: shown to whoever protects the personal data of all of it.
    """
    if not reach(user, PROTECT).company:
        return {}
    known = row.since
    lists = [one for one in retention.customer_lists(user) if one.goes_at >= known]
    return {"lists": lists, "backups": trail.backups(known), "kept_days": retention.KEPT.days}


def _about(user: User, found: Any) -> dict[str, Any]:
    edits = may(user, CONTACTS) and of_code(user, found.code, CONTACTS).exists()
    protects = may(user, PROTECT) and of_code(user, found.code, PROTECT).exists()
    sees = sees_personal(user, found.pk)
    return {
        "c": found, "name": shown_name(found.name, found.name_en) or found.code,
        "edits": edits and sees, "protects": protects, "sees": sees,
        "fields": verbs.FIELDS, "longest": verbs.LONGEST,
    }  # fmt: skip


def _opened(
    user: User, code: str, pk: int, *rights: str
) -> tuple[Any, ContactRow]:  # fmt: skip
    """A contact that the user may do something with, by one of the rights."""
    rights = rights or (CONTACTS, PROTECT)
    if not any(may(user, right) for right in rights):
        raise NotAllowed
    found = _customer(user, code)
    if not any(may(user, r) and of_code(user, code, r).exists() for r in rights):
        raise Http404
    row = next((one for one in contacts_of(user, found.pk, ended=True) if one.id == pk), None)
    if row is None:
        raise Http404
    return found, row


def _customer(user: User, code: str) -> Any:
    found = of_code(user, code).first()
    if found is None:
        raise Http404
    return found


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in verbs.FIELDS}
