"""The portfolio: why sales changed, what all customers come to, and what serving them costs."""

from mainstay_engine.portfolio import words
from mainstay_engine.portfolio.bridge import Bridge, bridge
from mainstay_engine.portfolio.cohorts import Cohorts, cohorts
from mainstay_engine.portfolio.span import Span
from mainstay_engine.portfolio.steps import KINDS, STEPS
from mainstay_engine.portfolio.strategies import STRATEGIES

__all__ = [
    "KINDS", "STEPS", "STRATEGIES", "Bridge", "Cohorts", "Span", "bridge", "cohorts", "words",
]  # fmt: skip
