"""``Scheme``: a classification of customers as data, checked as a whole when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from mainstay_engine.schemes.clauses import Cap, Condition, Guard, Measure, Rule, Stability
from mainstay_engine.schemes.efforts import Effort
from mainstay_engine.schemes.figures import metric
from mainstay_engine.schemes.parts import (
    CLASSED,
    JUDGED,
    POINTS,
    Axis,
    Class,
    Classed,
    ClassId,
    Criterion,
    Cuts,
    Group,
    Judged,
    Level,
    Matrix,
    MetricName,
    Own,
    Part,
    Points,
    Relative,
    Segment,
    Segments,
    Share,
    Target,
    Text,
    Thresholds,
)

if TYPE_CHECKING:
    from mainstay_engine.metrics import Metric

NO_LEVEL = "?"
"""Level of an axis for customers without its figure."""
_NOBODY_JUDGED = {"en": "Missing where nobody judged it.", "zh": "无人评判时缺失。"}
_NOT_CLASSED = {
    "en": "Missing where the other scheme gives none of the classes named.",
    "zh": "另一方案未给出所列等级时缺失。",
}


class Entry(NamedTuple):
    """What people are told of a figure that is no metric."""

    name: str
    en: str
    zh: str
    unit: str
    missing: dict[str, str]

    @property
    def title(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}


def is_measured(name: str) -> bool:
    """Whether a figure is a metric: neither judged by people nor another scheme's class."""
    return not name.startswith((JUDGED, CLASSED))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name != POINTS))


HOUSE_SCHEME = Text(en="The company's own scheme.", zh="公司自定的分类。")
"""Stands where a company's own scheme says nothing about itself."""


def _moving(level: Level) -> Iterator[str]:
    if isinstance(level, Relative):
        yield level.of


