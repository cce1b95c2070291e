"""Profit: sales less cost of goods, without VAT.

A customer with a line of unknown cost in the window has no profit figure at all: adding up only
the known costs would make the least documented customers look the most profitable.
``cost_missing_lines`` shows how many lines are to blame.
"""

from __future__ import annotations

from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import NEVER, OWN, Figure, Measure, Metric, ratio
from mainstay_engine.metrics.sales import NET

COST = Measure("sum", "cost")
COST_MISSING = Measure("sum", "cost_missing")
NEEDS = frozenset({"lines.cost"})
MISSING = {
    "en": "Missing where any of the customer's lines in the window has no cost; no data without a "
    "cost column.",
    "zh": "窗口内该客户任一明细行缺少成本时缺失；没有成本列则无数据。",
}


def _cost(board: Board) -> Figure:
    return Figure(board[COST].values, board[COST_MISSING].values == 0)


def _profit(board: Board) -> Figure:
    cost = board.metric("cost")
    return Figure(board[NET].values - cost.values, cost.known)


METRICS = [
    Metric(
        "cost", "Cost of goods", "销售成本", "money", "profit",
        "Σ cost of invoices and credit notes in the window",
        MISSING, OWN, _cost, (COST, COST_MISSING), needs=NEEDS,
    ),
    Metric(
        "cost_missing_lines", "Lines without cost", "缺成本行数", "count", "profit",
        "number of lines in the window whose cost is unknown",
        NEVER, OWN, lambda board: board[COST_MISSING], (COST_MISSING,), needs=NEEDS,
    ),
    Metric(
        "gross_profit", "Gross profit", "毛利", "money", "profit",
        "net sales − cost of goods",
        MISSING, OWN, _profit, (NET,), requires=("cost",), needs=NEEDS,
    ),
    Metric(
        "margin", "Gross margin", "毛利率", "ratio", "profit",
        "gross profit ÷ net sales",
        {"en": MISSING["en"] + " Missing where net sales are not positive.",
         "zh": MISSING["zh"] + "净销售额不为正时缺失。"},
        OWN, lambda board: ratio(board.metric("gross_profit"), board[NET]), (NET,),
        requires=("gross_profit",), needs=NEEDS,
    ),
]  # fmt: skip
