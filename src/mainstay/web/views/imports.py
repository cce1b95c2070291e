"""One import: what it brought and changed, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from mainstay.exchange import services as exchange
from mainstay.foundation.permissions import demand, may
from mainstay.insights.selectors.history import aftermath, gradings_since
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import selectors as ledger
from mainstay.ledger.batch_records import BatchDetail, BatchRow
from mainstay.ledger.errors import BatchNotFound
from mainstay.ledger.permissions import TAKE_BACK
from mainstay.ledger.records import DocumentEntry
from mainstay.web import export
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import in_currency, language, mark, moment, number
from mainstay.web.listing import Column, Listing, addressed, answer
from mainstay.web.tables import columns_of, kinds, table_words

SAMPLES = 8
"""Documents an import's own page shows; the rest stand in their lists."""


@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an import: files, columns, counts, what changed, and what became of it."""
    user = signed_in_user(request)
    detail = _detail(request, pk)
    row = detail.row
    changed = documents_of(request, row, "changed") if row.counts.get("documents_changed") else None
    new = documents_of(request, row, "new") if row.counts.get("documents_new") else None
    undoing = exchange.open_undo(pk) if row.state == "applied" else None
    may_take_back = may(user, TAKE_BACK) and row.state == "applied" and undoing is None
    return render(
        request,
        "data/batch.html",
        {
            "b": row,
            "words": table_words(),
            "columns": columns_of(detail.mapping),
            "lists": [
                (kind, listing, *listing.head(SAMPLES))
                for kind, listing in (("changed", changed), ("new", new))
                if listing
            ],
            "may_take_back": may_take_back,
            "undoing": undoing,
            "interrupted": pk in exchange.interrupted(),
            "asked": "take-back" in request.GET,
            "loss": ledger.loss(user, pk) if may_take_back else None,
            "resting": gradings_since(user, row.applied_at) if may_take_back else (),
            "aftermath": aftermath(user, pk) if row.state == "undone" else None,
        },
    )


@require_GET
def batch_documents(request: HttpRequest, pk: int, change: str) -> HttpResponse:
    """The documents an import brought: new ones, changed ones, or those there already."""
    if change not in (*ledger.CHANGES, *ledger.COMMITMENTS):
        raise Http404
    row = _detail(request, pk).row
    listing = documents_of(request, row, change)
    if change in ledger.COMMITMENTS:
        count = row.counts.get(f"{change}_new", 0) + row.counts.get(f"{change}_changed", 0)
    else:
        count = row.counts.get(f"documents_{change}", 0)
    words = {
        "new": ngettext("%(num)s document is new", "%(num)s documents are new", count),
        "changed": ngettext(
            "%(num)s document replaces an earlier version",
            "%(num)s documents replace an earlier version",
            count,
        ),
        "identical": ngettext(
            "%(num)s document was there already, unchanged",
            "%(num)s documents were there already, unchanged",
            count,
        ),
        "orders": ngettext(
            "%(num)s order, new or changed", "%(num)s orders, new or changed", count
        ),
        "deliveries": ngettext(
            "%(num)s delivery, new or changed", "%(num)s deliveries, new or changed", count
        ),
    }  # fmt: skip
    context = {
        "trail": trail(row),
        "finding": words[change] % {"num": number(count)},
        "sub": files_of(row),
        "empty": _("No document is left under this import."),
    }
    return answer(request, listing, "components/list_page.html", context)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the import back, with a reason. Only who holds the right may."""
    user = signed_in_user(request)
    demand(user, TAKE_BACK)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.warning(
            request, _("Say why the import is taken back; the reason stays with it."),
            extra_tags="warn",
        )  # fmt: skip
        return redirect(f"{reverse('batch', args=[pk])}?take-back=1")
    try:
        job = exchange.ask_undo(user, pk, reason[:2000])
    except BatchNotFound as error:
        raise Http404 from error
    except MainstayError as error:
        messages.warning(request, error.text(language()), extra_tags="warn")
        return redirect("batch", pk)
    return redirect("job", job.pk)


