"""Settings: people, their roles and territories; on a customer: who looks after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.foundation import accounts, inviting, permissions, second_step, selectors
from mainstay.foundation import people as verbs
from mainstay.foundation import roles as role_book
from mainstay.foundation.approvals import absence, deciding, inbox
from mainstay.foundation.errors import NoSuchPerson
from mainstay.foundation.models import Role, User
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.kernel.errors import MainstayError
from mainstay.parties import asking, handover, owners
from mainstay.parties import territories as territory_verbs
from mainstay.parties.errors import OutsideTerritory
from mainstay.parties.permissions import ASSIGN
from mainstay.parties.selectors import (
    keepers_of,
    of_code,
    owned_count,
    placed_in,
    regions_unplaced,
)
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, reason, whole

ADDED = (
    "username", "full_name", "email", "books_name", "role", "territory", "language", "invite",
)  # fmt: skip
"""Fields of the form that takes somebody in."""


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with their roles; a form takes somebody in and shows the one-time password."""
    user = signed_in_user(request)
    given = {name: request.POST.get(name, "") for name in ADDED}
    fault, made = "", None
    if request.method == "POST":
        try:
            made = _take_in(user, given)
        except MainstayError as error:
            fault = error.text(language())
    if made:
        by_mail, given = bool(given["invite"]), dict.fromkeys(ADDED, "")
        if by_mail:
            fault = _invite(request, user, *made)
    context = {
        "rows": selectors.people(user), "fault": fault, "given": given, "made": made,
        "roles": list(role_book.known().values()), "territories": selectors.territories(user),
        "languages": settings.LANGUAGES, "may_invite": inviting.is_possible(),
    }  # fmt: skip
    return render(request, "settings/people.html", context, status=422 if fault else 200)


def _take_in(user: User, given: dict[str, str]) -> tuple[User, str]:
    return owners.take_in(
        user, given["username"], full_name=given["full_name"], email=given["email"],
        books_name=given["books_name"], role=given["role"], language=given["language"],
        territory_id=whole(given["territory"]),
    )  # fmt: skip


def _invite(request: HttpRequest, user: User, who: User, password: str) -> str:
    """Send the way in by mail; why that did not work."""
    try:
        inviting.invite(user, who, password)
    except MainstayError as error:
        return error.text(language())
    messages.success(request, _("The invitation went to %(mail)s.") % {"mail": who.email})
    return ""


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles, the name in the books, a new password, leaving."""
    user = signed_in_user(request)
    fault, password = "", ""
    try:
        if request.method == "POST":
            password = _do(request, user, pk)
            if not password:
                return redirect("person", pk)
    except NoSuchPerson as error:
        raise Http404 from error
    except MainstayError as error:
        fault = error.text(language())
    try:
        who = selectors.person(user, pk)
    except NoSuchPerson as error:
        raise Http404 from error
    context = {
        "p": who, "fault": fault, "password": password, "owned": owned_count(pk),
        "roles": list(role_book.known().values()), "territories": selectors.territories(user),
        "others": [one for one in owners.choices() if one[0] != pk], "oneself": pk == user.pk,
        "today": localdate().isoformat(), "away": absence.of(verbs.person_of(pk)),
        "deputies": [one for one in selectors.colleagues() if one[0] not in (pk, user.pk)],
        "way": accounts.way_in(user, pk), "handovers": handover.of_person(pk),
    }  # fmt: skip
    return render(request, "settings/person.html", context, status=422 if fault else 200)


def _do(request: HttpRequest, user: User, pk: int) -> str:
    """What the form asks for; a new password where that was asked."""
    given = request.POST
    what = given.get("do", "")
    if what == "describe":
        owners.describe(
            user, pk, full_name=given.get("full_name", ""), email=given.get("email", ""),
            books_name=given.get("books_name", ""),
        )  # fmt: skip
        messages.success(request, _("Saved."))
    elif what == "appoint":
        verbs.appoint(
            user, pk, given.get("role", ""), territory_id=whole(given.get("territory")),
            since=day(given.get("since")),
        )  # fmt: skip
        messages.success(request, _("The role is given."))
    elif what == "end":
        verbs.end_appointment(user, whole(given.get("appointment")) or 0)
        messages.success(request, _("The role has ended."))
    elif what == "password":
        return verbs.new_password(user, pk)
    elif what == "second-step":
        accounts.reset_second_step(user, pk, reason(given))
        messages.success(request, _("The second step is removed."))
    elif what == "unlink":
        accounts.unlink(user, pk, reason(given))
        messages.success(request, _("The link to the sign-in service is removed."))
    elif what == "sessions":
        accounts.end_sessions(user, pk)
        messages.success(request, _("This person is signed out everywhere."))
    elif what in ("away", "back"):
        _keep_absence(request, user, pk)
    elif what == "leave":
        handover.let_go(user, pk, None, reason(given))
        messages.success(request, _("The account is closed."))
    elif what == "return":
        verbs.take_back_in(user, pk)
        messages.success(request, _("The account is open again; it has no role."))
    else:
        raise Http404
    return ""


def _keep_absence(request: HttpRequest, user: User, pk: int) -> None:
    """Name a deputy for somebody who cannot, or end an absence."""
    given, who = request.POST, verbs.person_of(pk)
    if given["do"] == "back":
        absence.come_back(who, by=user)
        messages.success(request, _("The absence has ended."))
        return
    since, until = (day(given.get(name)) for name in ("since", "until"))
    absence.go_away(who, whole(given.get("deputy")) or 0, since, until, by=user)
    messages.success(request, _("The deputy is named."))


@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do."""
    demand(signed_in_user(request), MANAGE_PEOPLE)
    context = {"roles": list(role_book.known().values()), "titles": _titles()}
    return render(request, "settings/roles.html", context)


