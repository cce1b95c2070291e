"""Settings: what a scheme would have been worth over the past: asked for, and one report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.insights.errors import NoSuchBacktest, NoSuchScheme
from mainstay.insights.schemes import replaying
from mainstay.insights.selectors import backtests as selectors
from mainstay.insights.selectors import schemes as scheme_lines
from mainstay.kernel.errors import MainstayError
from mainstay.web import export
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language, mark, number
from mainstay.web.given import whole
from mainstay.web.schemes import klass


def figure_words() -> dict[str, str]:
    """The figures of the period after a day."""
    return {
        "sales": _("Net sales after"), "profit": _("Gross profit after"),
        "overdue": _("Overdue at the end"),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def backtests(request: HttpRequest, name: str) -> HttpResponse:
    """The reports of one scheme, and a form that asks for another."""
    user, fault = signed_in_user(request), ""
    kept = selectors.backtests(user, name)
    try:
        versions = scheme_lines.scheme_versions(user, name)
    except NoSuchScheme as error:
        raise Http404 from error
    if request.method == "POST":
        try:
            _ask(request, name)
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("Asked for. The report will stand here."))
            return redirect("backtests", name)
    others = [line for line in scheme_lines.schemes(user) if line.scheme.name != name]
    context = {
        "line": versions[0], "versions": versions, "others": others, "kept": kept, "fault": fault,
        "given": request.POST, "extent": extent, "periods": replaying.PERIODS,
        "months": replaying.MONTHS,
    }  # fmt: skip
    return render(request, "settings/backtests.html", context, status=422 if fault else 200)


def _ask(request: HttpRequest, name: str) -> None:
    sent = request.POST
    against, _at, number = sent.get("against", "").partition(":")
    replaying.ask(
        signed_in_user(request), name, whole(sent.get("version")) or 0,
        (against, whole(number) or 0), whole(sent.get("periods")) or 0,
        whole(sent.get("months")) or 0,
    )  # fmt: skip


@require_GET
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """One report."""
    found = _found(request, pk)
    report = found.report
    held = [one | {"classes": _classes_to(found, one["down_to"])} for one in report["held"]]
    context = {
        "b": found, "extent": extent, "line": found.line, "report": report, "held": held,
        "first": held[0] if held else None,
        "gains": {gain["figure"]: gain for gain in report["gains"]}, "figures": figure_words(),
        "class_names": {one.id: klass(found.scheme, one.id) for one in found.scheme.classes},
        "days": [_dated(point) for point in report["points"]],
        "refused": [dt.date.fromisoformat(day) for day in report["refused"]],
    }  # fmt: skip
    return render(request, "settings/backtest.html", context)


@require_GET
def backtest_days(request: HttpRequest, pk: int) -> HttpResponse:
    """The days of one report as CSV, with a row for each figure and class."""
    found = _found(request, pk)
    words = figure_words()
    columns = [
        export.Column(_("As of"), "date"), export.Column(_("Followed to"), "date"),
        export.Column(_("Customers"), "count"), export.Column(_("Moved"), "count"),
        export.Column(_("Figure"), "text"), export.Column(_("Down to class"), "text"),
        export.Column(_("Customers in these"), "count"), export.Column(_("Held"), "ratio"),
        export.Column(_("As many by the other scheme"), "ratio"),
        export.Column(_("As many at random"), "ratio"),
    ]  # fmt: skip
    rows = [
        [dt.date.fromisoformat(point["as_of"]), dt.date.fromisoformat(point["until"]),
         point["customers"], point["moved"], words[figure], level["down_to"], level["customers"],
         level["share"], level["against"], level["chance"]]
        for point in found.report["points"] for figure, levels in point["levels"].items()
        for level in levels
    ]  # fmt: skip
    table = export.Table(f"backtest-{pk}", "days", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


def _found(request: HttpRequest, pk: int) -> selectors.BacktestReport:
    try:
        return selectors.backtest(signed_in_user(request), pk)
    except NoSuchBacktest as error:
        raise Http404 from error


def _classes_to(found: selectors.BacktestReport, last: str) -> str:
    """«A», «A to B»: the best class down to one."""
    best = found.scheme.classes[0].id
    if best == last:
        return klass(found.scheme, best)
    return _("%(first)s to %(last)s") % {
        "first": klass(found.scheme, best),
        "last": klass(found.scheme, last),
    }


def extent(line: selectors.BacktestLine) -> str:
    """How many days, and how long each was followed."""
    days = ngettext("%(num)s month end", "%(num)s month ends", line.periods)
    months = ngettext(
        "followed for %(num)s month each", "followed for %(num)s months each", line.months
    )
    return mark(",").join(
        (days % {"num": number(line.periods)}, months % {"num": number(line.months)})
    )


def _dated(point: Mapping[str, Any]) -> dict[str, Any]:
    days = {key: dt.date.fromisoformat(point[key]) for key in ("as_of", "until")}
    moved, known = point["moved"], point["stayed_known"]
    return {**point, **days, "moving": moved / known if moved is not None and known else None}