@require_GET
def batches_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All imports, as Excel or CSV."""
    rows = ledger.batches(signed_in_user(request), size=None)
    currency, exponent = next(((b.currency, b.exponent) for b in rows if b.currency), ("", 2))
    columns = [
        export.Column(_("No."), "count"), export.Column(_("When"), "text"),
        export.Column(_("Files"), "text"), export.Column(_("Who"), "text"),
        export.Column(_("State"), "text"), export.Column(_("Documents, new"), "count"),
        export.Column(_("Documents, changed"), "count"),
        export.Column(in_currency(_("Net, new"), currency), "money", exponent),
        export.Column(_("Receipts, new"), "count"), export.Column(_("Rows left out"), "count"),
        export.Column(_("Taken back"), "text"), export.Column(_("Taken back by"), "text"),
        export.Column(_("Reason"), "text"),
    ]  # fmt: skip
    counts = ("documents_new", "documents_changed", "net_new", "receipts_new", "rejected")
    cells: list[list[Any]] = [
        [b.id, moment(localtime(b.created_at)), files_of(b), b.created_by_name, states()[b.state],
         *(b.counts.get(name) for name in counts),
         moment(localtime(b.undone_at)) if b.undone_at else None, b.undone_by_name, b.undo_reason]
        for b in rows
    ]  # fmt: skip
    table = export.Table("imports", _("Imports"), columns, cells)
    return export.hand_out(signed_in_user(request), table, kind)


def states() -> dict[str, str]:
    """What each state of an import is called."""
    return {
        "applied": _("imported"), "undone": _("taken back"), "loading": _("running"),
        "failed": _("failed, nothing written"), "interrupted": _("interrupted, nothing counts"),
    }  # fmt: skip


def documents_of(request: HttpRequest, row: BatchRow, change: str) -> Listing:
    """The list of an import's documents by what it did with them."""
    user = signed_in_user(request)
    titles = {
        "new": _("New documents"), "changed": _("Changed documents"),
        "identical": _("Unchanged documents"), "orders": _("Orders"),
        "deliveries": _("Deliveries"),
    }  # fmt: skip
    columns = entry_columns(before=change == "changed")
    return Listing(
        title=titles[change],
        columns=columns,
        read=lambda after, size: ledger.batch_documents(user, row.id, change, after, size),
        address=reverse("batch-documents", args=[row.id, change]),
        name=f"import-{row.id}-{change}",
        currency=row.currency,
        exponent=row.exponent,
        foreign="currencies" in row.counts,
    )


def entry_columns(*, before: bool = False) -> list[Column]:
    """The columns of documents across the firm."""
    words = kinds()

    def customer(entry: DocumentEntry) -> str:
        return shown_name(entry.customer_name, entry.customer_name_en) or entry.customer_code

    def at_customer(entry: DocumentEntry) -> str | None:
        return reverse("money", args=[entry.customer_code]) if entry.customer_code else None

    net = [Column(_("Net"), "money", lambda e: e.net)]
    if before:
        net = [
            Column(_("Net before"), "money", lambda e: e.net_before, quiet=True, wide=True),
            Column(_("Net after"), "money", lambda e: e.net),
            Column(_("Difference"), "money", lambda e: e.net - (e.net_before or 0)),
        ]
    return [
        Column(_("Date"), "date", lambda e: e.doc_date),
        Column(_("Number"), "text", lambda e: e.number, lambda e: reverse("document", args=[e.id])),
        Column(_("Kind"), "text", lambda e: words[e.kind], wide=True, quiet=True),
        Column(_("Customer"), "text", customer, at_customer, wide=True),
        Column(_("Lines"), "count", lambda e: e.line_count, wide=True, quiet=True),
        *net,
    ]


def files_of(row: BatchRow) -> str:
    """The files of an import in one line."""
    return mark(",").join(str(file["name"]) for file in row.files)


def trail(row: BatchRow) -> list[tuple[str, str]]:
    """The way back from a page below an import."""
    title = _("Import %(number)s") % {"number": row.id}
    return [(reverse("data"), _("Data")), (addressed(reverse("batch", args=[row.id])), title)]


def _detail(request: HttpRequest, pk: int) -> BatchDetail:
    try:
        return ledger.batch(signed_in_user(request), pk)
    except BatchNotFound as error:
        raise Http404 from error
