"""Portfolio › Where effort goes: shares by group, and the shift of hours that would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights.errors import NotGraded
from mainstay.insights.selectors import service
from mainstay.insights.selectors.wasted import BY, Wasted
from mainstay.insights.selectors.wasted import wasted as read
from mainstay.web import export
from mainstay.web.charts.pyramid import pyramids
from mainstay.web.charts.waste import waste as bars
from mainstay.web.columns import shown_name
from mainstay.web.context import not_given, render, runs_of, signed_in_user
from mainstay.web.formatting import (
    in_currency,
    money,
    number,
    percent,
    said,
)
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed
from mainstay.web.places import region_words

WIDE, NARROW = 683, 358
SHOWN = 8
"""Groups that are drawn: those furthest from their due; the table behind has all."""
WHOLE = 10_000
"""Of shares and of hours, as the engine has them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The picture ready for its frame."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    wide: Any
    narrow: Any


@dataclass(frozen=True, slots=True)
class Shift:
    """One move of hours in words."""

    giver: str
    giver_name: str
    giver_group: str
    hours: str
    left: str
    """What the giver has then, of what it has now."""
    taker: str
    taker_name: str
    taker_group: str
    then: str
    worth: str


@require_GET
def waste(request: HttpRequest) -> HttpResponse:
    """The page; ``?by=`` class, salesperson or region."""
    by = request.GET.get("by", BY[0])
    if by not in BY:
        raise Http404
    try:
        found = read(signed_in_user(request), by, runs=runs_of(request))
    except NotGraded:
        return redirect("start")
    address = reverse("waste")
    context: dict[str, Any] = {
        "by": by, "tabs": [(key, addressed(address, by=key), _titles()[key]) for key in BY],
        "found": found,
    }  # fmt: skip
    if found is not None:
        context |= {
            "run": found.run, "figure": figure(found), "shifts": shifts(found),
            "pyramid": pyramid(found), "profit": profit_words(found),
            "misplaced": percent(found.waste.misplaced, 1), "left": percent(found.waste.left, 1),
            "to_move": hours(found.waste.to_move), "named": hours(_named(found)),
            "hour": found.waste.hour,
            "data": addressed(reverse("waste-data", args=["groups"]), by=by),
            "shift_data": addressed(reverse("waste-data", args=["shift"]), by=by),
        }  # fmt: skip
    return render(request, "portfolio/waste.html", context)


@require_GET
def waste_data(request: HttpRequest, what: str) -> HttpResponse:
    """The groups, or the shift, as CSV, exact."""
    by = request.GET.get("by", BY[0])
    if by not in BY or what not in ("groups", "shift"):
        raise Http404
    user = signed_in_user(request)
    try:
        found = read(user, by, runs=runs_of(request))
    except NotGraded as error:
        raise Http404 from error
    if found is None:
        raise Http404
    columns, rows = (_groups_data if what == "groups" else _shift_data)(found)
    name = f"effort-{what}-{by}-{found.run.as_of:%Y-%m-%d}"
    return export.hand_out(user, export.Table(name, "effort", columns, rows), "csv")


def figure(found: Wasted) -> Figure:
    """«C takes 60% of the hours and brings 10% of sales»: the group furthest above its due."""
    parts = [part for part in found.waste.parts if part.hours or part.revenue]
    worst = max(parts, key=lambda part: part.surplus)
    title = _("%(group)s: %(hours)s of the hours for %(sales)s of sales") % {
        "group": group_words(found, worst.group), "hours": share(worst.hours_share),
        "sales": share(worst.revenue_share),
    }  # fmt: skip
    names = {
        "customers": _("Customers"), "revenue": _("Sales"), "profit": _("Profit"),
        "hours": _("Hours"), "cost": _("Money spent"),
    }  # fmt: skip
    told = [kind for kind in names if kind not in ("profit", "cost") or found.cost]
    drawn = sorted(parts, key=lambda part: -abs(part.surplus))[:SHOWN]
    kept = [part for part in parts if part in drawn]
    pictured = [
        (group_words(found, part.group),
         [(names[kind], kind, (_share(part, kind) or 0) / WHOLE, share(_share(part, kind)))
          for kind in told if _share(part, kind) is not None])
        for part in kept
    ]  # fmt: skip
    rows = [
        [group_words(found, part.group), *(share(_share(part, kind)) for kind in told),
         hours(part.hours), hours(part.surplus, signed=True)]
        for part in found.waste.parts
    ]  # fmt: skip
    columns = [_titles()[found.by], *(names[kind] for kind in told), _("Hours in all"),
               _("Hours above its due")]  # fmt: skip
    return Figure(title, columns, rows, bars(pictured, WIDE), bars(pictured, NARROW))


