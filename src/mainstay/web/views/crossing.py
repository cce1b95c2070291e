"""Portfolio › Structure › Matrix: customers by any two divisions, and the names in each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.insights.errors import AxisNotValid, NotGraded
from mainstay.insights.selectors import crossing as selectors
from mainstay.insights.selectors.axes import Axis
from mainstay.insights.selectors.crossing import Cell, InsidePage, Matrix
from mainstay.kernel.cursor import BadCursor
from mainstay.web import export
from mainstay.web.axes import axis_words, offered_words, part_words
from mainstay.web.charts.heat import Field, heat
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import day as day_words
from mainstay.web.formatting import in_currency, iso, mark, money, number, percent
from mainstay.web.given import day
from mainstay.web.listing import Column, Listing, addressed, answer
from mainstay.web.views.portfolio import NARROW, Figure

WIDE, PAGE = 1180, 50
DRAWN = (8, 10)
"""Columns and rows that are drawn, the largest; the table has all."""
NONE = "-"
"""In an address, the part of those who belong to none."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell in the table."""

    customers: str
    net: str
    profit: str
    href: str


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """The page: ``?row=``, ``column`` and ``day`` choose."""
    try:
        data = _data(request)
    except (NotGraded, AxisNotValid) as error:
        if not runs_of(request):
            return redirect("start")
        raise Http404 from error
    words = {side.name: axis_words(side.name, data.runs) for side in (data.row, data.column)}
    cells = {(cell.row, cell.column): _shown(data, cell) for cell in data.cells}
    return render(request, "portfolio/matrix.html", {
        "data": data, "words": words, "cells": cells, "figure": _figure(data),
        "rows": [(key, _part(data, data.row, key)) for key in data.rows],
        "columns": [(key, _part(data, data.column, key)) for key in data.columns],
        "sums": _sums(data), "offered": offered_words(data.offered, data.runs),
        "days": [(iso(one), day_words(one)) for one in reversed(data.days)],
        "csv": _address(data, "matrix-data"), "turned": _address(data, turned=True),
    })  # fmt: skip


@require_GET
def matrix_data(request: HttpRequest) -> HttpResponse:
    """Every cell as CSV, exact."""
    try:
        data = _data(request)
    except (NotGraded, AxisNotValid) as error:
        raise Http404 from error
    sides = (data.row, data.column)
    columns = [
        *(export.Column(axis_words(side.name, data.runs), "text") for side in sides),
        export.Column(_("Customers"), "count"),
        export.Column(in_currency(_("Net sales"), data.currency), "money", data.exponent),
        *([export.Column(in_currency(_("Gross profit"), data.currency), "money", data.exponent)]
          if data.cost else []),
    ]  # fmt: skip
    found = {(cell.row, cell.column): cell for cell in data.cells}
    rows: list[list[Any]] = []
    for a in data.rows:
        for b in data.columns:
            cell = found.get((a, b), Cell(a, b, 0, 0, None))
            plain = [_part(data, data.row, a), _part(data, data.column, b), cell.customers,
                     cell.net]  # fmt: skip
            rows.append([*plain, cell.profit] if data.cost else plain)
    table = export.Table(f"matrix-{data.as_of:%Y-%m-%d}", "matrix", columns, rows)
    return export.hand_out(signed_in_user(request), table, "csv")


@require_GET
def matrix_customers(request: HttpRequest) -> HttpResponse:
    """The customers of a cell (``row``, ``r``, ``column``, ``c``), or of a part of one division."""
    user, asked = signed_in_user(request), request.GET
    where = {
        asked[side]: "" if asked.get(part, NONE) == NONE else asked[part]
        for side, part in (("row", "r"), ("column", "c")) if asked.get(side)
    }  # fmt: skip
    wanted = day(asked.get("day"))
    try:
        first = selectors.inside(user, where, wanted, size=PAGE)
    except (NotGraded, AxisNotValid, BadCursor) as error:
        raise Http404 from error

    def read(after: str | None, size: int) -> InsidePage:
        if (after, size) == (None, PAGE):
            return first
        return selectors.inside(user, where, wanted, after, size)

    runs = {side.run.scheme: side.run for side in first.sides if side.run}
    parts = [
        (axis_words(side.name, runs), part_words(side, part, first.currency, first.exponent))
        for side, part in zip(first.sides, where.values(), strict=True)
    ]
    columns = [
        Column(_("Code"), "text", lambda r: r.code, lambda r: reverse("customer", args=[r.code]),
               room="code"),
        Column(_("Name"), "text", lambda r: shown_name(r.name, r.name_en),
               below=lambda r: r.owner),
        Column(_("Owner"), "text", lambda r: r.owner, wide=True, quiet=True),
        Column(_("Net sales"), "money", lambda r: r.net),
    ]  # fmt: skip
    if first.cost:
        columns.append(Column(_("Gross profit"), "money", lambda r: r.profit, wide=True))
    back = {"day": asked.get("day"), "row": asked.get("row"), "column": asked.get("column")}
    itself = addressed(reverse("matrix-customers"), **{
        name: asked.get(name) for name in ("day", "row", "r", "column", "c")
    })  # fmt: skip
    listing = Listing(
        mark(",").join(part for _side, part in parts) or _("All customers"), columns,
        read, itself,
        f"customers-{first.as_of:%Y-%m-%d}", first.currency, first.exponent,
        notes=[*parts, (_("As of"), iso(first.as_of))],
    )  # fmt: skip
    told = {"num": number(first.total), "amount": money(first.net, first.currency, first.exponent)}
    both = asked.get("column")
    trail = (
        (addressed(reverse("matrix"), **back), _("Matrix")) if both
        else (reverse("over-time"), _("Structure over time"))
    )  # fmt: skip
    context = {
        "trail": [(reverse("portfolio"), _("Portfolio")), trail],
        "finding": ngettext(
            "%(num)s customer brings %(amount)s", "%(num)s customers bring %(amount)s", first.total
        ) % told,
        "empty": _("Nobody."),
        "sub": _("%(parts)s, as of %(day)s, the largest first; net sales exclude VAT") % {
            "parts": mark(",").join(f"{side}{mark(':')}{part}" for side, part in parts)
            or _("All customers"),
            "day": day_words(first.as_of),
        },
    }  # fmt: skip
    return answer(request, listing, "components/list_page.html", context, PAGE)


