"""The list of customers: filter, sort, search, page by page, and take away what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mainstay.foundation import views as saved_views
from mainstay.foundation.errors import NoSuchView
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand, may
from mainstay.insights import selectors as insights
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.records import CustomerPage, CustomerRow, RunInfo
from mainstay.insights.selectors import Filters
from mainstay.insights.selectors.runs import headline
from mainstay.kernel.cursor import BadCursor
from mainstay.kernel.errors import MainstayError
from mainstay.parties import owners
from mainstay.parties.permissions import ASSIGN, EXPORT, SEE
from mainstay.parties.selectors import sees_cost
from mainstay.web import choices, export
from mainstay.web.addresses import url
from mainstay.web.context import fragment, render, runs_of, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.grades import Badges
from mainstay.web.lines import lines
from mainstay.web.views.handover import hand_over

PAGE = 50
EXPORT_PAGE = 500
DEFAULT_SORT = "-net_sales"
SELECTED = 500
"""Customers that one act takes at most."""


@dataclass(frozen=True)
class Query:
    """What the address asks for."""

    scheme: str
    filters: Filters
    sort: str
    columns: tuple[str, ...]
    """Names of the columns beyond class, name and net sales; empty: all."""

    @classmethod
    def of(cls, values: QueryDict, scheme: str) -> Query:
        return cls(
            scheme=values.get("scheme", "") or scheme,
            filters=Filters(
                q=values.get("q", "").strip()[:200],
                classes=tuple(value for value in values.getlist("class") if value),
                region=values.get("region", ""),
                owner=values.get("owner", ""),
            ),
            sort=values.get("sort", "") or DEFAULT_SORT,
            columns=tuple(name for name in values.getlist("col") if name in CHOOSABLE),
        )

    def page(
        self, user: User, *, after: str | None = None, size: int = PAGE,
        runs: dict[str, RunInfo] | None = None, reasons: bool = True,
    ) -> CustomerPage:  # fmt: skip
        return insights.customer_page(
            user, scheme=self.scheme, filters=self.filters, sort=self.sort, after=after, size=size,
            runs=runs, reasons=reasons,
        )  # fmt: skip

    @cached_property
    def _parts(self) -> dict[str, str]:
        values = {
            "scheme": self.scheme, "q": self.filters.q, "class": self.filters.classes,
            "region": self.filters.region, "owner": self.filters.owner, "col": self.columns,
            "sort": "" if self.sort == DEFAULT_SORT else self.sort,
        }  # fmt: skip
        return {key: _part(key, value) for key, value in values.items()}

    def asked(self, **changes: Any) -> str:
        """The query string, with some of it changed."""
        parts = self._parts | {key: _part(key, value) for key, value in changes.items()}
        return "&".join(filter(None, parts.values()))

    def pairs(self) -> list[tuple[str, str]]:
        """What is asked for but the columns, to be sent again by a form."""
        return parse_qsl(self.asked(col=()))

    def address(self, name: str = "customers", **changes: Any) -> str:
        """The address of the list with some of the query changed."""
        return f"{url(name)}?{self.asked(**changes)}"


def _part(key: str, value: Any) -> str:
    return urlencode({key: value}, doseq=True) if value else ""


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
    ("region", False, True), ("net_sales", True, False), ("months", False, True),
    ("growth", True, True), ("gross_profit", True, True), ("margin", True, True),
    ("collection_rate", True, True), ("overdue_balance", True, True), ("recency", True, True),
)  # fmt: skip
ALWAYS = ("class", "name", "net_sales")
CHOOSABLE = tuple(name for name, *_ in COLUMNS if name not in ALWAYS)
OF_COST = ("gross_profit", "margin")
UNSORTED = ("months",)


def titles() -> dict[str, str]:
    """Column titles in the reader's language."""
    return {
        "class": _("Class"), "name": _("Customer"), "owner": _("Salesperson"),
        "region": _("Region"),
        "net_sales": _("Net sales"), "months": _("12 months"), "growth": _("Growth"),
        "gross_profit": _("Profit"), "margin": _("Margin"), "collection_rate": _("Collected"),
        "overdue_balance": _("Overdue"), "recency": _("Silent"),
    }  # fmt: skip


def shown_columns(query: Query, *, cost: bool) -> dict[str, tuple[bool, bool]]:
    """The columns the reader chose and may see: whether figures, whether dropped on the phone."""
    return {
        name: (figures, wide)
        for name, figures, wide in COLUMNS
        if (cost or name not in OF_COST)
        and (not query.columns or name in query.columns or name in ALWAYS)
    }


