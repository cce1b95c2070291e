"""What would lift a customer to a better class, and what would lose it the one it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay.foundation.models import User
from mainstay.insights import ahead, deciding, hidden, reasons
from mainstay.insights.errors import CustomerNotFound, TargetDayNotValid
from mainstay.insights.models import Snapshot
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes.given import given
from mainstay.insights.selectors.runs import done_run
from mainstay.kernel.errors import Words
from mainstay.kernel.money import to_minor
from mainstay.parties.models import Customer
from mainstay.parties.selectors import of_code, sees_cost

if TYPE_CHECKING:
    import pyarrow as pa

    from mainstay_engine.path import Change, Path, Rhythm
    from mainstay_engine.schemes import Result, Scheme


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
    """By the figures."""
    moves: tuple[Move, ...]
    cost: int
    """By the rough costs of the engine (own), in minor units; only to put ways in order."""
    assumes: Words
    runs: int
    """Gradings after the one of the day until the class takes effect; 0: with that one."""
    effective: date
    """The earliest day on which the class takes effect."""


@dataclass(frozen=True, slots=True)
class CustomerPaths:
    """The ways of one customer under one scheme, by a day."""

    code: str
    name: Words
    run: RunInfo
    by: date
    """Figures are of this day, with what was known when the run was made."""
    last: date
    """The latest day that may be asked about."""
    klass: str
    """By the figures."""
    held: str
    """The one that counts: of the run before until a change lasts or is clear."""
    best: bool
    up: tuple[Way, ...]
    """The cheapest first."""
    down: tuple[Way, ...]
    missing: Words | None = None
    """Why there are none to be told."""
    steady: Words | None = None
    """When a change of the figures' class takes effect, where the scheme holds classes."""


OLDER: Words = {
    "en": "They are found after the next grading.",
    "zh": "将在下次分级后给出。",
}
UNGRADED: Words = {
    "en": "The scheme does not class this customer.",
    "zh": "该方案未对此客户分级。",
}


def paths(user: User, code: str, scheme: str = "", by: date | None = None) -> CustomerPaths:
    """What would lift the customer under a scheme (default: the headline's) until the day ``by``
    (default: that of the newest grading, from its figures), everybody else's figures held still.

    Raises ``CustomerNotFound``, ``NotGraded`` and ``TargetDayNotValid``. Where the scheme rests on
    cost that the user may not see, nothing is told but that.
    """
    from mainstay_engine.path import paths_of

    customer = of_code(user, code).first()
    if customer is None:
        raise CustomerNotFound(code=code)
    run = done_run(user, scheme)
    day = by or run.as_of
    if not run.as_of <= day <= ahead.last(run):
        raise TargetDayNotValid(
            day=day.isoformat(), first=run.as_of.isoformat(), last=ahead.last(run).isoformat()
        )
    empty = CustomerPaths(
        code=customer.code, name=_name(customer), run=run, by=day, last=ahead.last(run), klass="",
        held="", best=False, up=(), down=(),
    )  # fmt: skip

    def nothing(why: Words) -> CustomerPaths:
        return replace(empty, missing=why)

    if hidden.rests_on_cost(run) and not sees_cost(user, customer.pk):
        return nothing(hidden.REASON)
    everybody = graded(run) if day == run.as_of else ahead.graded(run, day)
    if everybody is None:
        return nothing(OLDER)
    result, table = everybody
    if customer.code not in result.decided.figures.ids:
        return nothing(UNGRADED)
    rhythm = ahead.rhythm()
    found = paths_of(result, table, customer.code, rhythm=rhythm)
    if found.none:
        return nothing({"en": found.none["en"], "zh": found.none["zh"]})
    return replace(
        empty, klass=found.class_id, held=found.held, best=found.class_id == run.classes[0].klass,
        up=tuple(_way(path, run.exponent) for path in found.up),
        down=tuple(_way(path, run.exponent) for path in found.down),
        steady=_steady(reasons.scheme_of(run), rhythm),
    )  # fmt: skip


def _name(customer: Customer) -> Words:
    """As each language calls the customer."""
    return {
        "en": customer.name_en or customer.name or customer.code,
        "zh": customer.name or customer.name_en or customer.code,
    }


def graded(run: RunInfo) -> tuple[Result, pa.Table] | None:
    """The grading of a run as it was made, from the figures kept; ``None`` where none are."""
    from mainstay_engine import grade
    from mainstay_engine.path import needed

    definition = run.parameters["scheme"]
    pressed = deciding.stored(run.snapshot, definition.get("window", ""))
    if pressed is None:
        return None
    then = reasons.scheme_of(run)
    table = deciding.columns(pressed, [*deciding.FIRST, *then.metrics_used(), *needed(then)])
    beside = given(Snapshot.objects.get(pk=run.snapshot), then)
    result = grade(
        None, definition, as_of=run.as_of, metrics=table, exponent=run.exponent, **beside
    )  # fmt: skip
    return result, table


def _steady(scheme: Scheme, rhythm: Rhythm) -> Words | None:
    if scheme.stability is None:
        return None
    runs = scheme.stability.runs
    at_once = scheme.stability.margin is not None
    often = rhythm.words
    return {
        "en": "Classes are those of the figures. One takes effect after "
        f"{runs} gradings in a row{', or at once where it is clear' if at_once else ''}; "
        f"taken here: {often['en']}.",
        "zh": f"以上为按数据判定的等级；连续 {runs} 次分级后才生效"
        f"{'，明显越过界线时立即生效' if at_once else ''}；此处按{often['zh']}计。",
    }


def _way(path: Path, exponent: int) -> Way:
    return Way(
        path.to_class, tuple(_move(change, exponent) for change in path.changes),
        to_minor(round(path.cost, exponent), exponent),
        {"en": path.assumes["en"], "zh": path.assumes["zh"]}, path.runs, path.effective,
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
