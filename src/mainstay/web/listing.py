"""A list that is seen, paged and taken away by the same columns: page, next rows, Excel, CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from mainstay.foundation.models import User
from mainstay.kernel.cursor import BadCursor
from mainstay.web import export
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import NOTHING, in_currency, iso, moment, money_exact, number

EXPORT_PAGE = 500
FINEST = 3
"""Decimals of amounts in a file of several currencies: as many as any currency has."""


class Page(Protocol):
    """What the selectors of lists give."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def next_cursor(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """Rows that are shown as they are, without more to follow."""

    rows: Sequence[Any]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``kind`` is text, count, money, date, moment; ``value``, ``href`` of a row."""

    title: str
    kind: str
    value: Callable[[Any], Any]
    href: Callable[[Any], str | None] | None = None
    wide: bool = False
    """Dropped on the phone."""
    quiet: bool = False
    below: Callable[[Any], str] | None = None
    """What stands below it on the phone, of the columns dropped there."""
    room: str = ""
    """Beside a long column: ``line`` keeps to one line, ``some`` has room for a few words,
    ``code`` is never broken, on a phone either.
    """
    tone: Callable[[Any], str] | None = None
    """How the cell is coloured: good, bad, warn or not at all."""

    @property
    def right(self) -> bool:
        return self.kind in {"count", "money"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its columns, and how to read a page of it after a cursor."""

    title: str
    columns: Sequence[Column]
    read: Callable[[str | None, int], Page]
    """Cursor, size → page."""
    address: str
    """Of the list itself, with its filters; the next page adds ``after``."""
    name: str
    """Of the file taken away, without suffix."""
    currency: str = ""
    exponent: int = 2
    notes: Sequence[tuple[str, str]] = field(default=())
    foreign: bool = False
    """Whether rows may be in other currencies than ``currency``; each says its own then."""

    def shown(self, column: Column, row: Any) -> str:
        """A cell as the page says it."""
        value = column.value(row)
        if column.kind == "money":
            own = self.foreign and row.currency
            if own:
                return money_exact(value, row.currency, row.exponent)
            return money_exact(value, self.currency, self.exponent)
        if column.kind == "count":
            return number(value)
        if column.kind == "date":
            return iso(value)
        if column.kind == "moment":
            return moment(localtime(value))
        return str(value) if value not in {None, ""} else NOTHING

    def link(self, column: Column, row: Any) -> str:
        """Where a cell leads; empty: nowhere."""
        return (column.href(row) or "") if column.href else ""

    def head(self, size: int) -> tuple[Page, Whole]:
        """The first page, for its sums and whether more follows, and its rows to show alone."""
        page = self.read(None, size)
        return page, Whole(page.rows)

    def further(self, page: Page) -> str:
        """The address of the next rows; empty at the end."""
        if not page.next_cursor:
            return ""
        return f"{self.address}{'&' if '?' in self.address else '?'}after={page.next_cursor}"

    def take_away(self, user: User, kind: str) -> HttpResponse:
        """Exactly what the list shows, all of its pages, as ``xlsx`` or ``csv``."""
        currency, exponent = ("", FINEST) if self.foreign else (self.currency, self.exponent)
        columns = [
            export.Column(
                in_currency(c.title, currency) if c.kind == "money" else c.title,
                "text" if c.kind == "moment" else c.kind,
                exponent,
            )
            for c in self.columns
        ]
        if self.foreign:
            columns.append(export.Column(_("Currency"), "text"))
        rows = [
            [*(self._exact(column, row) for column in self.columns),
             *([row.currency or self.currency] if self.foreign else [])]
            for row in self._all()
        ]  # fmt: skip
        table = export.Table(self.name, self.title, columns, rows, self.notes)
        return export.hand_out(user, table, kind)

    def _exact(self, column: Column, row: Any) -> Any:
        """A cell for a file; amounts of several currencies all in units of ``FINEST`` decimals."""
        value = column.value(row)
        if column.kind == "moment":
            return self.shown(column, row)
        if column.kind != "money" or value is None or not self.foreign:
            return value
        return value * 10 ** (FINEST - row.exponent)

    def _all(self) -> Iterator[Any]:
        after = None
        while True:
            page = self.read(after, EXPORT_PAGE)
            yield from page.rows
            after = page.next_cursor
            if after is None:
                return


def answer(
    request: HttpRequest, listing: Listing, template: str, context: dict[str, Any], size: int = 50
) -> HttpResponse:
    """The page of a list; its next rows where htmx asks; a file where ``?as=`` asks for one."""
    kind = request.GET.get("as", "")
    if kind:
        if kind not in {"xlsx", "csv"}:
            raise Http404
        return listing.take_away(signed_in_user(request), kind)
    after = request.GET.get("after") or None
    try:
        page = listing.read(after, size)
    except BadCursor as error:
        raise Http404 from error
    values = {"listing": listing, "page": page, **context}
    if after and wants_fragment(request):
        return fragment(request, "components/_listing_rows.html", values)
    response = render(request, template, values)
    response.headers["Vary"] = "HX-Request"
    return response


def now_at(request: HttpRequest, code: str) -> HttpResponse:
    """The same page of a customer, at the code it goes by now."""
    match = request.resolver_match
    path = reverse(match.view_name if match else "customer", args=[code])
    query = request.GET.urlencode()
    return redirect(f"{path}?{query}" if query else path)


def addressed(path: str, **values: str | None) -> str:
    """A path with the query values that are set."""
    kept = {key: value for key, value in values.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
