"""Growth: the window against the window of equal length just before it."""

from __future__ import annotations

import numpy as np

from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import OWN, Figure, Measure, Metric, ratio
from mainstay_engine.metrics.sales import NET

BEFORE = Measure("sum", "net", "previous")


def _before(board: Board) -> Figure:
    known = np.full(len(board), board.window.previous is not None)
    return Figure(board[BEFORE].values, known)


def _growth(board: Board) -> Figure:
    before = board.metric("previous_net_sales")
    return ratio(Figure(board[NET].values - before.values, before.known), before)


METRICS = [
    Metric(
        "previous_net_sales", "Net sales in the window before", "上期净销售额", "money", "growth",
        "Σ net in the window of equal length just before",
        {"en": "Missing for the window «all», which has none before it.",
         "zh": "窗口为“all”时没有上期，缺失。"},
        OWN, _before, (BEFORE,),
    ),
    Metric(
        "growth", "Growth", "增长率", "ratio", "growth",
        "net sales ÷ net sales in the window before − 1",
        {"en": "Missing where the window before had no positive net sales.",
         "zh": "上期净销售额不为正时缺失。"},
        OWN, _growth, (NET,), requires=("previous_net_sales",),
    ),
]  # fmt: skip
