"""``Scheme``: a classification of customers as data, checked as a whole when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from mainstay_engine.schemes.parts import (
    POINTS,
    Cap,
    Class,
    ClassId,
    Criterion,
    Cuts,
    Measure,
    MetricName,
    Own,
    Part,
    Points,
    Relative,
    Rule,
    Text,
    Thresholds,
)

HOUSE_SCHEME = Text(en="The company's own scheme.", zh="公司自定的分类。")
"""Stands where a company's own scheme says nothing about itself."""


class Scheme(Part):
    """A scheme: which customers, by which figures, cut where, into which classes.

    Order of decision for each customer: the first rule that applies; then, where the ranked value
    is missing, ``missing``; where a cumulative cut meets a value that is not positive,
    ``unranked``; then the cuts; then the caps.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Field(ge=1)]
    row: str = Field(
        default="", pattern=r"^([A-I][0-9]{1,2})?$", description="Row of the mission; presets only."
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
    criteria: tuple[Criterion, ...] = ()
    cuts: Cuts
    caps: tuple[Cap, ...] = ()
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

    def metrics_used(self) -> tuple[str, ...]:
        """Every metric the scheme reads, the ranked one first, each once."""
        names: list[str] = [self.ranked_by]
        names += [criterion.metric for criterion in self.criteria]
        names += [c.metric for rule in self.rules for c in rule.when]
        names += [level.of for _, level in self.moving_levels()]
        names += [self.weighed_by, *self.show]
        return tuple(dict.fromkeys(name for name in names if name != POINTS))

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
