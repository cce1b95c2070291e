"""What a model of buying must answer, and the models there are by name."""

from __future__ import annotations

from typing import Protocol

from mainstay_engine.lifetime.geometric import Geometric
from mainstay_engine.lifetime.histories import Floats, Histories
from mainstay_engine.lifetime.pareto import Pareto


class Model(Protocol):
    """Likelihood and outlook of histories under parameters, all of them positive."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def parameters(self) -> tuple[str, ...]: ...

    @property
    def timed(self) -> tuple[bool, ...]:
        """Which parameters are times, and so scale with the unit."""
        ...

    def log_likelihood(self, at: Floats, rows: Histories) -> tuple[Floats, Floats]:
        """Of each row; and its derivatives by the logarithms of the parameters, one row each."""
        ...

    def alive(self, at: Floats, rows: Histories) -> Floats:
        """Probability that the customer of each row is still one."""
        ...

    def rate(self, at: Floats, rows: Histories, ahead: Floats) -> Floats:
        """Expected purchases per unit of time, ``ahead`` from now, of those alive now."""
        ...

    def pace(self, at: Floats, rows: Histories) -> Floats:
        """The time on which the rate of each row changes."""
        ...


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Pareto(),
        Geometric("mbg_nbd", "MBG/NBD", first=True),
        Geometric("bg_nbd", "BG/NBD", first=False),
    )
}
