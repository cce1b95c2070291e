"""The portfolio: who the firm lives from, as pictures with their data behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights import selectors as insights
from mainstay.insights.errors import NotGraded
from mainstay.insights.records import Portfolio
from mainstay.web import export
from mainstay.web.charts.pareto import pareto, value_at
from mainstay.web.charts.pyramid import pyramids
from mainstay.web.charts.regions import regions
from mainstay.web.context import not_given, render, runs_of, signed_in_user
from mainstay.web.formatting import in_currency, money, number, percent, said, shares
from mainstay.web.grades import Badges
from mainstay.web.places import region_words

WIDE = {"pareto": 683, "pyramid": 476, "regions": 683}
NARROW = 358
REGIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture ready for its frame: the finding, both drawings, and the table behind."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    wide: Any
    narrow: Any


@require_GET
def portfolio(request: HttpRequest) -> HttpResponse:
    """The page."""
    try:
        data = insights.portfolio(signed_in_user(request), runs=runs_of(request))
    except NotGraded:
        return redirect("start")
    run = data.abc or data.value
    if run is None:
        return redirect("data")
    return render(
        request,
        "portfolio/portfolio.html",
        {
            "data": data,
            "run": run,
            "pareto": pareto_figure(data) if data.abc and data.pareto else None,
            "pyramid": pyramid_figure(data) if data.value and data.pyramid else None,
            "regions": regions_figure(data) if data.abc else None,
            "apart_badge": Badges(data.value).apart(),
            "tops": tops(data),
            "concentration": concentration(data.hhi),
            "first_class": data.cuts[0] if data.cuts else None,
        },
    )


@require_GET
def portfolio_data(request: HttpRequest, figure: str) -> HttpResponse:
    """The data of one picture as CSV, exact."""
    try:
        data = insights.portfolio(signed_in_user(request), runs=runs_of(request))
    except NotGraded as error:
        raise Http404 from error
    makers = {"pareto": _pareto_data, "pyramid": _pyramid_data, "regions": _regions_data}
    run = data.value if figure == "pyramid" else data.abc
    if run is None or figure not in makers:
        raise Http404
    columns, rows = makers[figure](data)
    table = export.Table(f"{figure}-{run.as_of:%Y-%m-%d}", figure, columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


def pareto_figure(data: Portfolio) -> Figure:
    """«A fifth of the customers bring 78% of sales; the last half bring 4.9%.»"""
    fifth = value_at(data.pareto, 0.2)
    last = 1 - value_at(data.pareto, 0.5)
    title = _("A fifth of the customers bring %(fifth)s of sales; the last half bring %(last)s") % {
        "fifth": percent(fifth), "last": percent(last, 1),
    }  # fmt: skip
    badges = Badges(data.abc)
    classes, rows, before, brought = [], [], 0, 0.0
    for cut in data.cuts:
        badge, count = badges(cut.klass), cut.customers - before
        classes.append((badge.step, badge.text, count, cut.share_customers, cut.share_value))
        rows.append([cut.klass, number(count), percent(cut.share_value - brought, 1)])
        before, brought = cut.customers, cut.share_value
    return Figure(
        title, [_("Class"), _("Customers"), _("Share of sales")], rows,
        pareto(data.pareto, classes, WIDE["pareto"], 300),
        pareto(data.pareto, classes, NARROW, 250),
    )  # fmt: skip


def pyramid_figure(data: Portfolio) -> Figure:
    """«84 customers earn 73% of the profit»: the first two classes."""
    run = data.value
    if run is None:
        raise ValueError("no value run")
    badges = Badges(run)
    levels = [row for row in data.pyramid if badges.step(row.klass) not in "EN" or row.profit > 0]
    heads = shares([row.customers for row in levels])
    gains = shares([max(row.profit, 0) for row in levels])
    drawn, table = [], []
    for row, head, gain in zip(levels, heads, gains, strict=True):
        badge = badges(row.klass)
        profit = money(row.profit, run.currency, run.exponent)
        drawn.append(
            (badge.step, "" if badge.word else badge.klass, said(row.title), row.customers,
             row.profit, number(row.customers), head, profit, gain)
        )  # fmt: skip
        table.append([said(row.title), number(row.customers), head, profit, gain])
    best = levels[:2]
    whole = sum(max(row.profit, 0) for row in levels) or 1
    few = sum(row.customers for row in best)
    title = ngettext(
        "%(count)s customer earns %(share)s of the profit",
        "%(count)s customers earn %(share)s of the profit",
        few,
    ) % {"count": number(few), "share": percent(sum(max(r.profit, 0) for r in best) / whole)}
    columns = [_("Class"), _("Customers"), _("Share"), _("Gross profit"), _("Share")]
    return Figure(title, columns, table, pyramids(drawn, WIDE["pyramid"]), pyramids(drawn, NARROW))


def regions_figure(data: Portfolio) -> Figure | None:
    """«Zhejiang and Jiangsu are 69% of sales»; ``None`` where no region is known that
    sold anything.
    """
    run = data.abc
    if run is None:
        raise ValueError("no ABC run")
    badges = Badges(run)
    sold = [row for row in data.regions if row.net_sales]
    if not any(row.region for row in sold):
        return None
    names = [region_words(row.region) or not_given() for row in sold]
    whole = sum(max(row.net_sales, 0) for row in sold) or 1
    two = sold[:2]
    share = percent(sum(max(row.net_sales, 0) for row in two) / whole)
    if len(two) == 1:
        title = _("All sales are in %(region)s") % {"region": names[0]}
    else:
        title = _("%(first)s and %(second)s are %(share)s of sales") % {
            "first": names[0], "second": names[1], "share": share,
        }  # fmt: skip
    best = run.classes[0].klass
    drawn, table = [], []
    for name, row in zip(names, sold, strict=True):
        amount = money(row.net_sales, run.currency, run.exponent)
        core = percent(row.by_class.get(best, 0) / row.net_sales) if row.net_sales > 0 else ""
        pieces = [(badges.step(k), k, v) for k, v in row.by_class.items()]
        drawn.append((name, pieces, amount, core))
        table.append([name, number(row.customers), amount, core])
    shown = drawn[:REGIONS_SHOWN]
    small = [(name, pieces, amount, "") for name, pieces, amount, _core in shown]
    of_best = _("Sold to %(klass)s") % {"klass": best}
    return Figure(
        title, [_("Region"), _("Customers"), _("Net sales"), of_best], table,
        regions(shown, WIDE["regions"]), regions(small, NARROW),
    )  # fmt: skip


def tops(data: Portfolio) -> list[tuple[str, str]]:
    """Shares of the largest customers, with their words; none that is everybody's."""
    words = {1: _("Largest"), 5: _("Top 5"), 10: _("Top 10"), 50: _("Top 50")}
    return [
        (words[count], percent(share, 1))
        for count, share in data.top_shares.items()
        if count == 1 or count < data.stats.active
    ]


