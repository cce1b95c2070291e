"""What customers could buy: of one customer, and Portfolio › White space, products and takers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.foundation.permissions import demand, may
from mainstay.insights.errors import NotGraded, WhiteSpaceNotMade
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio import white
from mainstay.insights.selectors import white as selectors
from mainstay.insights.selectors.white import By, ProductLine, Suggestion, Taker
from mainstay.parties.permissions import SEE
from mainstay.web.books import head_of, heading
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import day, money, number
from mainstay.web.listing import Column, Listing, Whole, addressed, answer, now_at


@require_GET
def could_buy(request: HttpRequest, code: str) -> HttpResponse:
    """What one customer could buy next; ``?by=category`` its categories."""
    user, by = signed_in_user(request), _by(request)
    head = head_of(request, code)
    if head.code != code:
        return now_at(request, head.code)
    context: dict[str, Any] = {
        **heading(head, "could-buy"), "found": None,
        "may_ask": may(user, PORTFOLIO),
    }  # fmt: skip
    address = reverse("could-buy", args=[head.code])
    try:
        found = selectors.could_buy(user, head.code, by)
    except (NotGraded, WhiteSpaceNotMade):
        if request.GET.get("as"):
            raise Http404 from None
        return render(request, "customers/could_buy.html", context | {"page": None})
    run = found.run
    columns = [
        Column(_("Code"), "text", lambda r: r.product, _opens(by, user), room="code", wide=True),
        Column(what_words()[by], "text", title, _opens(by, user),
               below=lambda r: why(r, by)),
        Column(_("Why"), "text", lambda r: why(r, by), wide=True, quiet=True),
        Column(_("Typical a year"), "money", lambda r: r.typical),
    ]  # fmt: skip
    columns = columns if by == "item" else columns[1:]
    listing = Listing(
        _("Could buy"), columns, lambda after, size: Whole(found.rows),
        addressed(address, by=by), f"{head.code}-could-buy", run.currency, run.exponent,
        notes=[(_("Customer"), f"{head.code} {head.name}"), (_("As of"), run.as_of.isoformat())],
    )  # fmt: skip
    context |= {
        "found": found, "tabs": _tabs(found.offered, address, by),
        "finding": _best(found.rows, run.currency, run.exponent) if found.rows else "",
        "window": found.window,
    }  # fmt: skip
    return answer(request, listing, "customers/could_buy.html", context)


@require_http_methods(["GET", "POST"])
def white_space(request: HttpRequest) -> HttpResponse:
    """The products that customers could buy; a form has them worked out."""
    user, by = signed_in_user(request), _by(request)
    address = reverse("white-space")
    try:
        if request.method == "POST":
            asked = white.ask(user)
            return redirect("job", asked.pk) if asked else redirect(address)
        first = selectors.products(user, by, size=1)
    except NotGraded:
        return redirect("start")
    except WhiteSpaceNotMade:
        if request.GET.get("as"):
            raise Http404 from None
        demand(user, PORTFOLIO)
        return render(request, "portfolio/white.html", {"first": None})
    run = first.run

    def behind(row: ProductLine) -> str:
        return _takers(row.product, by)

    columns = [
        Column(_("Code"), "text", lambda r: r.product, behind, room="code", wide=True),
        Column(what_words()[by], "text", title, behind),
        Column(_("Customers"), "count", lambda r: r.customers),
        Column(_("Typical a year, together"), "money", lambda r: r.typical),
    ]
    columns = columns if by == "item" else columns[1:]
    listing = Listing(
        _("White space"), columns,
        lambda after, size: selectors.products(user, by, after, size),
        addressed(address, by=by), f"white-space-{by}", run.currency, run.exponent,
        notes=[(_("As of"), run.as_of.isoformat())],
    )  # fmt: skip
    context = {
        "first": first, "tabs": _tabs(first.offered, address, by), "window": first.window,
        "counted": ngettext(
            "%(num)s customer has something to be offered",
            "%(num)s customers have something to be offered", first.customers,
        ) % {"num": number(first.customers)},
    }  # fmt: skip
    return answer(request, listing, "portfolio/white.html", context)


@require_GET
def white_space_customers(request: HttpRequest, product: str) -> HttpResponse:
    """The customers most likely to take a product."""
    user, by = signed_in_user(request), _by(request)
    try:
        first = selectors.takers(user, product, by, size=1)
    except (NotGraded, WhiteSpaceNotMade) as error:
        raise Http404 from error
    if not first.total:
        raise Http404
    run, called = first.run, first.name or product
    columns = [
        Column(_("Code"), "text", lambda r: r.code, lambda r: reverse("could-buy", args=[r.code]),
               room="code"),
        Column(_("Name"), "text", lambda r: shown_name(r.name, r.name_en),
               below=lambda r: why(r.why, by)),
        Column(_("Owner"), "text", lambda r: r.owner, wide=True, quiet=True),
        Column(_("Why"), "text", lambda r: why(r.why, by), wide=True, quiet=True),
        Column(_("Place among its own"), "count", _place, wide=True),
        Column(_("Typical a year"), "money", lambda r: r.why.typical),
    ]  # fmt: skip
    listing = Listing(
        called, columns,
        lambda after, size: selectors.takers(user, product, by, after, size),
        _takers(product, by),
        f"white-space-{by}-customers", run.currency, run.exponent,
        notes=[(what_words()[by], f"{product} {first.name}".strip()),
               (_("As of"), run.as_of.isoformat())],
    )  # fmt: skip
    finding = ngettext(
        "%(product)s: %(num)s customer could take it, %(amount)s a year",
        "%(product)s: %(num)s customers could take it, %(amount)s a year", first.total,
    ) % {
        "product": called, "num": number(first.total),
        "amount": money(first.typical, run.currency, run.exponent),
    }  # fmt: skip
    context = {
        "trail": [(reverse("portfolio"), _("Portfolio")),
                  (addressed(reverse("white-space"), by=by), _("White space"))],
        "finding": finding, "empty": "",
        "sub": _("None buys it in the year to %(day)s; those first of whom most is told, excluding "
                 "VAT") % {"day": day(first.window.end)},
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context)


def what_words() -> dict[By, str]:
    """What is suggested."""
    return {"item": _("Product"), "category": _("Category")}


def title(row: Suggestion | ProductLine) -> str:
    """What a product is called; its code where nobody named it."""
    return row.name or row.product


def why(row: Suggestion, by: By) -> str:
    """«12 of the 40 others who buy Bolts buy it too»."""
    words = {
        "num": number(row.buyers),
        "like": number(row.like),
        "product": row.because_name or row.because,
    }
    return _("%(num)s of the %(like)s others who buy %(product)s buy it too") % words


def _best(rows: tuple[Suggestion, ...], currency: str, exponent: int) -> str:
    first = rows[0]
    told = {"product": title(first), "amount": money(first.typical, currency, exponent)}
    if first.typical is None:
        return _("The likeliest next: %(product)s") % told
    return _("The likeliest next: %(product)s, typically %(amount)s a year") % told


def _place(row: Taker) -> int:
    return row.place


def _opens(by: By, user: Any) -> Any:
    """From a suggestion to the other customers that could take it, for whoever may see them."""
    if not (may(user, PORTFOLIO) and may(user, SEE)):
        return None
    return lambda row: _takers(row.product, by)


def _takers(product: str, by: By) -> str:
    return addressed(reverse("white-space-customers", args=[product]), by=by)


def _tabs(offered: tuple[By, ...], address: str, by: By) -> list[tuple[str, str, bool]]:
    """Address, title and whether it is this one; none where there is no choice."""
    titles: dict[By, str] = {"item": _("Products"), "category": _("Categories")}
    if len(offered) < 2:
        return []
    return [(addressed(address, by=one), titles[one], one == by) for one in offered]


def _by(request: HttpRequest) -> By:
    return "category" if request.GET.get("by") == "category" else "item"
