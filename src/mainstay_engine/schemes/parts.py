"""The parts a scheme is made of: figures, scoring and cuts.

Every figure is read exactly (``Decimal`` from its written form), so that a cut at 0.8 is 4/5 and
not the nearest float. Amounts of money are written in major units (yuan, pounds).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

POINTS = "points"
"""Name of the composite's sum of points where a cut would otherwise name a metric."""


JUDGED = "judged."
"""What stands before the name of a criterion judged by people, where a metric would be named."""
CLASSED = "class."
"""What stands before the name of a class by another scheme, where a metric would be named."""


def _exact(value: object) -> object:
    """Read a number by its written form: ``0.8`` becomes ``Decimal('0.8')``."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    if isinstance(value, int | float | str):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError("a number is needed") from None
        if not number.is_finite():
            raise ValueError("a finite number is needed")
        return number
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact)]
Share = Annotated[Exact, Field(gt=0, le=1)]
ClassId = Annotated[str, Field(min_length=1, max_length=40)]
MetricName = Annotated[str, Field(min_length=1)]
Direction = Literal["higher", "lower"]


class Part(BaseModel):
    """Base of everything in a scheme: strict, closed to unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Text(Part):
    """Words for people in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang.startswith("zh") else self.en


class Own(Part):
    """A figure of the scheme that is Mainstay's own, where practitioners name none."""

    at: str = Field(min_length=1, description="Path of the figure, e.g. cuts.steps.0.at_least.")
    why: Text


class Class(Part):
    """One class of the scheme, best first."""

    id: ClassId
    title: Text
    badge: Literal["A", "B", "C", "D", "E"] | None = Field(
        default=None, description="Design step for colour and shape; null: no badge (no data)."
    )
    play: Text | None = None


class Band(Part):
    """Values at or beyond ``from`` earn ``score`` (a share of the criterion's weight)."""

    start: Exact = Field(alias="from")
    score: Annotated[Exact, Field(ge=0, le=1)]


class Bands(Part):
    """Steps: the best band whose start the value reaches; below all of them, nothing."""

    by: Literal["bands"]
    bands: tuple[Band, ...] = Field(min_length=1)


class Node(Part):
    """One corner of a piecewise linear score."""

    at: Exact
    score: Annotated[Exact, Field(ge=0, le=1)]


