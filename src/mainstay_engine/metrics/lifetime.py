"""Lifetime: how likely a customer still buys, and what it will bring.

These rest on models fitted to all customers as of the date, and only run when asked for by name.
They measure everything up to the as-of date, not the window.
"""

from __future__ import annotations

import numpy as np

from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import OWN, Figure, Measure, Metric
from mainstay_engine.metrics.rhythm import DAYS

NET = Measure("sum", "net", "life")
COST = Measure("sum", "cost", "life")
COST_MISSING = Measure("sum", "cost_missing", "life")
AHEAD = 365
"""Days of the twelve months ahead."""
LIFE = 1826
"""Days of the sixty months over which a customer's value is added up. Our own figure."""
RATE = 0.10
"""A year's discount. Our own figure."""

SALES = (DAYS, NET)
PROFIT = (DAYS, NET, COST, COST_MISSING)
NEEDS = frozenset({"lines.cost"})
BUYING = "Schmittlein, Morrison & Colombo (1987); Fader & Hardie (2005)"
SPENDING = "Colombo & Jiang (1999); Fader & Hardie (2013)"
MISSING = {
    "en": "Missing where the customer never placed an order. No data where fewer than 30 customers "
    "ordered on two days or more, or where their orders settle no model.",
    "zh": "从未下过订单时缺失。下单两天以上的客户不足 30 位，或其订单不足以确定模型时无数据。",
}
NO_COST = {
    "en": MISSING["en"] + " Missing where any of the customer's lines has no cost; no data without "
    "a cost column.",
    "zh": MISSING["zh"] + "该客户任一明细行缺少成本时缺失；没有成本列则无数据。",
}


def _sales(board: Board) -> Figure:
    return board.outlook.worth(board[NET])


def _profit(board: Board) -> Figure:
    profit = board[NET].values - board[COST].values
    return board.outlook.worth(Figure(profit, board[COST_MISSING].values == 0))


def _orders(board: Board) -> Figure:
    expected = board.outlook.orders(AHEAD)
    return Figure(np.rint(expected.values * 10_000) / 10_000, expected.known)


def _money(figure: Figure) -> Figure:
    """Half-even to the minor unit."""
    return Figure(np.rint(figure.values).astype(np.int64), figure.known)


def _times(orders: Figure, worth: Figure) -> Figure:
    return _money(Figure.of(orders.values * worth.values, orders.known & worth.known))


METRICS = [
    Metric(
        "p_alive", "Probability of still buying", "存续概率", "ratio", "lifetime",
        "probability that the customer has not left for good, by the Pareto/NBD model fitted to "
        "all customers, from its order days up to the as-of date, the first and the last of them",
        MISSING, BUYING, lambda board: board.outlook.alive(), (DAYS,), windowed=False, fitted=True,
    ),
    Metric(
        "expected_orders_12m", "Expected order days, 12 months", "未来12个月预期下单天数",
        "number", "lifetime",
        "probability of still buying × the order days that the same model expects in the "
        "365 days after the as-of date; four decimals",
        MISSING, BUYING, _orders, (DAYS,), requires=("p_alive",), windowed=False, fitted=True,
    ),
    Metric(
        "expected_order_sales", "Expected sales per order day", "预期单日销售额", "money",
        "lifetime",
        "the customer's Σ net, returns taken off, ÷ order days, drawn towards the mean of all by "
        "the gamma-gamma model fitted to all customers; the more, the fewer its order days",
        MISSING, SPENDING, lambda board: _money(_sales(board)), SALES, windowed=False, fitted=True,
    ),
    Metric(
        "expected_order_profit", "Expected profit per order day", "预期单日毛利", "money",
        "lifetime",
        "as the expected sales per order day, of gross profit in place of sales",
        NO_COST, SPENDING, lambda board: _money(_profit(board)), PROFIT, needs=NEEDS,
        windowed=False, fitted=True,
    ),
    Metric(
        "expected_sales_12m", "Expected sales, 12 months", "未来12个月预期销售额", "money",
        "lifetime",
        "expected order days × expected sales per order day, multiplied before they are rounded",
        MISSING, OWN, lambda board: _times(board.outlook.orders(AHEAD), _sales(board)), SALES,
        requires=("expected_orders_12m", "expected_order_sales"), windowed=False, fitted=True,
    ),
    Metric(
        "expected_profit_12m", "Expected profit, 12 months", "未来12个月预期毛利", "money",
        "lifetime",
        "expected order days × expected profit per order day, multiplied before they are rounded",
        NO_COST, OWN, lambda board: _times(board.outlook.orders(AHEAD), _profit(board)), PROFIT,
        requires=("expected_orders_12m", "expected_order_profit"), needs=NEEDS, windowed=False,
        fitted=True,
    ),
    Metric(
        "clv_sales", "Lifetime sales", "客户终身销售额", "money", "lifetime",
        "expected sales per order day × the order days expected in the 1,826 days "
        "after the as-of date, each discounted at 10% a year",
        MISSING, "Mainstay: horizon and rate; " + BUYING,
        lambda board: _times(board.outlook.orders(LIFE, RATE), _sales(board)), SALES,
        requires=("expected_order_sales",), windowed=False, fitted=True,
    ),
    Metric(
        "clv", "Customer lifetime value", "客户终身价值", "money", "lifetime",
        "expected profit per order day × the order days expected in the 1,826 days "
        "after the as-of date, each discounted at 10% a year",
        NO_COST, "Mainstay: horizon and rate; " + BUYING,
        lambda board: _times(board.outlook.orders(LIFE, RATE), _profit(board)), PROFIT,
        requires=("expected_order_profit",), needs=NEEDS, windowed=False, fitted=True,
    ),
]  # fmt: skip
