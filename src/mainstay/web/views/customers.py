"""The list of customers: filter, sort, search, page by page, and take away what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.foundation.models import User
from mainstay.insights import selectors as insights
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.records import CustomerPage, CustomerRow, RunInfo
from mainstay.kernel.cursor import BadCursor
from mainstay.web import export
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.grades import Badges

PAGE = 50
EXPORT_PAGE = 500
DEFAULT_SORT = "-net_sales"


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for."""

    scheme: str
    q: str
    classes: tuple[str, ...]
    region: str
    owner: str
    sort: str

    @classmethod
    def of(cls, values: QueryDict, scheme: str) -> Query:
        return cls(
            scheme=values.get("scheme", "") or scheme,
            q=values.get("q", "").strip()[:200],
            classes=tuple(value for value in values.getlist("class") if value),
            region=values.get("region", ""),
            owner=values.get("owner", ""),
            sort=values.get("sort", "") or DEFAULT_SORT,
        )

    def page(self, user: User, *, after: str | None = None, size: int = PAGE) -> CustomerPage:
        return insights.customer_page(
            user, scheme=self.scheme, q=self.q, classes=self.classes, region=self.region,
            owner=self.owner, sort=self.sort, after=after, size=size,
        )  # fmt: skip

    def address(self, name: str = "customers", **changes: Any) -> str:
        """The address of the list with some of the query changed."""
        values = {
            "scheme": self.scheme, "q": self.q, "class": self.classes, "region": self.region,
            "owner": self.owner, "sort": "" if self.sort == DEFAULT_SORT else self.sort, **changes,
        }  # fmt: skip
        kept = {key: value for key, value in values.items() if value}
        return f"{reverse(name)}?{urlencode(kept, doseq=True)}"


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's head: the way to sort by it, and how it is sorted now."""

    title: str
    href: str
    sorted: str
    """``ascending``, ``descending`` or ''."""
    number: bool
    wide: bool


# name of the sort, whether figures (largest first), whether dropped on the phone
COLUMNS = (
    ("class", False, False), ("name", False, False), ("owner", False, True),
    ("region", False, True), ("net_sales", True, False), ("", False, True), ("growth", True, True),
    ("gross_profit", True, True), ("margin", True, True), ("collection_rate", True, True),
    ("overdue_balance", True, True), ("recency", True, True),
)  # fmt: skip

OF_COST = ("gross_profit", "margin")


def titles() -> dict[str, str]:
    """Column titles in the reader's language."""
    return {
        "class": _("Class"), "name": _("Customer"), "owner": _("Owner"), "region": _("Region"),
        "net_sales": _("Net sales"), "": _("12 months"), "growth": _("Growth"),
        "gross_profit": _("Profit"), "margin": _("Margin"), "collection_rate": _("Collected"),
        "overdue_balance": _("Overdue"), "recency": _("Silent"),
    }  # fmt: skip


def shown_columns(page: CustomerPage) -> list[tuple[str, bool, bool]]:
    """The columns the reader may see."""
    return [column for column in COLUMNS if page.cost or column[0] not in OF_COST]


def headings(query: Query, page: CustomerPage) -> Iterator[Heading]:
    """The heads of the columns."""
    words = titles()
    for name, figures, wide in shown_columns(page):
        first, second = (f"-{name}", name) if figures else (name, f"-{name}")
        state = ""
        if query.sort.removeprefix("-") == name:
            state = "descending" if query.sort.startswith("-") else "ascending"
        wanted = second if query.sort == first else first
        yield Heading(words[name], query.address(sort=wanted) if name else "", state, figures, wide)


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """The list; asked for by htmx, only its results, or only its next rows."""
    user = signed_in_user(request)
    run = insights.headline_run(user)
    if run is None:
        return redirect("start")
    query = Query.of(request.GET, run.scheme)
    after = request.GET.get("after") or None
    page = _page(user, query, after)
    context: dict[str, Any] = {
        "query": query,
        "page": page,
        "run": page.run,
        "badges": Badges(page.run),
        "lang": language(),
        "headings": list(headings(query, page)),
        "columns": len(shown_columns(page)),
        "next": query.address(after=page.next_cursor) if page.next_cursor else "",
        "first": after is None,
    }
    if wants_fragment(request):
        part = "customers/_rows.html" if after else "customers/_results.html"
        return fragment(request, part, context | {"fragment": True})
    context["schemes"] = [
        (name, said(other.scheme_title))
        for name, other in insights.latest_runs(user).items()
        if other.state == "done"
    ]
    response = render(request, "customers/list.html", context | {"fragment": False})
    response.headers["Vary"] = "HX-Request"
    return response


