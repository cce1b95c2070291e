"""The portfolio: why sales changed, what all customers come to, and what serving them costs."""

from mainstay_engine.portfolio import words
from mainstay_engine.portfolio.bridge import Bridge, bridge
from mainstay_engine.portfolio.cohorts import Cohorts, cohorts
from mainstay_engine.portfolio.span import Span
from mainstay_engine.portfolio.steps import KINDS, STEPS

__all__ = ["KINDS", "STEPS", "Bridge", "Cohorts", "Span", "bridge", "cohorts", "words"]
