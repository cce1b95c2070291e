"""Portfolio › Why did sales change: the bridge between two periods, and the customers behind it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.insights.errors import BridgeNotMade, NotGraded, PeriodNotValid
from mainstay.insights.portfolio import growth as bridges
from mainstay.insights.portfolio.periods import Periods
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors import growth as selectors
from mainstay.insights.selectors.growth import GROUPS, By, Group, Growth
from mainstay.kernel.cursor import BadCursor
from mainstay.web import export, growth
from mainstay.web.charts.bridge import Step, bridge
from mainstay.web.context import not_given, render, signed_in_user
from mainstay.web.formatting import in_currency, language, mark, money_change, number, said
from mainstay.web.grades import Badges
from mainstay.web.listing import Column, Listing, addressed, answer
from mainstay.web.places import region_words
from mainstay.web.views.portfolio import NARROW, Figure

WIDE = 1180
NONE = "-"
"""In an address, the group of those who belong to none."""


@require_http_methods(["GET", "POST"])
def sales_change(request: HttpRequest) -> HttpResponse:
    """The page; its form has other periods worked out."""
    user, fault = signed_in_user(request), ""
    try:
        usual = selectors.usual_periods(user)
    except NotGraded:
        return redirect("start")
    periods, by = usual, _by(request)
    try:
        periods = growth.chosen(request.POST if request.method == "POST" else request.GET, usual)
        if request.method == "POST":
            job = bridges.ask(user, periods)
            return redirect("job", job.pk) if job else redirect(_address(periods))
    except PeriodNotValid as error:
        fault = error.text(language())
    context: dict[str, Any] = {"periods": periods, "fault": fault, "span_words": growth.span_words}
    try:
        data = selectors.sales_change(user, periods, by)
    except BridgeNotMade:
        context |= {"data": None, "offered": growth.choices(usual.later.end, usual.earlier.start)}
        return render(request, "portfolio/growth.html", context, status=422 if fault else 200)
    context |= {
        "data": data, "run": data.run, "figure": _figure(data), "words": growth.step_words(),
        "means": growth.step_meanings() | growth.strategy_meanings(),
        "cells": growth.strategy_words(),
        "resting": {each.name: each for each in data.strategies},
        "strategies_finding": growth.strategies_finding(data), "groups": _named(data), "by": by,
        "badges": Badges(data.run), "head": _head(by, data.run),
        "tabs": [(one, group_words()[one], _address(periods, by=one)) for one in GROUPS],
        "offered": growth.choices(data.run.as_of, data.books_from),
        "behind": lambda step, key=None: _behind(data, step, key), "csv": _csv(data),
    }  # fmt: skip
    return render(request, "portfolio/growth.html", context, status=422 if fault else 200)


@require_GET
def sales_change_customers(request: HttpRequest, step: str) -> HttpResponse:
    """The customers behind one step, of one group where the address names it."""
    user, by, asked = signed_in_user(request), _by(request), request.GET.get("group") or None
    group = "" if asked == NONE else asked
    try:
        periods = growth.chosen(request.GET, selectors.usual_periods(user))
        first = selectors.moved_by(user, step, periods, by, group, size=1)
    except (NotGraded, BridgeNotMade, PeriodNotValid, BadCursor) as error:
        raise Http404 from error
    run, kinds = first.run, growth.kind_words()
    words = growth.step_words() | growth.strategy_words()
    title = words.get(step, _("Whole change"))
    columns = [
        Column(_("Code"), "text", lambda r: r.code, lambda r: reverse("customer", args=[r.code]),
               room="code"),
        Column(_("Name"), "text", lambda r: r.name, below=lambda r: kinds[r.kind]),
        Column(_("How it stands"), "text", lambda r: kinds[r.kind], wide=True, quiet=True),
        Column(growth.span_words(periods.earlier), "money", lambda r: r.before, wide=True),
        Column(growth.span_words(periods.later), "money", lambda r: r.after, wide=True),
        Column(_("Change in sales"), "money", lambda r: r.change, wide=step != "change"),
    ]  # fmt: skip
    if step != "change":
        columns.append(Column(title, "money", lambda r: r.amount))
    listing = Listing(
        title, columns,
        lambda after, size: selectors.moved_by(user, step, periods, by, group, after, size),
        _address(periods, "sales-change-customers", step, by=by, group=asked), f"sales-{step}",
        run.currency, run.exponent,
        notes=[(_("Earlier period"), periods.earlier.text), (_("Later period"), periods.later.text),
               (_("As of"), run.as_of.isoformat())],
    )  # fmt: skip
    told = {
        "num": number(first.total),
        "step": title,
        "amount": money_change(first.amount, run.currency, run.exponent),
    }
    finding = ngettext(
        "%(step)s: %(amount)s by %(num)s customer", "%(step)s: %(amount)s by %(num)s customers",
        first.total,
    ) % told  # fmt: skip
    of = ""
    if group is not None:
        of = f"{_head(by, run)}{mark(':')}{_title(by, group, run, first.group)} · "
    context = {
        "trail": [(reverse("portfolio"), _("Portfolio")),
                  (_address(periods, by=by), _("Why did sales change"))],
        "finding": finding, "empty": _("Nobody is behind this step."),
        "sub": of + _("%(later)s against %(earlier)s, the largest first, excluding VAT") % {
            "later": growth.span_words(periods.later),
            "earlier": growth.span_words(periods.earlier),
        },
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context)


@require_GET
def sales_change_data(request: HttpRequest) -> HttpResponse:
    """The steps, in all and by group, as CSV, exact."""
    user = signed_in_user(request)
    try:
        periods = growth.chosen(request.GET, selectors.usual_periods(user))
        data = selectors.sales_change(user, periods, _by(request))
    except (NotGraded, BridgeNotMade, PeriodNotValid) as error:
        raise Http404 from error
    run, words = data.run, growth.step_words() | growth.strategy_words()
    amounts = [
        (growth.span_words(periods.earlier), "before"), (growth.span_words(periods.later), "after"),
        (_("Change in sales"), "change"),
    ]  # fmt: skip
    columns = [
        export.Column(_head(data.by, run), "text"), export.Column(_("Customers"), "count"),
        *(export.Column(in_currency(title, run.currency), "money", run.exponent)
          for title in [*(title for title, _name in amounts),
                        *(words[step.name] for step in (*data.steps, *data.strategies))]),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [_("Total"), data.customers, data.before, data.after, data.change,
         *(step.amount for step in (*data.steps, *data.strategies))],
        *([title, group.customers, group.before, group.after, group.change,
           *(group.steps[step.name] for step in data.steps),
           *(group.strategies[each.name] for each in data.strategies)]
          for title, group in _named(data)),
    ]  # fmt: skip
    name = f"sales-change-{periods.later.text}-{periods.earlier.text}".replace("..", "-")
    return export.hand_out(user, export.Table(name, "steps", columns, rows), "csv")


def group_words() -> dict[By, str]:
    """What customers may be grouped by."""
    return {
        "class": _("Class"), "owner": _("Owner"), "salesperson": _("Salesperson in the books"),
        "region": _("Region"),
    }  # fmt: skip


def _by(request: HttpRequest) -> By:
    asked = request.GET.get("by", "")
    return next((one for one in GROUPS if one == asked), "class")


def _address(periods: Periods, name: str = "sales-change", *args: str, **values: Any) -> str:
    return addressed(
        reverse(name, args=args), later=periods.later.text, earlier=periods.earlier.text, **values
    )


def _behind(data: Growth, step: str, key: str | None = None) -> str:
    """The list of customers behind a step; empty where nobody is named."""
    if step == "unassigned":
        return ""
    group = None if key is None else key or NONE
    return _address(data.periods, "sales-change-customers", step, by=data.by, group=group)


def _csv(data: Growth) -> str:
    return _address(data.periods, "sales-change-data", by=data.by)


def _figure(data: Growth) -> Figure:
    run, words = data.run, growth.step_words()

    def amount(value: int) -> str:
        return money_change(value, run.currency, run.exponent)

    steps: list[Step] = [
        (words[step.name], step.amount, amount(step.amount), _behind(data, step.name))
        for step in data.steps
        if step.customers
    ]
    whole = (_("Change in sales"), data.change, amount(data.change), _behind(data, "change"))
    return Figure(
        growth.finding(data), [_("Step"), _("Change in sales"), _("Customers")],
        [*([words[step.name], amount(step.amount), number(step.customers)] for step in data.steps),
         [_("Change in sales"), amount(data.change), number(data.customers)]],
        bridge(steps, whole, WIDE), bridge(steps, whole, NARROW),
    )  # fmt: skip


def _named(data: Growth) -> list[tuple[str, Group]]:
    """The groups with what they are called."""
    return [(_title(data.by, g.key, data.run, g.title), g) for g in data.groups]


def _head(by: By, run: RunInfo) -> str:
    """What groups are of; classes never without their scheme."""
    return said(run.scheme_title) if by == "class" else group_words()[by]


def _title(by: By, key: str, run: RunInfo, title: str) -> str:
    if not key:
        return not_given()
    if by == "class":
        return Badges(run)(key).text
    return region_words(key) if by == "region" else title
