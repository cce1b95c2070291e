"""What moving a figure costs and how far it may be moved: ours in ``levers.yaml``, a scheme's own
under ``path:``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, model_validator

from mainstay_engine.schemes.parts import Direction, Exact, Part

DEFAULTS = Path(__file__).with_name("levers.yaml")


class Effort(Part):
    """A scheme's own cost and bound of a figure that can be moved, in major units."""

    cost: Annotated[Exact, Field(gt=0)] | None = Field(
        default=None,
        description="Of one unit: of money, a piece, a day, a ratio of 1. Default: Mainstay's own "
        "rough estimate.",
    )
    bound: Annotated[Exact, Field(gt=0)] | None = Field(
        default=None, description="The most it may be moved by. Default: as far as need be."
    )

    @model_validator(mode="after")
    def _some(self) -> Effort:
        if self.cost is None and self.bound is None:
            raise ValueError("a cost or a bound is needed")
        return self


class Movable(Part):
    """A figure that somebody can move."""

    better: Direction
    cost: Annotated[Exact, Field(gt=0)]
    end: Literal[0, 1] | None = Field(default=None, description="Not beyond this value.")


@lru_cache(maxsize=1)
def movable() -> dict[str, Movable]:
    """Every figure that somebody can move, by metric."""
    stated = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    return {name: Movable.model_validate(each) for name, each in stated.items()}
