"""Products with what the books sold of each. Lines have no index by item: one scan for a page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from mainstay.catalogue import selectors as catalogue
from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.ledger.models import Document, DocumentLine
from mainstay.ledger.records import ProductPage, ProductRow
from mainstay.ledger.selectors.currencies import home_sum
from mainstay.ledger.selectors.paging import page_of
from mainstay.parties.permissions import SEE

_ROW = ("id", "code", "name", "category__name", "unit", "on_file")


def products(
    user: User,
    q: str = "",
    after: str | None = None,
    size: int = 50,
    *,
    uncategorised: bool = False,
) -> ProductPage:
    """Products by code, with lines, net and last day of the sales in the books.

    ``q``: text of code or name. Sums are the firm's: raises ``NotAllowed`` unless the user
    sees all customers.
    """
    demand_company(user, SEE)
    found = catalogue.matching(q, uncategorised=uncategorised)
    page = page_after(found, "code", descending=False, cursor=after)
    heads: list[Any] = list(page.values_list(*_ROW)[: size + 1])
    sold = _sold([head[1] for head in heads])
    rows, further = page_of(
        [ProductRow(*head, *sold.get(head[1], (0, 0, None))) for head in heads],
        size,
        lambda row: (row.code, row.id),
    )
    return ProductPage(
        rows=rows,
        next_cursor=further,
        total=found.count(),
        uncategorised=catalogue.matching(q, uncategorised=True).count(),
    )


def _sold(codes: list[str]) -> dict[str, tuple[Any, ...]]:
    """By item: lines, net in the company's currency and last day of sales."""
    sales = DocumentLine.objects.filter(
        item__in=codes,
        document__current=True,
        document__kind__in=(Document.Kind.INVOICE, Document.Kind.CREDIT_NOTE),
    )
    sums = sales.values_list("item").annotate(
        lines=Count("pk"), net=home_sum("net", "document__"), last=Max("document__doc_date")
    )
    return {item: (lines, net, last) for item, lines, net, last in sums}
