"""The portfolio: who moved between two gradings, as a picture, a matrix and a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights.errors import NotGraded
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes.placing import DOWN, ELSE, UP
from mainstay.insights.selectors import moves as selectors
from mainstay.insights.selectors.moves import (
    CAME,
    NOT_THERE,
    STAYED,
    WENT,
    Mover,
    Moves,
    Wanted,
)  # fmt: skip
from mainstay.web import export
from mainstay.web.charts.flows import Flows, flows
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import in_currency, mark, money, number, said
from mainstay.web.given import day, whole
from mainstay.web.grades import Badge, Badges

PAGE, DONE = 50, "done"
WIDE, NARROW = (1100, 160), (358, 64)
"""Width of the picture, and of the words beside it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture ready for its frame."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    wide: Flows
    narrow: Flows


@require_GET
def moves(request: HttpRequest) -> HttpResponse:
    """The page: ``?scheme=``, ``then`` and ``now`` choose; ``from`` and ``to``, or ``way``, say
    whose names are listed.
    """
    first = whole(request.GET.get("first")) or 0
    try:
        found = _found(request, Wanted(_cell(request), request.GET.get("way", ""), first, PAGE))
    except NotGraded as error:
        if not runs_of(request):
            return redirect("start")
        raise Http404 from error
    return render(request, "portfolio/moves.html", _context(request, found, first))


@require_GET
def moves_data(request: HttpRequest) -> HttpResponse:
    """Everybody whom the page would list, on all its pages, as CSV."""
    try:
        found = _found(request, Wanted(_cell(request), request.GET.get("way", ""), 0, None))
    except NotGraded as error:
        raise Http404 from error
    run = found.after
    sales = _("Net sales")
    columns = [
        export.Column(_("Code"), "text"), export.Column(_("Customer"), "text"),
        export.Column(_("Class then"), "text"), export.Column(_("Class now"), "text"),
        *(export.Column(in_currency(f"{sales} {one}", run.currency), "money", run.exponent)
          for one in (_then(found.before), f"{run.as_of:%Y-%m-%d}")),
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [one.code, shown_name(one.name, one.name_en), one.was, one.now, one.net_then, one.net_now]
        for one in found.movers
    ]
    name = f"moves-{run.scheme}-{run.as_of:%Y-%m-%d}"
    return export.hand_out(
        signed_in_user(request), export.Table(name, "moves", columns, rows), "csv"
    )


def _found(request: HttpRequest, wanted: Wanted) -> Moves:
    asked = request.GET
    return selectors.moves(
        signed_in_user(request), asked.get("scheme", ""), day(asked.get("then")),
        day(asked.get("now")), wanted,
    )  # fmt: skip


def _cell(request: HttpRequest) -> tuple[str, str] | None:
    was, now = request.GET.get("from"), request.GET.get("to")
    return (was, now) if was is not None and now is not None else None


def _then(before: RunInfo | None) -> str:
    return f"{before.as_of:%Y-%m-%d}" if before else ""


def _context(request: HttpRequest, found: Moves, first: int) -> dict[str, Any]:
    run, before = found.after, found.before
    schemes = [
        (one.scheme, said(one.scheme_title))
        for one in runs_of(request).values() if one.state == DONE
    ]  # fmt: skip
    asked = {"scheme": run.scheme, "now": f"{run.as_of:%Y-%m-%d}"}
    if before:
        asked["then"] = _then(before)
    choice = {"from": cell[0], "to": cell[1]} if (cell := _cell(request)) else {}
    way = request.GET.get("way", "")
    if not choice and way in selectors.WAYS:
        choice = {"way": way}
    cells = {(one.was, one.now): one for one in found.cells}
    return {
        "found": found, "run": run, "before": before, "schemes": schemes, "cells": cells,
        "address": f"{reverse('moves')}?{urlencode(asked)}", "choice": urlencode(choice),
        "data": f"{reverse('moves-data')}?{urlencode(asked | choice)}",
        "was": Badges(before), "is_now": Badges(run),
        "rows": _classes(before, (one.was for one in found.cells)) if before else [],
        "columns": _classes(run, (one.now for one in found.cells)),
        "picture": picture(found) if found.cells else None,
        "ways": _ways(found), "cell": cell, "way": choice.get("way", ""),
        "first": first, "page": PAGE, "name": _name, "path": found.way,
    }  # fmt: skip


