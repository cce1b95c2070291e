"""How lists of orders and deliveries look, and what they come to in one line."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.ledger.records import OrderPage
from mainstay.web.formatting import mark, money_exact, number
from mainstay.web.listing import Column, Listing
from mainstay.web.tables import order_states


def order_columns() -> list[Column]:
    """The columns of a customer's orders: how far each is, and what is still to come."""
    words = order_states()
    return [
        Column(_("Date"), "date", lambda r: r.doc_date),
        Column(_("Number"), "text", lambda r: r.number, lambda r: reverse("document", args=[r.id])),
        Column(_("State"), "text", lambda r: words[r.progress.state], quiet=True),
        Column(_("Promised"), "date", lambda r: r.progress.promised, wide=True, quiet=True),
        Column(_("Lines"), "count", lambda r: r.line_count, wide=True, quiet=True),
        Column(_("Net"), "money", lambda r: r.net, wide=True),
        Column(_("Delivered"), "money", lambda r: r.progress.delivered, wide=True),
        Column(_("Invoiced so far"), "money", lambda r: r.progress.invoiced, wide=True),
        Column(_("Still to come"), "money", lambda r: r.progress.open),
    ]


def delivery_columns() -> list[Column]:
    """The columns of a customer's deliveries."""
    return [
        Column(_("Date"), "date", lambda r: r.doc_date),
        Column(_("Number"), "text", lambda r: r.number, lambda r: reverse("document", args=[r.id])),
        Column(_("Of orders"), "text", lambda r: mark(",").join(r.orders), quiet=True),
        Column(_("Lines"), "count", lambda r: r.line_count, wide=True, quiet=True),
        Column(_("Net"), "money", lambda r: r.net),
    ]


def finding(page: Any, listing: Listing) -> str:
    """How many there are on an ``OrderPage`` and what is still to come; else deliveries' net. No
    amount where some are in another currency.
    """
    if isinstance(page, OrderPage):
        count = ngettext("%(num)s order", "%(num)s orders", page.total)
        amount = money_exact(page.open, listing.currency, listing.exponent)
        said = _("net %(amount)s still to come") % {"amount": amount}
        said = said if page.open else _("none is open")
    else:
        count = ngettext("%(num)s delivery", "%(num)s deliveries", page.total)
        amount = money_exact(page.net, listing.currency, listing.exponent)
        said = _("net %(amount)s") % {"amount": amount}
    counted = count % {"num": number(page.total)}
    return counted if page.foreign else f"{counted}{mark(';')}{said}"