def concentration(hhi: int | None) -> str:
    """What a Herfindahl index says, by the usual borders of 1,000 and 1,800."""
    if hhi is None:
        return ""
    if hhi < 1000:
        return _("not concentrated")
    return _("moderately concentrated") if hhi < 1800 else _("highly concentrated")


Sheet = tuple[list[export.Column], list[list[Any]]]


def _pareto_data(data: Portfolio) -> Sheet:
    columns = [
        export.Column(_("Cumulative share of customers"), "ratio"),
        export.Column(_("Cumulative share of sales"), "ratio"),
    ]
    return columns, [list(point) for point in data.pareto]


def _pyramid_data(data: Portfolio) -> Sheet:
    run = data.value
    exponent, currency = (run.exponent, run.currency) if run else (2, "")
    columns = [
        export.Column(_("Class"), "text"), export.Column(_("Title"), "text"),
        export.Column(_("Customers"), "count"),
        export.Column(in_currency(_("Gross profit"), currency), "money", exponent),
    ]  # fmt: skip
    return columns, [[r.klass, said(r.title), r.customers, r.profit] for r in data.pyramid]


def _regions_data(data: Portfolio) -> Sheet:
    run = data.abc
    exponent, currency = (run.exponent, run.currency) if run else (2, "")
    classes = [entry.klass for entry in run.classes] if run else []
    columns = [
        export.Column(_("Region"), "text"), export.Column(_("Customers"), "count"),
        export.Column(in_currency(_("Net sales"), currency), "money", exponent),
        *(export.Column(in_currency(name, currency), "money", exponent) for name in classes),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [r.region, r.customers, r.net_sales, *(r.by_class.get(name, 0) for name in classes)]
        for r in data.regions
    ]
    return columns, rows