class Linear(Part):
    """Straight lines between the nodes; flat beyond the first and the last."""

    by: Literal["linear"]
    nodes: tuple[Node, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _rising(self) -> Linear:
        if any(b.at <= a.at for a, b in pairwise(self.nodes)):
            raise ValueError("the nodes must rise")
        return self


class Relative(Part):
    """A threshold that moves with another metric: max(times × of, at_least)."""

    times: Annotated[Exact, Field(gt=0)]
    of: MetricName
    at_least: Exact | None = None


Level = Exact | Relative


class Target(Part):
    """Full score at a target, which may move with another metric; a straight line to nothing."""

    by: Literal["target"]
    target: Level
    nothing_at: Exact = Field(
        default=Decimal(0),
        description="Share of the target that scores nothing: below 1 where more is better, "
        "above 1 where less is.",
    )

    @model_validator(mode="after")
    def _apart(self) -> Target:
        if self.nothing_at == 1:
            raise ValueError("nothing_at must differ from 1")
        if isinstance(self.target, Decimal) and self.target <= 0:
            raise ValueError("a target must be positive")
        return self


class Percentile(Part):
    """Share of the other customers with a worse value; equal values count half."""

    by: Literal["percentile"]


Scoring = Annotated[Bands | Linear | Target | Percentile, Field(discriminator="by")]


class JudgedLevel(Part):
    """One level of a judged criterion, described so that two people mean the same."""

    value: int
    title: Text


class Judged(Part):
    """A criterion that people judge on a scale of described levels; named ``judged.NAME``."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    levels: tuple[JudgedLevel, ...] = Field(min_length=2, description="From the worst to the best.")

    @model_validator(mode="after")
    def _rising(self) -> Judged:
        if any(b.value <= a.value for a, b in pairwise(self.levels)):
            raise ValueError("the levels must rise")
        return self


class ClassLevel(Part):
    """What a class of another scheme counts as."""

    klass: ClassId = Field(alias="class")
    value: int
    title: Text


class Classed(Part):
    """The class by another scheme as a figure, named ``class.NAME``; of the classes not listed
    there is none.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    scheme: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    levels: tuple[ClassLevel, ...] = Field(min_length=1, description="From the worst to the best.")

    @model_validator(mode="after")
    def _rising(self) -> Classed:
        if any(b.value < a.value for a, b in pairwise(self.levels)):
            raise ValueError("the levels must not fall")
        if len({level.klass for level in self.levels}) < len(self.levels):
            raise ValueError("a class is there twice")
        return self


class Group(Part):
    """Criteria that are one thing to people (loyalty, ability): their points are added up too."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text


class Criterion(Part):
    """One criterion of a composite: ``weight`` is the most points it can bring."""

    metric: MetricName
    group: str | None = Field(default=None, description="Name of the group it belongs to.")
    weight: Annotated[Exact, Field(gt=0)]
    direction: Direction = "higher"
    scoring: Scoring
    missing: Literal["neutral", "worst", "exclude"] = Field(
        default="worst",
        description="Without a value: half the weight, nothing, or the other weights scaled up "
        "(also where nobody has one).",
    )

    @property
    def moves_with(self) -> str | None:
        """The metric that its target moves with; ``None`` where nothing moves."""
        target = self.scoring.target if isinstance(self.scoring, Target) else None
        return target.of if isinstance(target, Relative) else None

    @model_validator(mode="after")
    def _towards(self) -> Criterion:
        if isinstance(self.scoring, Target):
            above = self.scoring.nothing_at > 1
            if above != (self.direction == "lower"):
                raise ValueError("nothing_at must be on the worse side of the target")
        return self


class ShareStep(Part):
    """The class of those for whom the share of all better ones is below ``up_to``."""

    klass: ClassId = Field(alias="class")
    up_to: Share


class _ByShare(Part):
    of: MetricName
    steps: tuple[ShareStep, ...] = Field(min_length=1)
    rest: ClassId = Field(description="Class of the ranked customers beyond the last step.")

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the steps, best first."""
        return tuple(step.klass for step in self.steps)

    @model_validator(mode="after")
    def _rising(self) -> _ByShare:
        if any(b.up_to <= a.up_to for a, b in pairwise(self.steps)):
            raise ValueError("the shares must rise from step to step")
        return self


class CumulativeShare(_ByShare):
    """Cut where the largest customers together reach a share of the whole.

    The whole is the sum of the positive values of the ranked customers. The customer that crosses
    a boundary belongs to the upper class; equal values get equal class.
    """

    by: Literal["cumulative_share"]


class CustomerShare(_ByShare):
    """Cut by share of the ranked customers, counted from the best."""

    by: Literal["customer_share"]
    direction: Direction = "higher"


class LevelStep(Part):
    """The class of those who reach ``at_least`` or stay within ``up_to`` (one of the two)."""

    klass: ClassId = Field(alias="class")
    at_least: Level | None = None
    up_to: Level | None = None

    @model_validator(mode="after")
    def _one(self) -> LevelStep:
        if (self.at_least is None) == (self.up_to is None):
            raise ValueError("a step needs either at_least or up_to")
        return self

    @property
    def level(self) -> Level:
        level = self.at_least if self.at_least is not None else self.up_to
        if level is None:
            raise AssertionError("a step has one level")
        return level


class _ByLevel(Part):
    steps: tuple[LevelStep, ...] = Field(min_length=1)
    rest: ClassId = Field(description="Class of the customers that no step takes.")

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the steps, best first."""
        return tuple(step.klass for step in self.steps)

    @property
    def direction(self) -> Direction:
        """Which end is better, as the steps say."""
        return "higher" if self.steps[0].at_least is not None else "lower"

    @model_validator(mode="after")
    def _ordered(self) -> _ByLevel:
        if len({step.at_least is None for step in self.steps}) > 1:
            raise ValueError("the steps must all use at_least, or all up_to")
        fixed = [step.level for step in self.steps if isinstance(step.level, Decimal)]
        sign = -1 if self.direction == "higher" else 1
        if any(sign * b <= sign * a for a, b in pairwise(fixed)):
            raise ValueError("the thresholds must go from the best class to the worst")
        return self


class Thresholds(_ByLevel):
    """Cut where a metric passes fixed or moving thresholds."""

    by: Literal["thresholds"]
    of: MetricName


class Points(_ByLevel):
    """Cut by the composite's points."""

    by: Literal["points"]

    @property
    def of(self) -> str:
        return POINTS


OneCut = Annotated[CumulativeShare | CustomerShare | Thresholds | Points, Field(discriminator="by")]


class AxisLevel(Part):
    """One level of an axis, best first."""

    id: ClassId
    title: Text


class Axis(Part):
    """One side of a matrix: a cut of its own, of one figure or of the points of its criteria."""

    title: Text
    levels: tuple[AxisLevel, ...] = Field(min_length=2, description="Best first.")
    criteria: tuple[Criterion, ...] = ()
    enough: Share | None = None
    cuts: OneCut
    unranked: ClassId = Field(description="Level of those whose value is not positive.")
    missing: ClassId | None = Field(
        default=None, description="Level of those without the value; default: no class at all."
    )


class Matrix(Part):
    """Two cuts at once: the class is the cell where the levels of both meet."""

    by: Literal["matrix"]
    rows: Axis
    columns: Axis
    cells: tuple[tuple[ClassId, ...], ...] = Field(
        description="Of each level of the rows, best first: the class at each of the columns."
    )

    @property
    def of(self) -> str:
        """What customers are ranked by: the rows' figure."""
        return self.rows.cuts.of

    @property
    def direction(self) -> Direction:
        cuts = self.rows.cuts
        return "higher" if isinstance(cuts, CumulativeShare) else cuts.direction

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(klass for row in self.cells for klass in row)

    @property
    def rest(self) -> str:
        return self.cells[-1][-1]

    @model_validator(mode="after")
    def _full(self) -> Matrix:
        shape = [len(row) for row in self.cells]
        if shape != [len(self.columns.levels)] * len(self.rows.levels):
            raise ValueError("the cells must be as many as the levels of both sides")
        return self


Cuts = Annotated[
    CumulativeShare | CustomerShare | Thresholds | Points | Matrix, Field(discriminator="by")
]


class Segment(Part):
    """Customers who are weighed and cut by themselves, among their like."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    of: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        min_length=1, description="Values of the attribute."
    )
    criteria: tuple[Criterion, ...] = Field(default=(), description="Default: the scheme's.")
    enough: Share | None = None
    cuts: OneCut | None = Field(default=None, description="Default: the scheme's.")


class Segments(Part):
    """Segments by an attribute of the customer; all others are weighed and cut by the scheme's
    own figures, among themselves.
    """

    by: Literal["trade", "region"]
    parts: tuple[Segment, ...] = Field(min_length=1)
