"""The clauses of a scheme: conditions, and the rules, caps, guards and measures made of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mainstay_engine.schemes.parts import ClassId, Exact, MetricName, Part, Share, Text


class Condition(Part):
    """A comparison of one metric with a number. A missing value satisfies only ``missing``."""

    metric: MetricName
    op: Literal["<", "<=", "==", ">=", ">", "missing"]
    value: Exact | None = None

    @model_validator(mode="after")
    def _complete(self) -> Condition:
        if (self.value is None) != (self.op == "missing"):
            raise ValueError("every comparison needs a value, and «missing» takes none")
        return self


class Rule(Part):
    """Evaluated before the cuts, first match wins: customers meeting all of ``when``."""

    klass: ClassId = Field(alias="class")
    when: tuple[Condition, ...] = Field(min_length=1)
    why: Text


class Cap(Part):
    """Holds a class to the top share of ranked customers; those beyond go to ``next``."""

    klass: ClassId = Field(alias="class")
    within: Share = Field(description="Share of the ranked customers, counted from the best.")
    next: ClassId
    why: Text


class Guard(Part):
    """Holds the class of customers meeting all of ``when``: at best one, or at worst one.

    Guards see only the classes that cuts and caps gave; rules and missing values stand before.
    Where a figure of ``when`` is missing the guard says that it could not look.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    when: tuple[Condition, ...] = Field(min_length=1)
    at_best: ClassId | None = Field(default=None, description="No better class than this.")
    at_worst: ClassId | None = Field(default=None, description="No worse class than this.")
    why: Text

    @model_validator(mode="after")
    def _one(self) -> Guard:
        if (self.at_best is None) == (self.at_worst is None):
            raise ValueError("a guard needs either at_best or at_worst")
        return self

    @property
    def klass(self) -> str:
        """The class it holds to."""
        held = self.at_best if self.at_best is not None else self.at_worst
        if held is None:
            raise AssertionError("a guard has one class")
        return held


class Stability(Part):
    """Keeps classes from flickering between runs: a cut's class that differs from the one held
    takes effect when it lasts, or at once when it is clear by a margin.
    """

    runs: int = Field(ge=1, description="Runs in a row after which a change takes effect.")
    margin: Share | None = Field(
        default=None,
        description="Share of the value by which it may be moved back without changing the class: "
        "then the change takes effect at once.",
    )


class Measure(Part):
    """What became of a class: the share of those ``was`` (graded one window earlier, as known
    then) who meet ``then`` in the window of the result."""

    name: str = Field(min_length=1)
    title: Text
    was: ClassId
    then: Condition
