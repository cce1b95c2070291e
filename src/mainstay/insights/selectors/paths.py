"""What would lift a customer to a better class, and what would lose it the one it has."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay.foundation.models import User
from mainstay.insights import deciding, hidden, reasons
from mainstay.insights.errors import CustomerNotFound, NotGraded
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes.given import given
from mainstay.insights.selectors.runs import headline, latest_runs
from mainstay.kernel.errors import Words
from mainstay.kernel.money import to_minor
from mainstay.parties.selectors import of_code, sees_cost

if TYPE_CHECKING:
    from mainstay_engine.path import Change, Path
    from mainstay_engine.schemes import Scheme


@dataclass(frozen=True, slots=True)
class Move:
    """One figure to be moved. Money in minor units of the run's currency."""

    metric: str
    title: Words
    unit: str
    was: int | float
    to: int | float

    @property
    def delta(self) -> int | float:
        return self.to - self.was


@dataclass(frozen=True, slots=True)
class Way:
    """Moves that together put the customer into a class."""

    klass: str
    moves: tuple[Move, ...]
    cost: int
    """By the rough costs of the engine (own), in minor units; only to put ways in order."""
    assumes: Words


@dataclass(frozen=True, slots=True)
class CustomerPaths:
    """The ways of one customer under one scheme, as of the run's day."""

    run: RunInfo
    klass: str
    best: bool
    up: tuple[Way, ...]
    """The cheapest first."""
    down: tuple[Way, ...]
    missing: Words | None = None
    """Why there are none to be told."""
    steady: Words | None = None
    """When a change of the figures' class takes effect, where the scheme does not let it at once.
    """


OLDER: Words = {
    "en": "They are found after the next grading.",
    "zh": "将在下次分级后给出。",
}
UNGRADED: Words = {
    "en": "The scheme does not class this customer.",
    "zh": "该方案未对此客户分级。",
}


def paths(user: User, code: str, scheme: str = "") -> CustomerPaths:
    """What would lift the customer under a scheme (default: the headline's), by the figures of the
    newest grading, everybody else's held still.

    Raises ``CustomerNotFound`` and ``NotGraded``. Where the scheme rests on cost that the user
    may not see, nothing is told but that.
    """
    from mainstay_engine import grade
    from mainstay_engine.path import needed, paths_of

    customer = of_code(user, code).first()
    if customer is None:
        raise CustomerNotFound(code=code)
    latest = latest_runs(user)
    run = latest.get(scheme) if scheme else headline(latest)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    if hidden.rests_on_cost(run) and not sees_cost(user, customer.pk):
        return _nothing(run, hidden.REASON)
    definition = run.parameters["scheme"]
    pressed = deciding.stored(run.snapshot, definition.get("window", ""))
    if pressed is None:
        return _nothing(run, OLDER)
    then = reasons.scheme_of(run)
    names = [*deciding.FIRST, *then.metrics_used(), *needed(then)]
    table = deciding.columns(pressed, names)
    beside = given(Snapshot.objects.get(pk=run.snapshot), then)
    beside["previous"] = None  # the ways are those of the figures' class; ``steady`` says so
    result = grade(
        None, definition, as_of=run.as_of, metrics=table, exponent=run.exponent, **beside
    )  # fmt: skip
    if customer.code not in result.decided.figures.ids:
        return _nothing(run, UNGRADED)
    found = paths_of(result, table, customer.code)
    if found.none:
        return _nothing(run, {"en": found.none["en"], "zh": found.none["zh"]})
    return CustomerPaths(
        run=run, klass=found.class_id, best=found.class_id == run.classes[0].klass,
        up=tuple(_way(path, run.exponent) for path in found.up),
        down=tuple(_way(path, run.exponent) for path in found.down),
        steady=_steady(then),
    )  # fmt: skip


def _steady(scheme: Scheme) -> Words | None:
    if scheme.stability is None:
        return None
    runs = scheme.stability.runs
    at_once = scheme.stability.margin is not None
    return {
        "en": "The class is that of the figures. A change takes effect after "
        f"{runs} gradings in a row{', or at once where it is clear' if at_once else ''}.",
        "zh": f"以上按数据判定的等级计算；连续 {runs} 次分级后才生效"
        f"{'，明显越过界线时立即生效' if at_once else ''}。",
    }


def _nothing(run: RunInfo, why: Words) -> CustomerPaths:
    return CustomerPaths(run=run, klass="", best=False, up=(), down=(), missing=why)


def _way(path: Path, exponent: int) -> Way:
    return Way(
        path.to_class, tuple(_move(change, exponent) for change in path.changes),
        to_minor(round(path.cost, exponent), exponent),
        {"en": path.assumes["en"], "zh": path.assumes["zh"]},
    )  # fmt: skip


def _move(change: Change, exponent: int) -> Move:
    from mainstay_engine.metrics import metric

    title = metric(change.metric)
    return Move(
        change.metric, {"en": title.en, "zh": title.zh}, change.unit,
        _figure(change.was, change.unit, exponent), _figure(change.to, change.unit, exponent),
    )  # fmt: skip


def _figure(value: Decimal, unit: str, exponent: int) -> int | float:
    if unit == "money":
        return to_minor(value, exponent)
    return (
        int(value) if value == value.to_integral() and unit in ("count", "days") else float(value)
    )
