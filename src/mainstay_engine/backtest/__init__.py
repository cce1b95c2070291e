"""Backtest: a scheme replayed over the past as it was known then, and what came after."""

from mainstay_engine.backtest.replay import backtest
from mainstay_engine.backtest.report import Backtest

__all__ = ["Backtest", "backtest"]
