"""Portfolio › Structure › Over time: of whom the customers consist, grading by grading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights.errors import AxisNotValid, NotGraded
from mainstay.insights.selectors.over_time import TOPS, GroupAt, OverTime, Standing
from mainstay.insights.selectors.over_time import over_time as read
from mainstay.web import export
from mainstay.web.axes import class_words, group_words
from mainstay.web.charts.lines import Line, lines
from mainstay.web.charts.stack import Part, stack
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import (
    day,
    in_currency,
    iso,
    money,
    number,
    percent,
    points,
    said,
)
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed
from mainstay.web.views.portfolio import NARROW, Figure

WIDE = 1180
DRAWN, STEPS = 5, "ABCDE"
"""Groups that are drawn with a colour of their own, and the colours; the rest is one part."""
SHOW = ("net", "share", "customers", "heads", "average", "profit")


@dataclass(frozen=True, slots=True)
class Row:
    """One group in the table: its name, and per grading the text and the list behind."""

    title: str
    cells: list[tuple[str, str]]


@require_GET
def over_time(request: HttpRequest) -> HttpResponse:
    """The page: ``?by=`` and ``scheme`` choose, ``show`` says which figure the table holds."""
    try:
        data = _data(request)
    except (NotGraded, AxisNotValid) as error:
        if not runs_of(request):
            return redirect("start")
        raise Http404 from error
    show = request.GET.get("show", "")
    shown = tuple(name for name in SHOW if name != "profit" or data.cost)
    show = show if show in shown else "share"
    run, words = data.run, show_words()
    return render(request, "portfolio/over_time.html", {
        "data": data, "run": run, "last": data.standings[-1], "stacks": stacks(data),
        "held": held(data), "core": core_words(data), "show": show, "title_of_show": words[show],
        "rows": [_row(data, key, show) for key in data.keys],
        "together": _row(data, None, show), "head": head(data), "tops": TOPS,
        "shows": [(one, words[one]) for one in shown], "title": lambda key: title(data, key),
        "bys": list(by_words().items()),
        "schemes": [(one.scheme, said(one.scheme_title)) for one in runs_of(request).values()
                    if one.state == "done"],
        "csv": _address(data, "over-time-data"), "hhi_words": hhi_words,
        "behind": lambda key: behind(data, data.standings[-1], key),
        "versions": len({one.version for one in data.standings if one.version}) > 1,
    })  # fmt: skip


@require_GET
def over_time_data(request: HttpRequest) -> HttpResponse:
    """Every grading and group as CSV, exact; all together first."""
    try:
        data = _data(request)
    except (NotGraded, AxisNotValid) as error:
        raise Http404 from error
    run = data.run
    columns = [
        export.Column(_("Date"), "date"), export.Column(head(data), "text"),
        export.Column(_("Customers"), "count"), export.Column(_("Ordered in the window"), "count"),
        export.Column(in_currency(_("Net sales"), run.currency), "money", run.exponent),
        export.Column(_("Share of customers"), "ratio"),
        export.Column(_("Share of sales"), "ratio"),
        export.Column(in_currency(_("Average per customer"), run.currency), "money", run.exponent),
        *([export.Column(in_currency(_("Gross profit"), run.currency), "money", run.exponent)]
          if data.cost else []),
        export.Column(_("Core share"), "ratio"),
        *(export.Column(top_words(count), "ratio") for count in TOPS),
        export.Column("HHI", "ratio"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for one in data.standings:
        whole = [one.core_share, *(one.tops.get(count) for count in TOPS), one.hhi]
        rows.append([one.as_of, _("Total"), *_exact(data, one.whole), *whole])
        rows += [
            [one.as_of, title(data, group.key), *_exact(data, group), *([None] * len(whole))]
            for group in _ordered(data, one)
        ]
    name = f"structure-{data.by}-{run.as_of:%Y-%m-%d}"
    table = export.Table(name, "structure", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


def _exact(data: OverTime, group: GroupAt) -> list[Any]:
    plain = [group.customers, group.active, group.net, group.share_customers, group.share_net,
             group.average]  # fmt: skip
    return [*plain, group.profit] if data.cost else plain


def by_words() -> dict[str, str]:
    """What customers are divided by."""
    return {"class": _("Class"), "region": _("Region"), "trade": _("Trade"), "size": _("Size")}


def show_words() -> dict[str, str]:
    """The figures that the table may hold."""
    return {
        "net": _("Net sales"), "share": _("Share of sales"), "customers": _("Customers"),
        "heads": _("Share of customers"), "average": _("Average per customer"),
        "profit": _("Gross profit"),
    }  # fmt: skip


def top_words(count: int) -> str:
    if count == 1:
        return _("Largest")
    return _("Top %(count)s") % {"count": count}


def hhi_words(value: float | None) -> str:
    """The index as it is usually told: 10,000 for one customer alone."""
    return number(round(value * 10_000)) if value is not None else "–"


def core_words(data: OverTime) -> str:
    """What the best class is called."""
    return class_words(data.run, data.run.classes[0].klass) if data.run.classes else "–"


def head(data: OverTime) -> str:
    """What groups are of; classes never without their scheme."""
    return said(data.run.scheme_title) if data.by == "class" else by_words()[data.by]


def title(data: OverTime, key: str) -> str:
    """What a group is called."""
    run = data.run
    if data.by == "class":
        return class_words(run, key)
    return group_words(data.by, key, run.currency, run.exponent)


def behind(data: OverTime, one: Standing, key: str) -> str:
    """The list of customers of a group as of a grading."""
    by = f"class:{data.run.scheme}" if data.by == "class" else data.by
    return addressed(
        reverse("matrix-customers"), day=iso(one.as_of), row=by, r=key or "-"
    )  # fmt: skip


def stacks(data: OverTime) -> Figure:
    """«A brings 46% of sales, +3.1 pt since 31 Dec 2025»: the largest group then and now."""
    first, last = data.standings[0], data.standings[-1]
    largest = max(last.groups, key=lambda group: group.net, default=None)
    told = _("Nothing was sold")
    if largest is not None and largest.share_net is not None:
        told = _("%(group)s: %(share)s of sales") % {
            "group": title(data, largest.key), "share": percent(largest.share_net, 1),
        }  # fmt: skip
        then = next((g.share_net for g in first.groups if g.key == largest.key), 0.0)
        if first is not last and then is not None:
            told = _("%(found)s, %(change)s since %(day)s") % {
                "found": told, "change": points((largest.share_net - then) * 100),
                "day": day(first.as_of),
            }  # fmt: skip
    rows = [(one, _parts(data, one)) for one in data.standings]
    table = [
        [iso(one.as_of), *(percent(_share(one, key), 1) for key in data.keys)]
        for one in data.standings
    ]
    return Figure(
        told, [_("Date"), *(title(data, key) for key in data.keys)], table,
        stack([(day(one.as_of), parts) for one, parts in rows], WIDE),
        stack([(f"{one.as_of:%y-%m}", parts) for one, parts in rows], NARROW),
    )  # fmt: skip


def _share(one: Standing, key: str) -> float | None:
    return next((group.share_net for group in one.groups if group.key == key), 0.0)


def _parts(data: OverTime, one: Standing) -> list[Part]:
    """The parts of a bar: as many groups as have colours, and the rest together."""
    own = {group.key: group for group in one.groups}
    badges = Badges(data.run)
    drawn: list[Part] = []
    rest = 0.0
    for at, key in enumerate(data.keys):
        share = (own[key].share_net or 0.0) if key in own else 0.0
        if data.by == "class":
            step = badges.step(key)
        elif at < DRAWN:
            step = STEPS[at]
        else:
            rest += max(share, 0.0)
            continue
        name = title(data, key)
        drawn.append((step, f"{name} {percent(share)}", share, behind(data, one, key)))
    if rest:
        drawn.append(("N", f"{_('Others')} {percent(rest)}", rest, ""))
    return drawn


def held(data: OverTime) -> Figure:
    """«The ten largest bring 80.3% of sales, −1.2 pt since 31 Dec 2025; the core 46%»."""
    first, last = data.standings[0], data.standings[-1]
    few = last.sold <= 10
    count = 1 if few else 10
    share = last.tops.get(count)
    if share is None:
        told = _("Nothing was sold")
    elif few:
        told = _("The largest brings %(share)s of sales") % {"share": percent(share, 1)}
    else:
        told = _("The ten largest bring %(share)s of sales") % {"share": percent(share, 1)}
    then = first.tops.get(count)
    if share is not None and then is not None and first is not last:
        told = _("%(found)s, %(change)s since %(day)s") % {
            "found": told, "change": points((share - then) * 100), "day": day(first.as_of),
        }  # fmt: skip
    core = _("Core: %(klass)s") % {"klass": core_words(data)}
    series: list[Line] = [
        ("A", core, [one.core_share for one in data.standings]),
        *(
            (step, top_words(count), [one.tops.get(count) for one in data.standings])
            for step, count in zip("EDCB", TOPS, strict=True)
            if count == 1 or count < last.sold
        ),
    ]
    table = [
        [iso(one.as_of), percent(one.core_share, 1),
         *(percent(one.tops.get(count), 1) for count in TOPS), hhi_words(one.hhi)]
        for one in data.standings
    ]  # fmt: skip
    columns = [_("Date"), _("Core share"), *map(top_words, TOPS), "HHI"]
    return Figure(
        told, columns, table,
        lines(series, [day(one.as_of) for one in data.standings], WIDE, 260),
        lines(series, [f"{one.as_of:%y-%m}" for one in data.standings], NARROW, 220),
    )  # fmt: skip


def _ordered(data: OverTime, one: Standing) -> list[GroupAt]:
    own = {group.key: group for group in one.groups}
    return [own[key] for key in data.keys if key in own]


def _row(data: OverTime, key: str | None, show: str) -> Row:
    """A group, or all together, grading by grading."""
    run = data.run

    def cash(value: int | None) -> str:
        return money(value, run.currency, run.exponent)

    says: dict[str, Callable[[GroupAt], str]] = {
        "net": lambda group: cash(group.net), "share": lambda group: percent(group.share_net, 1),
        "customers": lambda group: number(group.customers),
        "heads": lambda group: percent(group.share_customers, 1),
        "average": lambda group: cash(group.average), "profit": lambda group: cash(group.profit),
    }  # fmt: skip
    cells = []
    for one in data.standings:
        if key is None:
            cells.append((says[show](one.whole), ""))
            continue
        group = next((each for each in one.groups if each.key == key), None)
        cells.append(("", "") if group is None else (says[show](group), behind(data, one, key)))
    return Row(_("Total") if key is None else title(data, key), cells)


def _address(data: OverTime, name: str = "over-time", **values: str) -> str:
    asked = {"by": data.by, "scheme": data.run.scheme} | values
    return addressed(reverse(name), **asked)


def _data(request: HttpRequest) -> OverTime:
    asked = request.GET
    return read(signed_in_user(request), asked.get("by") or "class", asked.get("scheme", ""))
