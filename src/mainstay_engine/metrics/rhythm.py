"""Rhythm: when a customer orders, how regularly, and how long it has been silent.

Only orders (invoices with positive net value) count: a credit note is never an order, a recency or
a gap. Apart from ``order_days`` these look at everything up to the as-of date, not at the window.
"""

from __future__ import annotations

import numpy as np

from mainstay_engine.metrics.board import Board, day_number
from mainstay_engine.metrics.catalogue import NEVER, OWN, Figure, Measure, Metric, ratio

FIRST = Measure("order", "first", "life")
LAST = Measure("order", "last", "life")
DAYS = Measure("order", "days", "life")
REGULAR = 3
"""Order days from which a customer's own rhythm is trusted."""

NO_PURCHASE = {"en": "Missing where the customer never placed an order.",
               "zh": "从未下过订单时缺失。"}  # fmt: skip
TWO_DAYS = {"en": "Missing where the customer ordered on fewer than two days.",
            "zh": "下单日不足两天时缺失。"}  # fmt: skip


def _order_days(board: Board) -> Figure:
    who, day = board.order_days
    inside = (day >= day_number(board.window.start)) & (day <= day_number(board.window.end))
    return Figure.of(np.bincount(who[inside], minlength=len(board)).astype(np.int64))


def _since(board: Board, measure: Measure) -> Figure:
    day = board[measure]
    return Figure(np.where(day.known, board.as_of_day - day.values, 0), day.known)


def _median_gap(board: Board) -> Figure:
    median, count, _ = board.gaps
    return Figure(median, count > 0)


def _rhythm_gap(board: Board) -> Figure:
    median, _, days = board.gaps
    regular = days >= REGULAR
    if not regular.any():
        return Figure(np.zeros(len(board)), regular)
    company = float(np.median(median[regular]))
    return Figure.of(np.where(regular, median, company))


def _unevenness(board: Board) -> Figure:
    median, _, days = board.gaps
    regular = days >= REGULAR
    return ratio(Figure(board.gap_spread, regular), Figure(median, regular))


METRICS = [
    Metric(
        "order_days", "Order days", "下单天数", "count", "rhythm",
        "number of distinct days with an order in the window",
        NEVER, OWN, _order_days, (DAYS,),
    ),
    Metric(
        "first_purchase", "First purchase", "首次购买", "date", "rhythm",
        "day of the first order up to the as-of date",
        NO_PURCHASE, OWN, lambda board: board[FIRST], (FIRST,), windowed=False,
    ),
    Metric(
        "last_purchase", "Last purchase", "最近购买", "date", "rhythm",
        "day of the last order up to the as-of date",
        NO_PURCHASE, OWN, lambda board: board[LAST], (LAST,), windowed=False,
    ),
    Metric(
        "recency", "Days since last purchase", "距上次购买天数", "days", "rhythm",
        "as-of date − last purchase; 0 on the day itself",
        NO_PURCHASE, OWN, lambda board: _since(board, LAST), (LAST,), windowed=False,
    ),
    Metric(
        "tenure", "Days since first purchase", "购买年限（天）", "days", "rhythm",
        "as-of date − first purchase",
        NO_PURCHASE, OWN, lambda board: _since(board, FIRST), (FIRST,), windowed=False,
    ),
    Metric(
        "median_gap", "Median gap", "下单间隔中位数", "days", "rhythm",
        "median number of days between consecutive order days, up to the as-of date; the mean of "
        "the middle two for an even number of gaps",
        TWO_DAYS, OWN, _median_gap, (DAYS,), windowed=False,
    ),
    Metric(
        "gap_unevenness", "Unevenness of the rhythm", "下单节奏波动", "ratio", "rhythm",
        "median distance of the gaps between order days from the median gap ÷ median gap; 0 like "
        "clockwork",
        {"en": "Missing where the customer ordered on fewer than three days.",
         "zh": "下单日不足三天时缺失。"},
        "Median absolute deviation (Hampel 1974), against the median: one long pause does not show",
        _unevenness, (DAYS,), windowed=False,
    ),
    Metric(
        "silence_ratio", "Silence against own rhythm", "沉默比", "ratio", "rhythm",
        "days since last purchase ÷ median gap",
        TWO_DAYS, "Mainstay: for few, negotiated accounts instead of a model of many buyers",
        lambda board: ratio(board.metric("recency"), board.metric("median_gap")),
        requires=("recency", "median_gap"), windowed=False,
    ),
    Metric(
        "rhythm_gap", "Expected gap", "预期下单间隔", "days", "rhythm",
        "median gap where the customer ordered on 3 days or more; else the company's: the median "
        "of those customers' median gaps",
        {"en": "Missing where nobody ordered on three days or more.",
         "zh": "没有任何客户下单满三天时缺失。"},
        OWN, _rhythm_gap, (DAYS,), windowed=False,
    ),
]  # fmt: skip
