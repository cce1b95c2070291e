"""What the books lack, the rows behind each count, and the proof that the books tie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mainstay.foundation.models import User
from mainstay.ledger import check as ledger_check
from mainstay.ledger import selectors as ledger
from mainstay.ledger.records import MonthRow
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import mark, money_exact, month, number
from mainstay.web.listing import Column, Listing, Whole, answer
from mainstay.web.places import region_words
from mainstay.web.tables import receipt_kinds
from mainstay.web.views.imports import entry_columns


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """What the books lack; the page Data asks for it once it stands."""
    user = signed_in_user(request)
    lacks = ledger.quality(user)
    gaps = mark(",").join(month(first) for first in lacks.gaps)
    context = {"quality": lacks, "gap_words": gaps}
    if wants_fragment(request):
        return fragment(request, "data/_quality.html", context)
    return render(request, "data/quality.html", context)


@require_GET
def rows(request: HttpRequest, what: str) -> HttpResponse:
    """The rows behind one count."""
    if what not in LISTS:
        raise Http404
    user = signed_in_user(request)
    listing, finding, sub = LISTS[what](user)
    context = {
        "trail": [(reverse("data"), _("Data")), (reverse("quality"), _("Quality"))],
        "finding": finding, "sub": sub, "empty": _("Nothing is lacking here."),
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context)


@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """Prove the books once more, as a job."""
    job = ledger_check.ask(signed_in_user(request))
    return redirect("job", job.pk)


Found = tuple[Listing, str, str]


def _unassigned(user: User) -> Found:
    lack = ledger.quality(user).unassigned
    listing = _listing(
        "unassigned", _("Without a customer"), entry_columns(),
        lambda after, size: ledger.unassigned(user, after, size),
    )  # fmt: skip
    finding = ngettext(
        "%(num)s line names no customer", "%(num)s lines name no customer", lack.count
    ) % {"num": number(lack.count)}
    return listing, finding, _in_totals(listing, lack.amount)


def _costless(user: User) -> Found:
    lack = ledger.quality(user).costless
    listing = _listing(
        "costless", _("Without cost"), entry_columns(),
        lambda after, size: ledger.costless(user, after, size),
    )  # fmt: skip
    finding = ngettext("%(num)s line has no cost", "%(num)s lines have no cost", lack.count) % {
        "num": number(lack.count)
    }
    sub = _("Profit and margin of their customers are missing for it; net %(amount)s") % {
        "amount": money_exact(lack.amount, listing.currency, listing.exponent)
    }
    return listing, finding, sub


def _unpaired(user: User) -> Found:
    words = receipt_kinds()
    columns = [
        Column(_("Date"), "date", lambda r: r.date),
        Column(_("Number"), "text", lambda r: r.number),
        Column(_("Kind"), "text", lambda r: words[r.kind], quiet=True),
        Column(_("Method"), "text", lambda r: r.method, wide=True, quiet=True),
        Column(_("Settles"), "text", lambda r: r.applied_to, wide=True, quiet=True),
        Column(_("Source"), "text", lambda r: r.source, wide=True, quiet=True),
        Column(_("Amount"), "money", lambda r: r.amount),
    ]
    listing = _listing(
        "unpaired", _("Receipts without a customer"), columns,
        lambda after, size: ledger.unpaired(user, after, size),
    )  # fmt: skip
    lack = ledger.quality(user).unpaired
    finding = ngettext(
        "%(num)s receipt names no customer", "%(num)s receipts name no customer", lack.count
    ) % {"num": number(lack.count)}
    sub = _("They settle nothing until a customer is known; %(amount)s") % {
        "amount": money_exact(lack.amount, listing.currency, listing.exponent)
    }
    return listing, finding, sub


def _off_file(user: User) -> Found:
    columns = [
        Column(_("Code"), "text", lambda r: r.code, lambda r: reverse("money", args=[r.code])),
        Column(_("Name"), "text", lambda r: r.name),
        Column(_("Region"), "text", lambda r: region_words(r.region), wide=True, quiet=True),
        Column(_("Latest document"), "date", lambda r: r.last, wide=True, quiet=True),
        Column(_("Documents"), "count", lambda r: r.documents, wide=True),
        Column(_("Net"), "money", lambda r: r.net),
    ]
    listing = _listing(
        "off-file", _("Customers on no list"), columns,
        lambda after, size: ledger.off_file(user, after, size),
    )  # fmt: skip
    lack = ledger.quality(user).off_file
    finding = ngettext(
        "%(num)s customer stands in documents only", "%(num)s customers stand in documents only",
        lack.count,
    ) % {"num": number(lack.count)}  # fmt: skip
    sub = _("No customer list names them: owner, terms and tax number are missing")
    return listing, finding, sub


def _gap_list(user: User) -> Found:
    every = ledger.months(user)
    columns = [
        Column(_("Month"), "text", lambda r: f"{r.first:%Y-%m}"),
        Column(_("Documents"), "count", lambda r: r.documents),
        Column(_("Net"), "money", lambda r: r.net),
        Column(_("What follows"), "text", _missing),
    ]
    listing = _listing("gaps", _("Months"), columns, lambda after, size: Whole(every[::-1]))
    gaps = sum(1 for row in every if not row.documents)
    finding = ngettext(
        "%(num)s month without any document", "%(num)s months without any document", gaps
    ) % {"num": number(gaps)}
    sub = _("Every month from the first document to the last, newest first")
    return listing, finding, sub


def _missing(row: MonthRow) -> str:
    return "" if row.documents else _("no document: an export is missing?")


SUMMED = ("off-file", "gaps")
"""Lists whose amounts are sums, of the company's currency."""
LISTS: dict[str, Callable[[User], Found]] = {
    "unassigned": _unassigned, "off-file": _off_file, "costless": _costless,
    "unpaired": _unpaired, "gaps": _gap_list,
}  # fmt: skip


def _listing(what: str, title: str, columns: list[Column], read: Callable[..., Any]) -> Listing:
    currency, exponent = ledger.books_currency()
    return Listing(
        title, columns, read, reverse("quality-rows", args=[what]), what, currency, exponent,
        foreign=what not in SUMMED and bool(ledger.foreign_currencies()),
    )  # fmt: skip


def _in_totals(listing: Listing, amount: int) -> str:
    return _("They count in company totals and for nobody; net %(amount)s") % {
        "amount": money_exact(amount, listing.currency, listing.exponent)
    }
