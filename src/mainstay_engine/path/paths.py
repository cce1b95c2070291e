"""``find_paths``: what would lift a customer to a better class by a date, the cheapest first."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import EngineError, NoData, UnknownName
from mainstay_engine.metrics import Window, compute_metrics, latest_document_date
from mainstay_engine.path.combining import Moves, Several, combined
from mainstay_engine.path.levers import LEVERS, Lever, bounds_of, levers_of, needed
from mainstay_engine.path.rhythm import MONTHLY, Rhythm
from mainstay_engine.path.search import NEVER, Search, values_at
from mainstay_engine.path.words import assumptions, unsearched
from mainstay_engine.replays import Replay
from mainstay_engine.rollups import State
from mainstay_engine.schemes.absent import no_facts
from mainstay_engine.schemes.catalogue import load_scheme
from mainstay_engine.schemes.figures import Column, figures_of, major, plain
from mainstay_engine.schemes.grading import as_day, grade
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.result import Result
from mainstay_engine.schemes.steady import runs_left
from mainstay_engine.schemes.what_if import WhatIf

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

MANY = 4
"""Gradings on the way to a later day, from which on a state of the facts is made first (own)."""


@dataclass(frozen=True)
class Change:
    """One figure to be moved. Amounts in major units; exact."""

    metric: str
    unit: str
    was: Decimal
    to: Decimal

    @property
    def delta(self) -> Decimal:
        return self.to - self.was

    def to_dict(self) -> dict[str, str]:
        said = {"from": self.was, "to": self.to, "delta": self.delta}
        texts = {key: exact(value, self.unit) for key, value in said.items()}
        return {"metric": self.metric, "unit": self.unit, **texts}


@dataclass(frozen=True)
class Path:
    """Changes that together put the customer into a class, everything else held still."""

    to_class: str
    """The class by the figures; where the scheme holds classes, ``effective`` says from when."""
    changes: tuple[Change, ...]
    cost: Decimal
    """By the costs stated, in major units."""
    assumes: dict[str, str]
    runs: int
    """Gradings after the one of the day until the class takes effect; 0: with that one."""
    effective: date
    """The earliest day on which the class takes effect."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "to_class": self.to_class, "changes": [change.to_dict() for change in self.changes],
            "cost": plain(self.cost), "assumes": self.assumes, "raw_class": self.to_class,
            "runs": self.runs, "effective_date": self.effective.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True)
class Paths:
    """The paths of one customer by a day."""

    customer_id: str
    result: Result
    """Everybody's classes by that day, with what is known and nothing more done."""
    class_id: str
    """The customer's by the figures, or as a person set it."""
    held: str
    """The one that counts: that of the run before until a change lasts or is clear."""
    up: tuple[Path, ...]
    """To better classes, the cheapest first."""
    down: tuple[Path, ...]
    """Single changes that would lose the class; their cost is 0."""
    none: dict[str, str] | None = None
    """Why no path was looked for, in both languages; ``None`` where the search was whole."""


def find_paths(
    facts: Facts,
    customer_id: str,
    scheme: str | os.PathLike[str] | Mapping[str, Any] | Scheme = "abc",
    as_of: str | date | None = None,
    by: str | date | None = None,
    window: str | Window | None = None,
    known_as_of: str | date | None = None,
    costs: Mapping[str, Decimal] | None = None,
    bounds: Mapping[str, Decimal] | None = None,
    *,
    previous: pa.Table | None = None,
    judgements: pa.Table | None = None,
    overrides: pa.Table | None = None,
    classes: Mapping[str, pa.Table] | None = None,
    customers: pa.Table | None = None,
    rhythm: Rhythm = MONTHLY,
    withheld: Collection[str] = (),
) -> Paths:
    """What would lift a customer under a scheme, from what is known ``as_of`` a day (default: the
    latest document; ``known_as_of`` another day, where given), until the day ``by`` (default: the
    same).

    Classes are those of the day ``by``: what has left the window by then no longer counts, and
    nothing is expected to happen but the changes. Each is moved alone, the other figures and the
    other customers held still, and is the smallest that lifts; changes of up to three figures
    together are added where they are cheaper. ``costs`` of a unit and ``bounds`` of a change, both
    in major units by metric, stand before the scheme's own (``path:``) and ours.

    ``judgements``, ``previous`` (as of ``as_of``), ``overrides``, ``classes`` and ``customers`` are
    as ``grade`` takes them.
    Of a scheme that holds classes, the gradings of the ``rhythm`` until ``by`` are replayed, and a
    path says from when its class takes effect. Metrics ``withheld`` count as not known.

    Raises as ``grade`` does, ``UnknownName`` for a customer who is not there, and ``EngineError``
    for a day ``by`` before ``as_of``.
    """
    result, table = graded_by(
        facts, scheme, as_of, by, window, known_as_of, previous=previous, judgements=judgements,
        overrides=overrides, classes=classes, customers=customers, rhythm=rhythm,
        withheld=withheld,
    )  # fmt: skip
    return paths_of(result, table, customer_id, costs=costs, bounds=bounds, rhythm=rhythm)


