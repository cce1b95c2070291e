"""In which class a scheme puts everybody, by the figures of the newest grading: a scheme in use as
it was run, any other as it would be. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mainstay.insights import deciding
from mainstay.insights.errors import NothingToGrade, NotTried
from mainstay.insights.measuring import WINDOW
from mainstay.insights.models import Grade, Run, Snapshot
from mainstay.insights.schemes import in_use
from mainstay.insights.schemes.given import given
from mainstay.insights.schemes.models import SchemeVersion

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

WEIGHTS = ("net_sales", "gross_profit")
Side = Sequence[tuple[str, str | None]]
UP, DOWN, ELSE = "up", "down", "else"
"""Which way somebody moves; «else»: to or from a class that stands on no step."""


@dataclass(frozen=True)
class Placed:
    """Everybody's class under one scheme."""

    scheme: Scheme
    classes: dict[str, str]
    """By customer code."""
    values: dict[str, float]
    """What the class was cut by, where it is points; by customer code."""
    held: tuple[int, ...] = ()
    """Of each guard: how many meet its conditions; nothing of a scheme as it was run."""

    @property
    def window(self) -> str:
        return self.scheme.window

    @cached_property
    def steps(self) -> dict[str, str]:
        """Step A (best) to E of each class that has one."""
        return {klass.id: klass.badge for klass in self.scheme.classes if klass.badge}


@dataclass(frozen=True)
class Weights:
    """Net sales and gross profit of the lists' window, in minor units, by customer code."""

    net: dict[str, int]
    profit: dict[str, int]
    """Of those whose cost is known."""


def newest() -> Snapshot:
    """The grading whose figures are tried. Raises ``NothingToGrade``."""
    done = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    found = done.order_by("-as_of", "-pk").first()
    if found is None:
        raise NothingToGrade
    return found


def as_run(snapshot: Snapshot, scheme: Scheme) -> Placed | None:
    """The classes a grading gave; ``None`` where it did not run this version."""
    run = Run.objects.filter(
        snapshot=snapshot, scheme=scheme.name, version=str(scheme.version), state=Run.State.DONE
    ).first()  # fmt: skip
    if run is None:
        return None
    rows = Grade.objects.filter(run=run).values_list("customer__code", "klass", "value_number")
    found = list(rows.iterator(chunk_size=10_000))
    points = scheme.ranked_by == "points"
    return Placed(
        scheme, {code: klass for code, klass, _ in found},
        {code: value for code, _, value in found if value is not None} if points else {},
    )  # fmt: skip


def as_tried(snapshot: Snapshot, scheme: Scheme) -> Placed:
    """The classes the scheme would give, with what people hold of customers under its name.

    Raises ``NoFigures``, ``BooksChanged``, and ``NotTried`` where the engine can grade nobody.
    """
    from mainstay_engine import EngineError, grade

    try:
        table = deciding.at_hand(snapshot, scheme)
        result = grade(
            None, scheme, as_of=snapshot.as_of, metrics=table, exponent=snapshot.exponent,
            **given(snapshot, scheme),
        )  # fmt: skip
    except EngineError as error:
        raise NotTried(fault=error.text("en"), fault_zh=error.text("zh")) from error
    decided = result.decided
    ids, names = decided.figures.ids, [klass.id for klass in scheme.classes]
    column = decided.column
    values: dict[str, float] = {}
    if column.name == "points":
        scaled = (column.values / column.scale).tolist()
        values = {code: value for code, value, there in zip(ids, scaled, column.present.tolist(),
                                                            strict=True) if there}  # fmt: skip
    classes = dict(zip(ids, map(names.__getitem__, decided.klass.tolist()), strict=True))
    return Placed(scheme, classes, values, tuple(int(met.sum()) for met in decided.met))


def placed(snapshot: Snapshot, scheme: Scheme) -> Placed:
    """As it was run, else as it would be."""
    return as_run(snapshot, scheme) or as_tried(snapshot, scheme)


def weights(snapshot: Snapshot) -> Weights:
    """What classes are weighed by. Nothing where the snapshot kept no figures yet."""
    pressed = deciding.stored(snapshot.pk, WINDOW)
    if pressed is None:
        rows = snapshot.customers.values_list("customer__code", *WEIGHTS)
        found = list(rows)
    else:
        table = deciding.columns(pressed, ("customer_id", *WEIGHTS))
        nothing = [None] * table.num_rows
        sides = [
            table[name].to_pylist() if name in table.column_names else nothing for name in WEIGHTS
        ]
        found = list(zip(table["customer_id"].to_pylist(), *sides, strict=True))
    return Weights(
        {code: net for code, net, _ in found if net is not None},
        {code: profit for code, _, profit in found if profit is not None},
    )


def known(name: str, number: int | None = None) -> Scheme | None:
    """A scheme by name: the version asked for; else the one in use, else the newest there is."""
    rows = in_use.versions(name)
    preset = [one for one in in_use.presets() if one.name == name]
    if preset:
        return preset[0] if number in (None, preset[0].version) else None
    chosen: list[SchemeVersion] = [row for row in rows if row.number == number]
    if number is None:
        running = [one for one in in_use.in_use() if one.name == name]
        if running:
            return running[0]
        chosen = rows[:1]
    return next(iter(in_use.own(chosen)), None)


class Ways:
    """Which way a pair of classes goes: by their order where both sides have the same classes, else
    by the step of their badges. A side is (class, step) of each of its classes, the best first.
    """

    def __init__(self, before: Side, after: Side, *, named: bool) -> None:
        """``named``: the classes of both sides mean the same where they are called the same."""
        names = [[klass for klass, _step in side] for side in (before, after)]
        self._same = names[0] == names[1]
        order = {klass: place for place, klass in enumerate(names[1])}
        self._sides = tuple(
            {klass: order[klass] if self._same else step for klass, step in side if step}
            for side in (before, after)
        )
        self._named = named or self._same

    @classmethod
    def of(cls, before: Placed, after: Placed) -> Ways:
        """Between what two schemes say of everybody."""
        sides = [
            [(klass.id, klass.badge) for klass in side.scheme.classes] for side in (before, after)
        ]
        return cls(*sides, named=before.scheme.name == after.scheme.name)

    def moves(self, before: str, after: str) -> bool:
        """Whether it is another class: by name where the classes are the same, else by step."""
        if self._named or not all(
            klass in side for klass, side in zip((before, after), self._sides, strict=True)
        ):
            return before != after
        return self._sides[0][before] != self._sides[1][after]

    def __call__(self, before: str, after: str) -> str:
        was, now = self._sides[0].get(before), self._sides[1].get(after)
        if was is None or now is None or was == now:
            return ELSE
        return UP if now < was else DOWN  # type: ignore[operator]


def usual_rival(name: str, like: Scheme) -> Scheme:
    """What to compare a draft with: what is in use under its name or that of the version it was
    made from, else the scheme in use with the same classes that reads most of the same figures,
    else the one that heads the pages. Raises ``NothingToGrade``.
    """
    running = {scheme.name: scheme for scheme in in_use.in_use()}
    for one in (name, like.name):
        if one in running:
            return running[one]
    akin = [one for one in running.values() if _classes(one) == _classes(like)]
    if akin:
        return max(akin, key=lambda one: len({*one.metrics_used()} & {*like.metrics_used()}))
    if not running:
        raise NothingToGrade
    return running.get(in_use.heading(running)) or next(iter(running.values()))


def _classes(scheme: Scheme) -> list[str]:
    return [klass.id for klass in scheme.classes]