def headings(query: Query, *, cost: bool) -> Iterator[Heading]:
    """The heads of the columns."""
    words = titles()
    for name, (figures, wide) in shown_columns(query, cost=cost).items():
        first, second = (f"-{name}", name) if figures else (name, f"-{name}")
        state = ""
        if query.sort.removeprefix("-") == name:
            state = "descending" if query.sort.startswith("-") else "ascending"
        wanted = second if query.sort == first else first
        href = "" if name in UNSORTED else query.address(sort=wanted)
        yield Heading(words[name], href, state, figures, wide)


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """The list; asked for by htmx, only its results, or only its next rows."""
    user, runs = signed_in_user(request), runs_of(request)
    demand(user, SEE)
    run = headline(runs)
    if run is None:
        return redirect("start")
    query = Query.of(request.GET, run.scheme)
    after = request.GET.get("after") or None
    page = _page(user, query, after, runs=runs, reasons=False)
    context = _context(query, page) | {
        "next": query.address(after=page.next_cursor) if page.next_cursor else "",
        "first": after is None,
    }
    if wants_fragment(request):
        part = "customers/_rows.html" if after else "customers/_results.html"
        return fragment(request, part, context | {"fragment": True})
    regions, salespeople = insights.customer_facets(user, page.run)
    context |= {
        "schemes": choices.pairs(
            [(name, said(r.scheme_title)) for name, r in runs.items() if r.state == "done"],
            query.scheme,
        ),
        "regions": choices.options(regions, query.filters.region, _("all")),
        "salespeople": choices.options(salespeople, query.filters.owner, _("anyone")),
        "titles": titles(),
        "choosable": [name for name in CHOOSABLE if page.cost or name not in OF_COST],
    }  # fmt: skip
    response = render(request, "customers/list.html", context | {"fragment": False})
    response.headers["Vary"] = "HX-Request"
    return response


def _context(query: Query, page: CustomerPage) -> dict[str, Any]:
    columns = shown_columns(query, cost=page.cost)
    badges = Badges(page.run)
    return {
        "query": query, "page": page, "run": page.run, "badges": badges, "lang": language(),
        "lines": lines(page.rows, page.run, badges, columns),
        "headings": list(headings(query, cost=page.cost)), "shown": columns,
        "columns": len(columns) + 1, "next": "", "sums": None,
    }  # fmt: skip


@require_GET
def customers_sums(request: HttpRequest) -> HttpResponse:
    """Counts and sums, saved views and people: what the list asks for once it stands."""
    user, runs = signed_in_user(request), runs_of(request)
    demand(user, SEE)
    run = headline(runs)
    if run is None:
        raise Http404
    query = Query.of(request.GET, run.scheme)
    try:
        sums = insights.customer_sums(
            user, scheme=query.scheme, filters=query.filters, runs=runs
        )  # fmt: skip
    except NotGraded as error:
        raise Http404 from error
    shown = runs[query.scheme]
    context = {
        "query": query, "sums": sums, "run": shown, "badges": Badges(shown), "lang": language(),
        "shown": shown_columns(query, cost=sees_cost(user)),
        "views": saved_views.saved(user, "customers"),
        "people": owners.choices() if may(user, ASSIGN) else [],
    }  # fmt: skip
    return fragment(request, "customers/_sums.html", context)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do something with the customers that are ticked: give them to somebody, take them out."""
    user = signed_in_user(request)
    demand(user, SEE)
    codes = [code for code in request.POST.getlist("code") if code][:SELECTED]
    back = f"{reverse('customers')}?{request.POST.get('query', '')}"
    if not codes:
        messages.warning(request, _("Tick customers first."), extra_tags="warn")
        return HttpResponseRedirect(back)
    if request.POST.get("do") == "export":
        return _selected(request, user, codes)
    return hand_over(request)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what the list asks for under a name."""
    user, given = signed_in_user(request), request.POST
    asked = given.get("query", "")
    try:
        saved_views.save(
            user, "customers", given.get("name", ""), asked, shared="shared" in given
        )  # fmt: skip
    except MainstayError as error:
        messages.warning(request, error.text(language()), extra_tags="warn")
    return HttpResponseRedirect(f"{reverse('customers')}?{asked}")


@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one's own view."""
    try:
        saved_views.remove(signed_in_user(request), pk)
    except NoSuchView as error:
        raise Http404 from error
    return redirect("customers")


@require_GET
def customers_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Exactly the rows the list shows under its filters, in its order, as Excel or CSV."""
    user = signed_in_user(request)
    demand(user, EXPORT)
    run = headline(runs_of(request))
    if run is None:
        raise Http404
    query = Query.of(request.GET, run.scheme)
    first = _page(user, query, None, size=EXPORT_PAGE)
    return _hand_out(user, first, _all(user, query, first), kind)


def _selected(request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
    run = headline(runs_of(request))
    if run is None:
        raise Http404
    query = Query.of(QueryDict(request.POST.get("query", "")), run.scheme)
    first = _page(user, query, None, size=EXPORT_PAGE)
    wanted = set(codes)
    rows = (row for row in _all(user, query, first) if row.code in wanted)
    return _hand_out(user, first, rows, "xlsx")


def _hand_out(
    user: User, first: CustomerPage, rows: Iterator[CustomerRow], kind: str
) -> HttpResponse:
    table = export.Table(
        name=f"customers-{first.run.scheme}-{first.run.as_of:%Y-%m-%d}",
        sheet=_("Customers"),
        columns=columns_out(first.run, cost=first.cost),
        rows=[row_out(row, cost=first.cost) for row in rows],
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


def _page(
    user: User, query: Query, after: str | None, size: int = PAGE,
    runs: dict[str, RunInfo] | None = None, *, reasons: bool = True,
) -> CustomerPage:  # fmt: skip
    try:
        return query.page(user, after=after, size=size, runs=runs, reasons=reasons)
    except (NotGraded, UnknownSort, BadCursor) as error:
        raise Http404 from error


def _all(user: User, query: Query, first: CustomerPage) -> Iterator[CustomerRow]:
    page = first
    yield from page.rows
    while page.next_cursor:
        page = query.page(user, after=page.next_cursor, size=EXPORT_PAGE)
        yield from page.rows