@require_GET
def customers_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Exactly the rows the list shows under its filters, in its order, as Excel or CSV."""
    user = signed_in_user(request)
    run = insights.headline_run(user)
    if run is None:
        raise Http404
    query = Query.of(request.GET, run.scheme)
    first = _page(user, query, None, size=EXPORT_PAGE)
    table = export.Table(
        name=f"customers-{query.scheme}-{first.run.as_of:%Y-%m-%d}",
        sheet=_("Customers"),
        columns=columns_out(first.run, cost=first.cost),
        rows=[row_out(row, cost=first.cost) for row in _all(user, query, first)],
        notes=_notes(first.run),
    )
    return export.hand_out(user, table, kind)


def columns_out(run: RunInfo, *, cost: bool) -> list[export.Column]:
    """Columns of the export; the class column names its scheme, money its currency."""
    words = titles()
    money = f"{run.currency or _('currency not given')}"
    return [
        export.Column(_("Code"), "text"),
        export.Column(words["name"], "text"),
        export.Column(f"{words['class']} ({said(run.scheme_title)}, {run.scheme})", "text"),
        export.Column(_("Class before"), "text"),
        export.Column(_("Rank"), "count"),
        export.Column(words["owner"], "text"),
        export.Column(words["region"], "text"),
        export.Column(f"{words['net_sales']}, {money}", "money", run.exponent),
        export.Column(words["growth"], "ratio"),
        *(
            [
                export.Column(f"{words['gross_profit']}, {money}", "money", run.exponent),
                export.Column(words["margin"], "ratio"),
            ]
            if cost
            else []
        ),
        export.Column(words["collection_rate"], "ratio"),
        export.Column(f"{words['overdue_balance']}, {money}", "money", run.exponent),
        export.Column(_("Days since last order"), "count"),
        export.Column(_("Reason"), "text"),
    ]


def row_out(row: CustomerRow, *, cost: bool) -> list[Any]:
    """One customer's cells, in the order of ``columns_out``."""
    return [
        row.code, shown_name(row.name, row.name_en), row.klass, row.previous_class, row.rank,
        row.salesperson, row.region, row.net_sales, row.growth,
        *([row.gross_profit, row.margin] if cost else []),
        row.collection_rate, row.overdue_balance, row.recency, said(row.reason),
    ]  # fmt: skip


def shown_name(name: str, name_en: str) -> str:
    """A customer's name as the reader reads it."""
    return (name_en or name) if language() == "en" else name


def _notes(run: RunInfo) -> list[tuple[str, str]]:
    version = _("version %(version)s") % {"version": run.version}
    return [
        (_("Scheme"), f"{said(run.scheme_title)} ({run.scheme}), {version}"),
        (_("As of"), f"{run.as_of:%Y-%m-%d}"),
        (_("Window"), f"{run.window_start:%Y-%m-%d} – {run.window_end:%Y-%m-%d}"),
        (_("Engine"), run.engine_version),
    ]


def _page(user: User, query: Query, after: str | None, size: int = PAGE) -> CustomerPage:
    try:
        return query.page(user, after=after, size=size)
    except (NotGraded, UnknownSort, BadCursor) as error:
        raise Http404 from error


def _all(user: User, query: Query, first: CustomerPage) -> Iterator[CustomerRow]:
    page = first
    yield from page.rows
    while page.next_cursor:
        page = query.page(user, after=page.next_cursor, size=EXPORT_PAGE)
        yield from page.rows