@require_http_methods(["GET", "POST"])
def role(request: HttpRequest, name: str) -> HttpResponse:
    """Change what a role may do."""
    user, fault = signed_in_user(request), ""
    demand(user, MANAGE_PEOPLE)
    shown = role_book.known().get(name)
    if shown is None:
        raise Http404
    lacking, to_confirm = second_step.lacking(name), False
    if request.method == "POST":
        given = request.POST
        if given.get("reach", "") not in Role.Reach.values:
            raise Http404
        wanted = replace(
            shown, reach=given["reach"], rights=tuple(given.getlist("right")),
            second_step="second_step" in given,
        )  # fmt: skip
        newly = wanted.second_step and not shown.second_step
        to_confirm = bool(newly and lacking and "sure" not in given)
        try:
            if not to_confirm:
                verbs.change_role(
                    user, name, reach=wanted.reach, rights=wanted.rights,
                    second_step=wanted.second_step,
                )  # fmt: skip
        except MainstayError as error:
            fault = error.text(language())
        else:
            if not to_confirm:
                messages.success(request, _("The role is changed for everybody who holds it."))
                return redirect("roles")
        shown = wanted
    context = {
        "role": shown, "rights": permissions.rights(), "fault": fault, "lacking": lacking,
        "to_confirm": to_confirm,
    }  # fmt: skip
    return render(request, "settings/role.html", context, status=422 if fault else 200)


def _titles() -> dict[str, Any]:
    return {right.name: right.title for right in permissions.rights()}


@require_http_methods(["GET", "POST"])
def territories(request: HttpRequest) -> HttpResponse:
    """The tree of territories and the regions of each."""
    user, fault = signed_in_user(request), ""
    if request.method == "POST":
        given = request.POST
        try:
            pk = whole(given.get("territory"))
            if given.get("do") == "drop":
                demand(user, MANAGE_PEOPLE)
                if "sure" not in given:
                    return redirect(f"{reverse('territories')}?edit={pk or 0}#remove")
                territory_verbs.drop(user, pk or 0)
                told = _("The territory is removed.")
            else:
                regions = given.get("regions", "").replace("，", ",").replace("、", ",").split(",")
                territory_verbs.save(
                    user, pk, name=given.get("name", "")[:120], regions=regions,
                    parent_id=whole(given.get("parent")),
                )  # fmt: skip
                told = _("Saved.")
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, told)
            return redirect("territories")
    edited = whole(request.GET.get("edit"))
    context = {
        "rows": selectors.territories(user), "unplaced": regions_unplaced(), "fault": fault,
        "edited": edited, "placed": placed_in(edited) if edited else 0,
    }  # fmt: skip
    return render(request, "settings/territories.html", context, status=422 if fault else 200)


@require_http_methods(["GET", "POST"])
def keepers(request: HttpRequest, code: str) -> HttpResponse:
    """Who looks after a customer: the owner, the team, and who did before."""
    user, fault, outside = signed_in_user(request), "", False
    try:
        detail = insights.customer(user, code)
    except CustomerNotFound as error:
        raise Http404 from error
    may_assign = of_code(user, code, ASSIGN).exists() if permissions.may(user, ASSIGN) else False
    if request.method == "POST":
        try:
            _keep(request, user, detail.code)
        except MainstayError as error:
            fault, outside = error.text(language()), isinstance(error, OutsideTerritory)
        else:
            return redirect("keepers", detail.code)
    rows = keepers_of(user, detail.id)
    owner = next((one for one in rows if one.duty == "owner" and one.until is None), None)
    takers = [one for one in owners.choices() if owner is None or one[0] != owner.user]
    asked = None if may_assign else inbox.about(asking.OWNER, {"customer": detail.code})
    context = {
        "asked": asked if asked is None or inbox.is_seen(user, asked) else 0,
        "c": detail, "name": shown_name(detail.name, detail.name_en) or detail.code,
        "rows": rows, "fault": fault, "may_assign": may_assign,
        "people": selectors.colleagues(), "takers": takers, "outside": outside,
        "owner": owner,
        "given": {"person": whole(request.POST.get("person")) or 0,
                  "reason": request.POST.get("reason", "")},
    }  # fmt: skip
    return render(request, "customers/keepers.html", context, status=422 if fault else 200)


def _keep(request: HttpRequest, user: User, code: str) -> None:
    given = request.POST
    who, why = whole(given.get("person")) or 0, reason(given)
    does: dict[str, Callable[[], None]] = {
        "ask": lambda: _ask(request, user, code, who, why),
        "assign": lambda: owners.assign(user, code, who, why, outside="outside" in given),
        "books": lambda: owners.leave_to_books(user, code, why),
        "join": lambda: owners.join(user, code, who),
        "part": lambda: owners.part(user, code, who),
    }
    if given.get("do") not in does:
        raise Http404
    does[given["do"]]()
    if given["do"] != "ask":
        messages.success(request, _("Saved."))


def _ask(request: HttpRequest, user: User, code: str, who: int, reason: str) -> None:
    """Whoever may not decide asks for another owner."""
    wanted = {"customer": code, "person": who}
    deciding.ask(user, asking.OWNER, wanted, reason)
    messages.success(request, _("Asked. You are told once it is decided."))