def graded_by(
    facts: Facts,
    scheme: str | os.PathLike[str] | Mapping[str, Any] | Scheme = "abc",
    as_of: str | date | None = None,
    by: str | date | None = None,
    window: str | Window | None = None,
    known_as_of: str | date | None = None,
    *,
    previous: pa.Table | None = None,
    judgements: pa.Table | None = None,
    overrides: pa.Table | None = None,
    classes: Mapping[str, pa.Table] | None = None,
    customers: pa.Table | None = None,
    rhythm: Rhythm = MONTHLY,
    withheld: Collection[str] = (),
) -> tuple[Result, pa.Table]:
    """Everybody's classes by the day that ``find_paths`` solves for, and the metrics they are made
    from: what ``paths_of`` takes.
    """
    chosen = load_scheme(scheme)
    known = as_day(known_as_of)
    day = as_day(as_of) or latest_document_date(facts, known_as_of=known)
    until = as_day(by) or day
    if until < day:
        raise EngineError(
            {"en": f"A path leads forward: {until} is before {day}.",
             "zh": f"路径只能向前：{until} 早于 {day}。"},
            {"en": "Choose a later target date.", "zh": "请选择更晚的目标日期。"},
        )  # fmt: skip
    if until > day and known is None:
        known = day
    span = Window.parse(window if window is not None else chosen.window)
    replayed = []
    if chosen.stability is not None and until > day:
        replayed = rhythm.between(day, until)
    state = Replay(facts) if len(replayed) >= MANY else None

    def graded(on: date, before: pa.Table | None) -> tuple[Result, pa.Table]:
        table = measured(facts, chosen, on, span, known, withheld, state)
        return grade(
            facts, chosen, on, span, known, metrics=table, previous=before,
            judgements=judgements, overrides=overrides, classes=classes, customers=customers,
        ), table  # fmt: skip

    for on in replayed:
        previous = graded(on, previous)[0].snapshot()
    return graded(until, previous)


def measured(
    facts: Facts, scheme: Scheme, as_of: date, window: Window, known: date | None,
    withheld: Collection[str] = (), state: State | None = None,
) -> pa.Table:  # fmt: skip
    """The metrics that a scheme reads and its levers move. ``NoData`` where some must be there."""
    wanted = dict.fromkeys(["first_purchase", *scheme.metrics_used(), *needed(scheme)])
    names = [name for name in wanted if name not in withheld]
    try:
        return compute_metrics(
            facts, names, as_of=as_of, window=window, known_as_of=known, state=state,
            optional=set(names) - set(scheme.metrics_needed()),
        )  # fmt: skip
    except NoData as error:
        raise no_facts(scheme, error) from error


def paths_of(
    result: Result,
    table: pa.Table,
    customer_id: str,
    *,
    costs: Mapping[str, Decimal] | None = None,
    bounds: Mapping[str, Decimal] | None = None,
    rhythm: Rhythm = MONTHLY,
) -> Paths:
    """As ``find_paths``, of a grading and the table of metrics it was made from, which holds those
    of ``levers.needed`` too.
    """
    ways = Ways(result, table, costs or {}, bounds or {}, rhythm)
    row = result.row(customer_id)
    held = ways.scheme.classes[int(result.decided.klass[row])].id
    if reason := unsearched(result, row):
        return Paths(customer_id, result, held, held, (), (), reason)
    return Paths(
        customer_id, result, ways.class_of(row), held,
        up=tuple(sorted(ways.up(row), key=lambda path: (path.cost, path.to_class))),
        down=tuple(ways.down(row)),
    )  # fmt: skip