def _data(request: HttpRequest) -> Matrix:
    asked = request.GET
    return selectors.matrix(
        signed_in_user(request), asked.get("row", ""), asked.get("column", ""),
        day(asked.get("day")),
    )  # fmt: skip


def _part(data: Matrix, side: Axis, key: str) -> str:
    return part_words(side, key, data.currency, data.exponent)


def _address(data: Matrix, name: str = "matrix", *, turned: bool = False) -> str:
    row, column = (data.column, data.row) if turned else (data.row, data.column)
    return addressed(
        reverse(name), row=row.name, column=column.name, day=iso(data.as_of)
    )  # fmt: skip


def _behind(data: Matrix, row: str | None, column: str | None) -> str:
    """The list of customers of a cell, or of a whole row or column."""
    part = {"row": data.row.name, "r": row or NONE} if row is not None else {}
    if column is not None:
        part |= {"column": data.column.name, "c": column or NONE}
    return addressed(reverse("matrix-customers"), day=iso(data.as_of), **part)


def _shown(data: Matrix, cell: Cell, href: str | None = None) -> Shown:
    def cash(value: int | None) -> str:
        return money(value, data.currency, data.exponent)

    behind = _behind(data, cell.row, cell.column) if href is None else href
    return Shown(number(cell.customers), cash(cell.net), cash(cell.profit), behind)


def _sums(data: Matrix) -> dict[str, dict[str, Shown]]:
    """What the rows, the columns and all of it come to."""

    def added(row: str | None = None, column: str | None = None) -> Shown:
        cells = [
            cell for cell in data.cells
            if row in (None, cell.row) and column in (None, cell.column)
        ]  # fmt: skip
        known = [cell.profit for cell in cells if cell.profit is not None]
        whole = Cell(
            "", "", sum(cell.customers for cell in cells), sum(cell.net for cell in cells),
            sum(known) if known else None,
        )  # fmt: skip
        return _shown(data, whole, _behind(data, row, column) if whole.customers else "")

    return {
        "rows": {part: added(row=part) for part in data.rows},
        "columns": {part: added(column=part) for part in data.columns},
        "whole": {"": added()},
    }


def _figure(data: Matrix) -> Figure | None:
    """«A, ¥1M to ¥10M: 5 customers bring 46% of sales»: the cell that brings most."""
    if not data.cells:
        return None
    most = max(data.cells, key=lambda cell: (cell.net, cell.customers))
    whole = sum(cell.net for cell in data.cells)
    where = mark(",").join((
        _part(data, data.row, most.row), _part(data, data.column, most.column),
    ))  # fmt: skip
    told = ngettext(
        "%(where)s: %(num)s customer brings %(share)s of sales",
        "%(where)s: %(num)s customers bring %(share)s of sales", most.customers,
    ) % {
        "where": where, "num": number(most.customers),
        "share": percent(most.net / whole if whole > 0 else None, 1),
    }  # fmt: skip
    found = {(cell.row, cell.column): cell for cell in data.cells}
    rows, columns = _largest(data, "row", DRAWN[1]), _largest(data, "column", DRAWN[0])
    highest = max(cell.customers for cell in data.cells)

    def field(a: str, b: str) -> Field:
        cell = found.get((a, b))
        if cell is None:
            return None
        shown = _shown(data, cell)
        return cell.customers / highest, shown.customers, shown.net, shown.href

    drawn = [(_part(data, data.row, a), [field(a, b) for b in columns]) for a in rows]
    heads = [_part(data, data.column, b) for b in columns]
    table = [
        [_part(data, data.row, cell.row), _part(data, data.column, cell.column),
         shown.customers, shown.net, *([shown.profit] if data.cost else [])]
        for cell in sorted(data.cells, key=lambda cell: -cell.customers)
        for shown in [_shown(data, cell)]
    ]  # fmt: skip
    titles = [axis_words(side.name, data.runs) for side in (data.row, data.column)]
    return Figure(
        told,
        [*titles, _("Customers"), _("Net sales"), *([_("Gross profit")] if data.cost else [])],
        table, heat(heads, drawn, WIDE), heat(heads, drawn, NARROW),
    )  # fmt: skip


def _largest(data: Matrix, side: str, most: int) -> list[str]:
    """The parts that are drawn, in their order."""
    order = data.rows if side == "row" else data.columns
    sums = dict.fromkeys(order, 0)
    for cell in data.cells:
        sums[getattr(cell, side)] += cell.customers
    kept = sorted(order, key=lambda key: -sums[key])[:most]
    return [key for key in order if key in kept]