def pyramid(found: Wasted) -> Figure | None:
    """«The last class holds 315 customers and leaves −3% of the profit»: both pyramids on what is
    left; ``None`` unless by class, with profit known of everybody.
    """
    parts = [part for part in found.waste.parts if part.customers]
    if found.by != "class" or not found.profit or any(p.profit_share is None for p in parts):
        return None
    run, badges, drawn, table = found.run, Badges(found.run), [], []
    for part in parts:
        badge, profit = badges(part.group), money(part.profit, found.run.currency, run.exponent)
        heads = share(part.customers_share)
        told = share(part.profit_share)
        drawn.append(
            (badge.step, "" if badge.word else badge.klass, badge.title, part.customers,
             part.profit or 0, number(part.customers), heads, profit, told)
        )  # fmt: skip
        table.append([group_words(found, part.group), number(part.customers), heads, profit, told])
    last = parts[-1]
    title = _("%(group)s: %(heads)s of the customers, %(profit)s of the profit") % {
        "group": group_words(found, last.group), "heads": share(last.customers_share),
        "profit": share(last.profit_share),
    }  # fmt: skip
    columns = [_("Class"), _("Customers"), _("Share"), profit_words(found), _("Share")]
    return Figure(title, columns, table, pyramids(drawn, 476), pyramids(drawn, NARROW))


def profit_words(found: Wasted) -> str:
    """What the profit told is called."""
    return said(service.titles()[found.profit]) if found.profit else _("Profit")


def shifts(found: Wasted) -> list[Shift]:
    """The moves by name; what an hour costs on average is only for whoever sees cost."""
    hour, run = found.waste.hour if found.cost else None, found.run
    return [
        Shift(
            move.giver, _name(found, move.giver), group_words(found, move.giver_group),
            hours(move.hours),
            _("%(then)s of %(now)s") % {
                "then": hours(move.giver_before - move.hours), "now": hours(move.giver_before),
            },
            move.taker, _name(found, move.taker), group_words(found, move.taker_group),
            hours(move.taker_before + move.hours),
            "" if hour is None else money(round(hour * move.hours / WHOLE), run.currency,
                                          run.exponent),
        )
        for move in found.waste.moves
    ]  # fmt: skip


def hours(units: int, *, signed: bool = False) -> str:
    """Ten-thousandths of an hour as hours with one decimal."""
    text = number(units / WHOLE, 1)
    return f"+{text}" if signed and units > 0 else text


def share(units: int | None) -> str:
    """Ten-thousandths as a percentage."""
    return "–" if units is None else percent(units / WHOLE, 1)


def group_words(found: Wasted, group: str) -> str:
    """What a group is called."""
    if found.by == "class":
        badge = Badges(found.run)(group)
        return badge.title if badge.word else f"{badge.klass} {badge.title}".strip()
    if not group:
        return str(not_given())
    return region_words(group) if found.by == "region" else group


def _share(part: Any, kind: str) -> int | None:
    found: int | None = getattr(part, f"{kind}_share")
    return found


def _name(found: Wasted, code: str) -> str:
    return shown_name(*found.names.get(code, ("", ""))) or code


def _named(found: Wasted) -> int:
    return sum(move.hours for move in found.waste.moves)


def _titles() -> dict[str, str]:
    return {"class": _("Class"), "salesperson": _("Salesperson"), "region": _("Region")}


Sheet = tuple[list[export.Column], list[list[Any]]]


def _groups_data(found: Wasted) -> Sheet:
    run = found.run
    kinds = ["customers", "revenue", "hours", *(["profit", "cost"] if found.cost else [])]
    profit = profit_words(found)
    titles = {
        "customers": _("Customers"), "revenue": in_currency(_("Net sales"), run.currency),
        "hours": _("Hours"), "profit": in_currency(profit, run.currency),
        "cost": in_currency(_("Money spent"), run.currency),
    }  # fmt: skip
    formats = {"customers": "count", "hours": "count"}
    columns = [export.Column(_titles()[found.by], "text")]
    columns += [export.Column(titles[k], formats.get(k, "money"), run.exponent) for k in kinds]
    columns += [export.Column(_("Share of %(what)s") % {"what": titles[k]}, "ratio") for k in kinds]
    columns.append(export.Column(_("Hours above its due"), "count"))
    rows = []
    for part in found.waste.parts:
        values = [part.hours / WHOLE if k == "hours" else getattr(part, k) for k in kinds]
        told = [None if (s := _share(part, k)) is None else s / WHOLE for k in kinds]
        rows.append([group_words(found, part.group), *values, *told, part.surplus / WHOLE])
    return columns, rows


def _shift_data(found: Wasted) -> Sheet:
    columns = [
        export.Column(_("From"), "text"), export.Column(_("Name"), "text"),
        export.Column(_titles()[found.by], "text"), export.Column(_("Hours now"), "count"),
        export.Column(_("Hours moved"), "count"),
        export.Column(_("to"), "text"), export.Column(_("Name"), "text"),
        export.Column(_titles()[found.by], "text"), export.Column(_("Hours now"), "count"),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [m.giver, _name(found, m.giver), group_words(found, m.giver_group),
         m.giver_before / WHOLE, m.hours / WHOLE, m.taker, _name(found, m.taker),
         group_words(found, m.taker_group), m.taker_before / WHOLE]
        for m in found.waste.moves
    ]  # fmt: skip
    return columns, rows