class Ways:
    """The ways up and down of a grading's customers."""

    def __init__(
        self, result: Result, table: pa.Table, costs: Mapping[str, Decimal],
        bounds: Mapping[str, Decimal], rhythm: Rhythm, *, still: bool = False,
    ) -> None:  # fmt: skip
        for name in (*costs, *bounds):
            if name not in LEVERS:
                raise _no_lever(name)
        self.result = result
        self.scheme = result.definition
        here = pc.is_in(table["customer_id"], value_set=pa.array(result.decided.figures.ids))
        figures = figures_of(
            table.filter(here), _measured(table), result.exponent,
            optional=[*self.scheme.metrics_used(), *needed(self.scheme)],
        )  # fmt: skip
        self.search = Search(WhatIf(result.decided, still=still), figures)
        self.levers = [
            replace(lever, cost=Decimal(costs.get(lever.metric, lever.cost)))
            for lever in levers_of(self.scheme)
        ]
        self.bounds = bounds_of(self.scheme) | dict(bounds)
        self.rhythm = rhythm
        self.raw = result.decided.raw

    def class_of(self, row: int) -> str:
        """By the figures."""
        return self.scheme.classes[int(self.raw[row])].id

    def up(self, row: int) -> Iterator[Path]:
        """Single changes, and the cheapest of several where that is cheaper, to each class."""
        here = int(self.raw[row])
        seen: set[tuple[Any, ...]] = set()
        for target in range(here - 1, -1, -1):
            single = [path for lever in self.levers if (path := self._alone(lever, row, target))]
            least = min((path.cost for path in single), default=None)
            for path in [*single, *self._together(row, target, least)]:
                told = (path.to_class, path.changes)
                if told not in seen:
                    seen.add(told)
                    yield path

    def down(self, row: int) -> Iterator[Path]:
        """Of each lever, the smallest move the other way that loses the class."""
        here = int(self.raw[row])
        for lever in self.levers:
            back = lever.back()
            steps = self.search.first(back, _one(row), _one(here), falls=True)
            if steps[0] != NEVER:
                yield self._path(row, [(back, int(steps[0]))], cost=Decimal(0))

    def _alone(self, lever: Lever, row: int, target: int) -> Path | None:
        steps = self.search.first(
            lever, _one(row), _one(target), bound=self.bound(lever)
        )  # fmt: skip
        return None if steps[0] == NEVER else self._path(row, [(lever, int(steps[0]))])

    def _together(self, row: int, target: int, least: Decimal | None) -> list[Path]:
        """The cheapest of several, where it is cheaper than the ``least`` alone."""
        bounds = {lever.metric: self.bound(lever) for lever in self.levers}
        several = Several(self.search, self.levers, row, bounds)
        spent: dict[tuple[str, int], Decimal] = {}

        def costs(lever: Lever, steps: int) -> Decimal:
            if (lever.metric, steps) not in spent:
                spent[lever.metric, steps] = _cost(lever, self._change(lever, row, steps))
            return spent[lever.metric, steps]

        best: Moves | None = None
        for moves in combined(several, target):
            cost = sum((costs(lever, steps) for lever, steps in moves), Decimal(0))
            if least is None or cost < least:
                best, least = moves, cost
        return [self._path(row, best)] if best else []

    def bound(self, lever: Lever) -> int | None:
        """The bound in steps."""
        if lever.metric not in self.bounds:
            return None
        column = self.search.table.column(lever.metric)
        most = self.search.table.in_minor(Decimal(self.bounds[lever.metric]), column.unit)
        return int(most // lever.grain(column))

    def _path(self, row: int, moves: Moves, cost: Decimal | None = None) -> Path:
        columns: dict[str, Column] = {}
        changes = []
        for lever, steps in moves:
            columns |= self.search.moved(lever, _one(row), _one(steps))
            changes.append(self._change(lever, row, steps))
        reached = self.search.what_if.classes(_one(row), columns)
        if cost is None:
            each = (_cost(lever, change) for (lever, _), change in zip(moves, changes, strict=True))
            cost = sum(each, Decimal(0))
        runs = int(runs_left(self.search.what_if, _one(row), columns)[0])
        return Path(
            self.scheme.classes[int(reached[0])].id,
            tuple(changes),
            cost.normalize(),
            assumptions(self.scheme, [lever.metric for lever, _ in moves], self.result,
                        self.rhythm),
            runs,
            self.rhythm.after(self.result.as_of, runs),
        )  # fmt: skip

    def _change(self, lever: Lever, row: int, steps: int) -> Change:
        old = self.search.column(lever.metric, _one(row))
        was, to = old.at(0), values_at(lever, old, _one(steps))[0].item()
        if was is None:
            raise AssertionError("a figure that is not there cannot be moved")
        if old.unit == "money":
            exponent = self.result.exponent
            return Change(lever.metric, old.unit, major(int(was), exponent), major(to, exponent))
        return Change(lever.metric, old.unit, Decimal(repr(was)), Decimal(repr(to)))


def _cost(lever: Lever, change: Change) -> Decimal:
    return lever.cost * abs(change.delta)


def _one(value: int) -> Any:
    return np.array([value], np.int64)


def _measured(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name not in ("customer_id", "customer_name")]


def exact(value: Decimal, unit: str) -> str:
    """An exact decimal text; money keeps its places."""
    return format(value, "f") if unit == "money" else plain(value)


def _no_lever(name: str) -> UnknownName:
    levers = ", ".join(sorted(LEVERS))
    return UnknownName(
        {
            "en": f"«{name}» is no figure that somebody can move.",
            "zh": f"“{name}”不是可以改变的指标。",
        },
        {"en": f"Such are: {levers}.", "zh": f"可选：{levers}。"},
        name=name,
    )
