"""The list of customers: filter, sort, search, page by page, and take away what is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote_plus

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
from mainstay.parties import selectors as parties
from mainstay.parties.permissions import ASSIGN, EXPORT, SEE
from mainstay.parties.selectors import sees_cost
from mainstay.web import choices, columns, export
from mainstay.web.addresses import url
from mainstay.web.context import fragment, render, runs_of, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.given import whole
from mainstay.web.grades import Badges
from mainstay.web.lines import lines
from mainstay.web.ordering import heads, orders
from mainstay.web.places import region_words
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
    """Names of the columns beyond class, name and net sales; empty: the usual ones."""

    @classmethod
    def of(cls, values: QueryDict, scheme: str) -> Query:
        asked = values.get("owner", "")
        owner = whole(asked)
        return cls(
            scheme=values.get("scheme", "") or scheme,
            filters=Filters(
                q=values.get("q", "").strip()[:200],
                classes=tuple(value for value in values.getlist("class") if value),
                region=values.get("region", ""),
                owner=owner,
                # Views kept before owners could be asked for name the books' salesperson there.
                salesperson=values.get("salesperson", "") or ("" if owner is not None else asked),
            ),
            sort=values.get("sort", "") or DEFAULT_SORT,
            columns=tuple(name for name in values.getlist("col") if name in columns.CHOOSABLE),
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
            "region": self.filters.region, "salesperson": self.filters.salesperson,
            "owner": "" if self.filters.owner is None else str(self.filters.owner),
            "col": self.columns,
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


def _part(key: str, value: str | Sequence[str] | None) -> str:
    values = [value] if isinstance(value, str) else value or ()
    return "&".join(f"{key}={quote_plus(one)}" for one in values if one)


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
        "regions": choices.pairs(
            [("", _("all")), *((one, region_words(one)) for one in regions)], query.filters.region
        ),
        "people": choices.pairs(
            [("", _("anyone")), *((str(pk), name) for pk, name in page.owners),
             (str(insights.NOBODY), _("nobody"))],
            "" if query.filters.owner is None else str(query.filters.owner),
        ),
        "salespeople": ""
        if page.owners
        else choices.options(salespeople, query.filters.salesperson, _("anyone")),
        "orders": orders(context["shown"], query.sort),
        "titles": columns.titles(), "choosable": columns.choosable(cost=page.cost),
    }  # fmt: skip
    response = render(request, "customers/list.html", context | {"fragment": False})
    response.headers["Vary"] = "HX-Request"
    return response


def _context(query: Query, page: CustomerPage) -> dict[str, Any]:
    shown = columns.shown(query.columns, cost=page.cost, owned=bool(page.owners))
    badges = Badges(page.run)
    return {
        "query": query, "page": page, "run": page.run, "badges": badges, "lang": language(),
        "lines": lines(page.rows, page.run, badges, shown),
        "heads": heads(shown, query.sort, lambda sort: query.address(sort=sort)), "shown": shown,
        "columns": len(shown) + 1, "next": "", "sums": None,
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
        "shown": columns.shown(
            query.columns, cost=sees_cost(user), owned=bool(parties.owners(user))
        ),
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
    else:
        messages.success(request, _("The view is saved; it stands under Views."))
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
    return _hand_out(user, query, first, _all(user, query, first), kind)


def _selected(request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
    run = headline(runs_of(request))
    if run is None:
        raise Http404
    query = Query.of(QueryDict(request.POST.get("query", "")), run.scheme)
    first = _page(user, query, None, size=EXPORT_PAGE)
    wanted = set(codes)
    rows = (row for row in _all(user, query, first) if row.code in wanted)
    return _hand_out(user, query, first, rows, "xlsx")


def _hand_out(
    user: User, query: Query, first: CustomerPage, rows: Iterator[CustomerRow], kind: str
) -> HttpResponse:
    owned = bool(first.owners)
    shown = columns.shown(query.columns, cost=first.cost, owned=owned).values()
    table = export.Table(
        name=f"customers-{first.run.scheme}-{first.run.as_of:%Y-%m-%d}",
        sheet=_("Customers"),
        columns=columns.columns_out(first.run, shown),
        rows=columns.rows_out(rows, shown),
        notes=_notes(first.run),
    )
    return export.hand_out(user, table, kind)


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
