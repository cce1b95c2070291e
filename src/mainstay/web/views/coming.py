"""Portfolio › Structure › Cohorts: customers by when they first ordered, and who still buys."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights.errors import CohortsNotKept, NotGraded, PeriodNotValid
from mainstay.insights.selectors import cohorts as selectors
from mainstay.insights.selectors.cohorts import MONTHS, Cohort, CohortCell, Coming
from mainstay.kernel.cursor import BadCursor
from mainstay.web import export
from mainstay.web.charts.lines import Line, lines
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import in_currency, money, number, percent
from mainstay.web.given import whole
from mainstay.web.listing import Column, Listing, addressed, answer
from mainstay.web.views.portfolio import NARROW, Figure

WIDE, PAGE = 1180, 50
USUAL, YEAR = 6, 12
"""Months of a period unless somebody chooses, and of a year."""
DRAWN, STEPS = 4, "BCDE"
"""Cohorts that are drawn beside all of them, and their colours."""
SHOW = ("share", "buying", "net")


@require_GET
def cohorts(request: HttpRequest) -> HttpResponse:
    """The page: ``?months=`` chooses the length of a period, ``show`` what the table holds."""
    months = _months(request)
    try:
        data = selectors.coming(signed_in_user(request), months)
    except NotGraded:
        return redirect("start")
    except CohortsNotKept:
        return render(request, "portfolio/cohorts.html", {"data": None})
    show = request.GET.get("show", "")
    show = show if show in SHOW else "share"
    words, lengths = show_words(), length_words()
    ages = max((cell.since for one in data.cohorts for cell in one.cells), default=0)
    before = any(cell.since < 0 for one in data.cohorts for cell in one.cells)
    return render(request, "portfolio/cohorts.html", {
        "data": data, "run": data.run, "months": months, "show": show, "figure": figure(data),
        "shows": [(one, words[one], _address(months, show=one)) for one in SHOW],
        "lengths": [(one, lengths[one], _address(one, show=show)) for one in MONTHS],
        "unit": lengths[months], "ages": range(ages + 1), "before": before,
        "rows": [_row(data, one, show, ages) for one in data.cohorts],
        "csv": _address(months, "cohorts-data"), "name": period_words,
        "latest": data.cohorts[-1] if data.cohorts else None,
        "behind": lambda cohort: _behind(months, cohort),
    })  # fmt: skip


@require_GET
def cohorts_data(request: HttpRequest) -> HttpResponse:
    """Every cohort and period as CSV, exact; what belongs to no cohort last."""
    months = _months(request)
    try:
        data = selectors.coming(signed_in_user(request), months)
    except (NotGraded, CohortsNotKept) as error:
        raise Http404 from error
    run = data.run
    columns = [
        export.Column(_("First order in"), "text"), export.Column(_("Period"), "text"),
        export.Column(_("Periods since"), "count"), export.Column(_("Customers"), "count"),
        export.Column(_("Of them buying"), "count"), export.Column(_("Share buying"), "ratio"),
        export.Column(in_currency(_("Net sales"), run.currency), "money", run.exponent),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [one.name, cell.period, cell.since, one.customers, cell.buying, cell.share, cell.net]
        for one in data.cohorts for cell in one.cells
    ]  # fmt: skip
    if data.never_customers:
        rows.append([_("never ordered"), "", None, data.never_customers, 0, None, data.never])
    if data.unassigned:
        rows.append([_("without a customer"), "", None, None, None, None, data.unassigned])
    table = export.Table(f"cohorts-{months}-{run.as_of:%Y-%m-%d}", "cohorts", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


@require_GET
def cohort_customers(request: HttpRequest, cohort: str) -> HttpResponse:
    """The customers of a cohort; ``since``: who bought so many periods later, or with ``silent``
    who did not.
    """
    user, months = signed_in_user(request), _months(request)
    since, silent = whole(request.GET.get("since")), bool(request.GET.get("silent"))
    if since is not None and since > 4_000:
        raise Http404

    def page(after: str | None, size: int) -> selectors.BoughtPage:
        return selectors.bought(user, cohort, months, since, silent=silent, after=after, size=size)

    def read(after: str | None, size: int) -> selectors.BoughtPage:
        return first if (after, size) == (None, PAGE) else page(after, size)

    try:
        first = page(None, PAGE)
    except (NotGraded, CohortsNotKept, BadCursor) as error:
        raise Http404 from error
    run = first.run
    sales = _("Net sales") if since is None else _("Net sales in the period")
    columns = [
        Column(_("Code"), "text", lambda r: r.code, lambda r: reverse("customer", args=[r.code]),
               room="code"),
        Column(_("Name"), "text", lambda r: shown_name(r.name, r.name_en)),
        Column(sales, "money", lambda r: r.net),
    ]  # fmt: skip
    heading = _("First order in %(period)s") % {"period": period_words(cohort)}
    listing = Listing(
        heading, columns, read, _behind(months, cohort, since, silent=silent), f"cohort-{cohort}",
        run.currency, run.exponent, notes=[(_("As of"), run.as_of.isoformat())],
    )  # fmt: skip
    told = {
        "num": number(first.total), "amount": money(first.net, run.currency, run.exponent),
        "cohort": heading,
    }  # fmt: skip
    if since is not None:
        told["period"] = period_words(selectors.later(cohort, since, months))
    if since is None:
        finding = ngettext(
            "%(num)s customer brought %(amount)s since",
            "%(num)s customers brought %(amount)s since", first.total,
        ) % told  # fmt: skip
    elif silent:
        finding = ngettext(
            "%(num)s customer bought nothing in %(period)s",
            "%(num)s customers bought nothing in %(period)s", first.total,
        ) % told  # fmt: skip
    else:
        finding = ngettext(
            "%(num)s customer bought for %(amount)s in %(period)s",
            "%(num)s customers bought for %(amount)s in %(period)s", first.total,
        ) % told  # fmt: skip
    context = {
        "trail": [(reverse("portfolio"), _("Portfolio")), (_address(months), _("Cohorts"))],
        "finding": finding, "empty": _("Nobody."),
        "sub": _("%(cohort)s; the largest first, net sales exclude VAT") % told,
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context, PAGE)


def show_words() -> dict[str, str]:
    """The figures that the table may hold."""
    return {"share": _("Share still buying"), "buying": _("Customers"), "net": _("Net sales")}


def length_words() -> dict[int, str]:
    """How long a period is."""
    return {3: _("Quarters"), 6: _("Half-years"), 12: _("Years")}


def period_words(name: str) -> str:
    """``2024 H2`` for «2024-H2»; a quarter and a year as they are."""
    year, _dash, part = name.partition("-")
    halves = {"H1": _("%(year)s H1"), "H2": _("%(year)s H2")}
    return halves[part] % {"year": year} if part in halves else name.replace("-", " ")


def figure(data: Coming) -> Figure | None:
    """«64% still buy a year after the period of their first order»."""
    ages = len(data.kept_on)
    if ages < 2:
        return None
    year = YEAR // data.months
    since, of, bought = next((one for one in data.kept_on if one[0] == year), data.kept_on[-1])
    share = percent(bought / of)
    if since == year:
        told = _("%(share)s still buy a year after the period of their first order")
    else:
        told = _("%(share)s still buy in the last period that is known")
    everybody = [bought / of for _since, of, bought in data.kept_on]
    series: list[Line] = [("A", _("All"), everybody)]
    recent = [(one, _whole_cells(data, one)) for one in data.cohorts]
    some = [(one, cells) for one, cells in recent if len(cells) > 1][-DRAWN:]
    for step, (one, cells) in zip(STEPS, some, strict=False):
        shares: list[float | None] = [cell.share for cell in cells]
        series.append((step, period_words(one.name), shares + [None] * (ages - len(shares))))
    places = [number(since) for since, _of, _bought in data.kept_on]
    table = [
        [number(since), number(of), number(bought), percent(bought / of, 1)]
        for since, of, bought in data.kept_on
    ]
    columns = [_("Periods since"), _("Customers"), _("Of them buying"), _("Share buying")]
    return Figure(
        told % {"share": share}, columns, table, lines(series, places, WIDE, 260),
        lines(series, places, NARROW, 220),
    )  # fmt: skip


def _whole_cells(data: Coming, one: Cohort) -> list[CohortCell]:
    cells = one.cells if data.last_whole else one.cells[:-1]
    return [cell for cell in cells if cell.since >= 0]


def _row(data: Coming, one: Cohort, show: str, ages: int) -> dict[str, Any]:
    """A cohort in the table: texts and addresses by periods since."""
    run = data.run
    own = {cell.since: cell for cell in one.cells if cell.since >= 0}
    cells: list[tuple[str, str]] = []
    for since in range(ages + 1):
        cell = own.get(since)
        if cell is None:
            cells.append(("", ""))
            continue
        says = {
            "share": percent(cell.share), "buying": number(cell.buying),
            "net": money(cell.net, run.currency, run.exponent),
        }  # fmt: skip
        href = _behind(data.months, one.name, since) if cell.buying else ""
        cells.append((says[show], href))
    early = sum(cell.net for cell in one.cells if cell.since < 0)
    return {
        "one": one, "cells": cells, "href": _behind(data.months, one.name),
        "net": money(one.net, run.currency, run.exponent),
        "early": money(early, run.currency, run.exponent) if early else "–",
    }  # fmt: skip


def _months(request: HttpRequest) -> int:
    asked = request.GET.get("months")
    if not asked:
        return USUAL
    found = whole(asked)
    if found not in MONTHS:
        raise Http404 from PeriodNotValid(period=asked[:60])
    return found


def _address(months: int, name: str = "cohorts", **values: str) -> str:
    return addressed(reverse(name), months=str(months), **values)


def _behind(months: int, cohort: str, since: int | None = None, *, silent: bool = False) -> str:
    return addressed(
        reverse("cohort-customers", args=[cohort]), months=str(months),
        since=None if since is None else str(since), silent="1" if silent else None,
    )  # fmt: skip
