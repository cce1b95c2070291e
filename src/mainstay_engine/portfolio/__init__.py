"""The portfolio as a whole: why sales changed from one period to another."""

from mainstay_engine.portfolio import words
from mainstay_engine.portfolio.bridge import Bridge, bridge
from mainstay_engine.portfolio.span import Span
from mainstay_engine.portfolio.steps import KINDS, STEPS

__all__ = ["KINDS", "STEPS", "Bridge", "Span", "bridge", "words"]
