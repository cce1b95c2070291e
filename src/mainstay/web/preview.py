"""What a scheme would change, ready for a page: a finding, classes before and after, movers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mainstay.foundation.models import User
from mainstay.insights.schemes.placing import DOWN, ELSE, UP
from mainstay.insights.selectors import comparing
from mainstay.insights.selectors.comparing import Comparison, Wanted, Weight
from mainstay.kernel.errors import MainstayError
from mainstay.web.charts.histogram import Histogram, histogram
from mainstay.web.columns import shown_name
from mainstay.web.formatting import language, mark, number, said
from mainstay.web.grades import Badge, Badges

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

FEW, MANY = 8, 200
"""Movers listed of each way; of one way that was asked for."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One class before and after, and its shares of what all bring."""

    badge: Badge
    title: str
    before: int | None
    after: int | None
    net: tuple[float | None, float | None]
    profit: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Preview:
    """A comparison in words and pictures."""

    of: Comparison
    finding: str
    lines: tuple[Line, ...]
    was: Badges
    now: Badges
    charts: tuple[Histogram, ...]
    """For a wide page and for a phone; none where classes are not cut by points."""
    guards: tuple[tuple[str, int], ...]
    """How many meet each guard."""
    asked: str
    """The way that is listed in full; empty: none."""

    def movers(self, way: str) -> list[comparing.Mover]:
        return [one for one in self.of.movers if one.way == way]

    def name(self, mover: comparing.Mover) -> str:
        """As the reader reads it."""
        return shown_name(mover.name, mover.name_en) or mover.code

    def rows(self) -> list[str]:
        """The classes before; an empty one where somebody has none."""
        return _classes(self.of.before, (pair[0] for pair in self.of.cells))

    def columns(self) -> list[str]:
        """The classes after."""
        return _classes(self.of.after, (pair[1] for pair in self.of.cells))


def _classes(scheme: Scheme, found: Iterable[str]) -> list[str]:
    names = [klass.id for klass in scheme.classes]
    return [*names, ""] if "" in set(found) else names


def tried(
    user: User, scheme: Scheme, rival: Scheme, asked: str = ""
) -> tuple[Preview | None, str]:  # fmt: skip
    """What a draft would change, or why it cannot be told."""
    wanted = Wanted(size=FEW)
    if asked in (UP, DOWN, ELSE):
        wanted = Wanted(ways=(asked,), size=MANY)
    return _either(lambda: _shown(comparing.tried(user, scheme, rival, wanted), asked))


def compared(
    user: User, left: Scheme, right: Scheme, wanted: Wanted
) -> tuple[Preview | None, str]:  # fmt: skip
    """Two schemes side by side, or why they cannot be compared."""
    return _either(lambda: _shown(comparing.compared(user, left, right, wanted)))


def failing(act: Callable[[], object]) -> str:
    """Do it; in words why it could not be done, empty where it was."""
    return _either(act)[1]


def _either(make: Callable[[], Any]) -> tuple[Any, str]:
    try:
        return make(), ""
    except MainstayError as error:
        return None, error.text(language())


def _shown(of: Comparison, asked: str = "") -> Preview:
    was, now = Badges.of(of.before), Badges.of(of.after)
    sums = [_total([side for line in of.lines if (side := getattr(line, name))])
            for name in ("before", "after")]  # fmt: skip
    titles = [said(guard.title.model_dump()) for guard in of.after.guards]
    guards = tuple(zip(titles, of.held, strict=True)) if of.held else ()
    lines = []
    for line in of.lines:
        badge = (now if line.after is not None else was)(line.klass)
        sides = (line.before, line.after)
        before, after = (side.customers if side else None for side in sides)
        lines.append(Line(
            badge, badge.title, before, after,
            net=_pair(sides, sums, "net"), profit=_pair(sides, sums, "profit"),
        ))  # fmt: skip
    return Preview(of, _finding(of), tuple(lines), was, now, _charts(of, now), guards, asked)


def _total(sides: list[Weight]) -> Weight:
    known = [side.profit for side in sides if side.profit is not None]
    return Weight(
        sum(side.customers for side in sides), sum(side.net for side in sides),
        sum(known) if known else None,
    )  # fmt: skip


def _pair(
    sides: tuple[Weight | None, Weight | None], sums: list[Weight], name: str
) -> tuple[float | None, float | None]:
    """The shares of the whole on both sides; ``None`` where there is nothing to share."""
    found: list[float | None] = []
    for side, total in zip(sides, sums, strict=True):
        part, all_of_it = (getattr(side, name) if side else None), getattr(total, name)
        found.append(part / all_of_it if part is not None and all_of_it else None)
    return found[0], found[1]


def _finding(of: Comparison) -> str:
    told = _("%(num)s of %(all)s would move") % {
        "num": number(of.moving), "all": number(of.customers),
    }  # fmt: skip
    ways = [
        _("%(num)s up") % {"num": number(of.ways[UP])},
        _("%(num)s down") % {"num": number(of.ways[DOWN])},
    ]
    if of.ways[ELSE]:
        ways.append(_("%(num)s otherwise") % {"num": number(of.ways[ELSE])})
    return mark(":").join([told, mark(",").join(ways)])


def _charts(of: Comparison, badges: Badges) -> tuple[Histogram, ...]:
    values = of.values["after"]
    if of.after.ranked_by != "points" or of.after.axes or not values:
        return ()
    cuts = {
        step.klass: float(step.level) for step in getattr(of.after.cuts, "steps", ())
        if hasattr(step, "level") and not hasattr(step.level, "times")
    }  # fmt: skip
    counts = {line.klass: line for line in of.lines}
    names = []
    for klass in (*cuts, of.after.cuts.rest) if cuts else ():
        line = counts.get(klass)
        if line is not None and line.after is not None:
            names.append((klass, badges(klass).text, _change(line)))
    steps = {klass.id: klass.badge for klass in of.after.classes if klass.badge}
    most = float(sum(criterion.weight for criterion in of.after.criteria)) or 100.0
    drawn = (
        histogram(values, of.values["before"], cuts, steps, names, most, width)
        for width in (760, 358)
    )  # fmt: skip
    return tuple(one for one in drawn if one is not None)


def _change(line: comparing.ClassLine) -> str:
    """A class's count, and by how many it changes."""
    after = line.after.customers if line.after else 0
    if line.before is None:
        return number(after)
    by = after - line.before.customers
    return f"{number(after)} {'+' if by > 0 else '±' if not by else ''}{number(by)}"
