"""Data → Products: what the firm sells, its categories, and what the books sold of each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.ledger import selectors as ledger
from mainstay.ledger.records import ProductPage
from mainstay.web.context import signed_in_user
from mainstay.web.formatting import mark, number
from mainstay.web.listing import Column, Listing, addressed, answer


@require_GET
def products(request: HttpRequest) -> HttpResponse:
    """The products by code; ``q`` finds, ``without=category`` shows those that lack one."""
    user = signed_in_user(request)
    q = request.GET.get("q", "").strip()[:200]
    lacking = request.GET.get("without") == "category"

    def read(after: str | None, size: int) -> ProductPage:
        return ledger.products(user, q, after, size, uncategorised=lacking)

    currency, exponent = ledger.books_currency()
    listing = Listing(
        _("Products"), _columns(), read,
        addressed(reverse("products"), q=q, without="category" if lacking else ""),
        "products", currency, exponent,
    )  # fmt: skip
    first = read(None, 1)
    context = {"q": q, "lacking": lacking, "finding": _finding(first)}
    return answer(request, listing, "data/products.html", context)


def _finding(page: ProductPage) -> str:
    count = ngettext("%(num)s product", "%(num)s products", page.total) % {
        "num": number(page.total)
    }
    if not page.uncategorised:
        return count
    bare = _("%(count)s without a category") % {"count": number(page.uncategorised)}
    return f"{count}{mark(',')}{bare}"


def _columns() -> list[Column]:
    return [
        Column(_("Code"), "text", lambda r: r.code, room="code"),
        Column(_("Name"), "text", lambda r: r.name),
        Column(_("Category"), "text", lambda r: r.category, quiet=True),
        Column(_("Unit"), "text", lambda r: r.unit, wide=True, quiet=True),
        Column(_("Lines"), "count", lambda r: r.lines, wide=True, quiet=True),
        Column(_("Last sold"), "date", lambda r: r.last, wide=True, quiet=True),
        Column(_("Net"), "money", lambda r: r.net),
    ]
