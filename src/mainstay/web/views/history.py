"""What was decided on one record: a customer, an import, a person, a role. Whoever may open the
record may read it; facts that tell cost stay with those who may see cost.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.foundation import roles, selectors
from mainstay.foundation.errors import NoSuchPerson
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.trail.selectors import history
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import BatchNotFound
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import codes_of, of_code, sees_cost
from mainstay.web.columns import shown_name
from mainstay.web.context import fragment, signed_in_user, wants_fragment
from mainstay.web.decisions import tell
from mainstay.web.formatting import said
from mainstay.web.listing import Listing, Whole, answer
from mainstay.web.views.audit import entry_columns

LATEST = 5
"""Entries that a record's own page shows."""


@require_GET
def of_customer(request: HttpRequest, code: str) -> HttpResponse:
    """What was decided on a customer, under any of its codes."""
    user = signed_in_user(request)
    demand(user, SEE)
    found = of_code(user, code).first()
    if found is None:
        raise Http404
    subjects = [f"customer:{row.code}" for row in codes_of(user, found.pk)]
    name = shown_name(found.name, found.name_en) or found.code
    way = [(reverse("customers"), _("Customers")), (reverse("customer", args=[code]), found.code)]
    return _history(request, subjects, name, way, cost=sees_cost(user, found.pk))


@require_GET
def of_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """What was decided on an import."""
    user = signed_in_user(request)
    try:
        row = ledger.batch(user, pk).row
    except BatchNotFound as error:
        raise Http404 from error
    name = _("Import %(number)s") % {"number": row.id}
    way = [(reverse("data"), _("Data")), (reverse("batch", args=[row.id]), name)]
    return _history(request, [f"batch:{row.id}"], name, way, cost=sees_cost(user))


@require_GET
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """What was decided on somebody, and when wrong attempts slowed their sign-in down."""
    user = signed_in_user(request)
    try:
        who = selectors.person(user, pk)
    except NoSuchPerson as error:
        raise Http404 from error
    way = [(reverse("people"), _("People")), (reverse("person", args=[pk]), who.username)]
    subjects = [f"user:{pk}", f"name:{who.username.casefold()}"]
    return _history(request, subjects, who.name or who.username, way, cost=sees_cost(user))


@require_GET
def of_role(request: HttpRequest, name: str) -> HttpResponse:
    """What was decided on a role."""
    user = signed_in_user(request)
    demand(user, MANAGE_PEOPLE)
    role = roles.known().get(name)
    if role is None:
        raise Http404
    way = [(reverse("roles"), _("Roles")), (reverse("role", args=[name]), role.name)]
    return _history(request, [f"role:{name}"], said(role.title), way, cost=sees_cost(user))


def _history(
    request: HttpRequest, subjects: list[str], name: str, way: list[tuple[str, str]], *, cost: bool
) -> HttpResponse:
    """The newest few for the record's page where htmx asks for ``last``; else all, as a list."""
    user = signed_in_user(request)

    def read(after: str | None, size: int) -> Whole:
        page = history(*subjects, after=after, size=size)
        return Whole(tell(user, page.rows, cost=cost), page.next_cursor)

    if wants_fragment(request) and "last" in request.GET:
        page = read(None, LATEST)
        return fragment(request, "components/_history.html", {"rows": page.rows})
    listing = Listing(
        _("History"), entry_columns(subject=False), read, request.path,
        f"history-{subjects[0].replace(':', '-')}",
    )  # fmt: skip
    context: dict[str, Any] = {
        "trail": way, "finding": _("History of %(name)s") % {"name": name},
        "sub": _("Who decided what, when and why; the number is that of the entry's seal."),
        "empty": _("Nothing was decided here yet."),
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context)
