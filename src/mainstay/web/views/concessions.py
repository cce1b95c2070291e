"""Portfolio › Concessions: who was given more and more, the evidence, and big burdens."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights.errors import ConcessionsNotMade, NotGraded
from mainstay.insights.selectors.concessions import Concessions
from mainstay.insights.selectors.concessions import concessions as read
from mainstay.web import export
from mainstay.web.charts.sparkline import sparkline
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import in_currency, money, number, percent

DAYS = ("terms", "late")
SAME = ("price", "discount")
"""Measures that may tell of the same money."""
FINE = 10_000
"""Levels are drawn in such parts."""


def measure_words() -> dict[str, str]:
    """What each measure is called."""
    return {
        "price": _("Lower prices"), "discount": _("More discount"), "terms": _("Longer terms"),
        "late": _("Pays later"), "effort": _("More effort per sales"),
    }  # fmt: skip


def told(measure: str, value: float | None) -> str:
    """A level or drift in words; «–» where there is not enough to tell."""
    if value is None:
        return "–"
    if measure in DAYS:
        return _("%(num)s days") % {"num": number(round(value))}
    return percent(value, 1)


def finding(found: Concessions) -> str:
    """«6 customers were given more and more: ¥1.2M a year.»"""
    count = len({row.code for row in found.rows})
    if not count:
        return _("Nobody was given more and more while the others were not")
    run = found.run
    worth = money(yearly(found), run.currency, run.exponent)
    return ngettext(
        "%(num)s customer was given more and more: %(worth)s a year",
        "%(num)s customers were given more and more: %(worth)s a year", count,
    ) % {"num": number(count), "worth": worth}  # fmt: skip


def yearly(found: Concessions) -> int:
    """What all of them cost a year: of a customer's price and discount the larger, for both may
    tell of the same money."""
    paid: dict[str, int] = {}
    rest = 0
    for row in found.rows:
        if row.measure in SAME:
            paid[row.code] = max(paid.get(row.code, 0), row.yearly)
        else:
            rest += row.yearly
    return rest + sum(paid.values())


@require_GET
def concessions(request: HttpRequest) -> HttpResponse:
    """The page."""
    try:
        found = read(signed_in_user(request))
    except NotGraded:
        return redirect("start")
    except ConcessionsNotMade:
        return render(request, "portfolio/concessions.html", {"found": None})
    context: dict[str, Any] = {
        "found": found, "run": found.run, "title": finding(found), "words": measure_words(),
        "told": told, "sparkline": sparkline, "drawn": drawn, "name": shown_name,
    }  # fmt: skip
    return render(request, "portfolio/concessions.html", context)


@require_GET
def concessions_data(request: HttpRequest) -> HttpResponse:
    """The same alarms as CSV: levels as parts (prices: own index) or days."""
    user = signed_in_user(request)
    try:
        found = read(user)
    except (NotGraded, ConcessionsNotMade) as error:
        raise Http404 from error
    run, words = found.run, measure_words()
    columns = [
        export.Column(_("Code"), "text"), export.Column(_("Customer"), "text"),
        export.Column(_("Concession"), "text"),
        *(export.Column(f"{start:%Y-%m-%d} – {end:%Y-%m-%d}", "ratio")
          for start, end in found.spans),
        export.Column(_("Beyond the others"), "ratio"),
        export.Column(in_currency(_("Costs a year"), run.currency), "money", run.exponent),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [row.code, shown_name(row.name, row.name_en), words[row.measure], *row.levels, row.drift,
         row.yearly]
        for row in found.rows
    ]  # fmt: skip
    table = export.Table(f"concessions-{run.as_of:%Y-%m-%d}", "concessions", columns, rows)
    return export.hand_out(user, table, "csv")


def drawn(levels: tuple[float | None, ...]) -> list[int]:
    """The known levels, for a sparkline."""
    return [round(level * FINE) for level in levels if level is not None]