def _classes(run: RunInfo, found: Iterable[str]) -> list[str]:
    """The classes of a grading, and beside them those who were not graded."""
    return [*(one.klass for one in run.classes), *({NOT_THERE} & set(found))]


def _name(mover: Mover) -> str:
    return shown_name(mover.name, mover.name_en) or mover.code


def _ways(found: Moves) -> list[tuple[str, str, int, tuple[int, int]]]:
    """Way, its words, how many customers, their net sales then and now; those nobody went are
    left out.
    """
    words = {
        UP: _("Rose"), DOWN: _("Fell"), STAYED: _("Stayed"), CAME: _("Came anew"),
        WENT: _("Not graded any more"), ELSE: _("Changed otherwise"),
    }  # fmt: skip
    return [
        (way, words[way], count, found.net(way))
        for way in selectors.WAYS if (count := found.count(way))
    ]  # fmt: skip


def finding(found: Moves) -> str:
    """«84 customers rose, 102 fell; those who fell bring ¥120k less.»"""
    run = found.after
    up, down = found.count(UP), found.count(DOWN)
    if not up and not down:
        return _("Nobody rose or fell")
    told = ngettext("%(num)s customer rose", "%(num)s customers rose", up) % {"num": number(up)}
    fell = ngettext("%(num)s fell", "%(num)s fell", down) % {"num": number(down)}
    then, now = found.net(DOWN)
    if down and now < then:
        amount = money(then - now, run.currency, run.exponent)
        less = _("those who fell bring %(amount)s less") % {"amount": amount}
        return f"{told}{mark(',')}{fell}{mark(';')}{less}"
    return f"{told}{mark(',')}{fell}"


def picture(found: Moves) -> Picture:
    """Bands between the classes then and now, and the table behind."""
    before, after = found.before, found.after
    if before is None:
        raise ValueError("no grading before")
    was, now = Badges(before), Badges(after)
    sides = (
        _side(before, was, [(one.was, one.customers) for one in found.cells]),
        _side(after, now, [(one.now, one.customers) for one in found.cells]),
    )
    moved = [
        (one.was, one.now, one.customers, found.way(one.was, one.now),
         f"{_text(was(one.was), one.was)} → {_text(now(one.now), one.now)} {number(one.customers)}")
        for one in found.cells
    ]  # fmt: skip
    table = [
        [_text(was(one.was), one.was), _text(now(one.now), one.now), number(one.customers),
         money(one.net_then, after.currency, after.exponent),
         money(one.net_now, after.currency, after.exponent)]
        for one in sorted(found.cells, key=lambda one: -one.customers)
    ]  # fmt: skip
    columns = [_("Class then"), _("Class now"), _("Customers"), _("Net sales then"),
               _("Net sales now")]  # fmt: skip
    return Picture(finding(found), columns, table, flows(*sides, moved, *WIDE),
                   flows(*sides, moved, *NARROW))  # fmt: skip


def _side(
    run: RunInfo, badges: Badges, cells: Iterable[tuple[str, int]]
) -> list[tuple[str, str, str, int, str]]:
    """The classes that somebody is in on one side."""
    counts: Counter[str] = Counter()
    for klass, customers in cells:
        counts[klass] += customers
    return [
        (klass, badges.step(klass), _text(badges(klass), klass), counts[klass],
         number(counts[klass]))
        for klass in _classes(run, counts) if counts[klass]
    ]  # fmt: skip


def _text(badge: Badge, klass: str) -> str:
    return badge.text if klass != NOT_THERE else _("not graded")