class Scheme(Part):
    """A scheme: which customers, by which figures, cut where, into which classes.

    Order of decision for each customer: the first rule that applies; then, where the ranked value
    is missing, ``missing``; where a cumulative cut meets a value that is not positive,
    ``unranked``; then the cuts; then the caps; then the guards.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Field(ge=1)]
    row: str = Field(
        default="", pattern=r"^([A-I][0-9]{1,2})?$", description="Row of the mission; presets only."
    )
    standard: bool = Field(
        default=False, description="Run from the first day; others once somebody chooses them."
    )
    title: Text
    about: Text = HOUSE_SCHEME
    source: Text = HOUSE_SCHEME
    own: tuple[Own, ...] = Field(default=(), description="Figures that are Mainstay's own.")
    window: Annotated[str, Field(min_length=1)] = "12m"
    population: Literal["known", "buyers"] = Field(
        default="known",
        description="known: every customer known by the date; buyers: those who ever bought.",
    )
    classes: tuple[Class, ...] = Field(min_length=1, description="Best first.")
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    judged: tuple[Judged, ...] = Field(
        default=(), description="Criteria that people judge, read as «judged.NAME»."
    )
    classed: tuple[Classed, ...] = Field(
        default=(), description="Classes by other schemes, read as «class.NAME»."
    )
    criteria: tuple[Criterion, ...] = ()
    enough: Share | None = Field(
        default=None,
        description="Share of all weights for which a customer must have data; with less, it has "
        "no points.",
    )
    cuts: Cuts
    segments: Segments | None = None
    caps: tuple[Cap, ...] = ()
    guards: tuple[Guard, ...] = ()
    stability: Stability | None = None
    unranked: ClassId = Field(description="Class of customers whose value is not positive.")
    missing: ClassId | None = Field(
        default=None, description="Class of customers without the value; default: unranked."
    )
    weigh: MetricName | None = Field(
        default=None,
        description="Metric added up per class beside the counts; default: the ranked metric.",
    )
    show: tuple[MetricName, ...] = Field(default=(), description="Metrics shown beside the class.")
    measures: tuple[Measure, ...] = ()
    path: dict[MetricName, Effort] | None = Field(
        default=None, description="Costs and bounds of what a path to a better class may move."
    )

    @property
    def label(self) -> str:
        """Name and version: what a class is never shown without."""
        return f"{self.name} v{self.version}"

    @property
    def ranked_by(self) -> str:
        """The metric the cuts read, or ``points``."""
        return self.cuts.of

    @property
    def missing_class(self) -> str:
        return self.missing if self.missing is not None else self.unranked

    @property
    def weighed_by(self) -> str:
        return self.weigh if self.weigh is not None else self.ranked_by

    def klass(self, class_id: str) -> Class:
        return next(c for c in self.classes if c.id == class_id)

    @property
    def axes(self) -> tuple[Scheme, ...]:
        """Rows and columns of a matrix as schemes of their own; none of other cuts."""
        if not isinstance(self.cuts, Matrix):
            return ()
        return tuple(self._axis(axis) for axis in (self.cuts.rows, self.cuts.columns))

    def _axis(self, axis: Axis) -> Scheme:
        levels = [Class(id=level.id, title=level.title) for level in axis.levels]
        if axis.missing is None:
            levels.append(Class(id=NO_LEVEL, title=Text(en="no data", zh="无数据")))
        return Scheme.model_construct(
            name=self.name, version=self.version, row=self.row, title=axis.title,
            window=self.window, classes=tuple(levels), groups=self.groups, judged=self.judged,
            classed=self.classed, criteria=axis.criteria, enough=axis.enough, cuts=axis.cuts,
            unranked=axis.unranked,
            missing=axis.missing if axis.missing is not None else NO_LEVEL, weigh=self.weigh,
        )  # fmt: skip

    @property
    def variants(self) -> tuple[Scheme, ...]:
        """The scheme as each of its segments has it, and last for everybody else; none where there
        are no segments.
        """
        if self.segments is None:
            return ()
        rest = self.model_copy(update={"segments": None})
        return (*(self._variant(rest, part) for part in self.segments.parts), rest)

    def _variant(self, rest: Scheme, part: Segment) -> Scheme:
        own: dict[str, Any] = {}
        if part.criteria:
            own |= {"criteria": part.criteria, "enough": part.enough or self.enough}
        if part.cuts is not None:
            own["cuts"] = part.cuts
        return rest.model_copy(update=own)

    def figures_used(self) -> tuple[str, ...]:
        """Every figure the scheme reads, metrics and judgements, the ranked one first."""
        return _once([*self._deciding(), *(c.metric for c in self.conditions()), *self._beside()])

    def metrics_used(self) -> tuple[str, ...]:
        """Every metric the scheme reads, the ranked one first, each once."""
        return tuple(name for name in self.figures_used() if is_measured(name))

    def metrics_needed(self) -> tuple[str, ...]:
        """The metrics without whose facts nobody is graded.

        Guards only look where they can, and a criterion that ``exclude``s the missing does without.
        """
        ruling = [c.metric for rule in self.rules for c in rule.when]
        needed = _once([*self._deciding(optional=False), *ruling, *self._beside()])
        return tuple(name for name in needed if is_measured(name))

    def _deciding(self, *, optional: bool = True) -> Iterator[str]:
        """What the cuts read, with or without the criteria that may lack their data."""
        yield self.ranked_by
        for criterion in self.criteria:
            if optional or criterion.missing != "exclude":
                yield criterion.metric
                if isinstance(criterion.scoring, Target):
                    yield from _moving(criterion.scoring.target)
        yield from (level.of for _, level in self.moving_levels())
        for other in (*self.axes, *self.variants[:-1]):
            yield from other._deciding(optional=optional)

    def _beside(self) -> Iterator[str]:
        yield self.weighed_by
        yield from self.show

    def entry(self, name: str) -> Metric | Entry:
        """Title, unit and rule of missing data of a metric or a judged criterion."""
        if is_measured(name):
            return metric(name)
        judged = name.startswith(JUDGED)
        title = (self.judgement(name) if judged else self.class_by(name)).title
        return Entry(name, title.en, title.zh, "level", _NOBODY_JUDGED if judged else _NOT_CLASSED)

    def judgement(self, name: str) -> Judged:
        """The judged criterion of the name with ``judged.`` before it."""
        return next(each for each in self.judged if JUDGED + each.name == name)

    def class_by(self, name: str) -> Classed:
        """The other scheme's class of the name with ``class.`` before it."""
        return next(each for each in self.classed if CLASSED + each.name == name)

    def level(self, name: str, value: float) -> Text | None:
        """What a value of a judged criterion or another scheme's class is called."""
        if name.startswith(JUDGED):
            return next((at.title for at in self.judgement(name).levels if at.value == value), None)
        return next((at.title for at in self.class_by(name).levels if at.value == value), None)

    def conditions(self) -> Iterator[Condition]:
        """Every comparison of the rules and guards."""
        for rule in self.rules:
            yield from rule.when
        for guard in self.guards:
            yield from guard.when

    def moving_levels(self) -> Iterator[tuple[int, Relative]]:
        """The thresholds that move with another metric, with the index of their step."""
        if isinstance(self.cuts, Thresholds | Points):
            for index, step in enumerate(self.cuts.steps):
                if isinstance(step.level, Relative):
                    yield index, step.level

    def definition(self) -> dict[str, Any]:
        """The scheme as plain data; reading it again gives the same scheme."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def scheme_json_schema() -> dict[str, Any]:
    """JSON Schema of a scheme file, for editors and for other systems."""
    schema = Scheme.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
