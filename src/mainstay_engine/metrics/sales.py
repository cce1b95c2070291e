"""Sales: what was sold, sent back, discounted, and in how large orders. All without VAT."""

from __future__ import annotations

import numpy as np

from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import NEVER, OWN, Figure, Measure, Metric, ratio

NET = Measure("sum", "net")
SOLD = Measure("sum", "sold")
DISCOUNT = Measure("sum", "discount")
QUANTITY = Measure("sum", "quantity")
LINES = Measure("sum", "bought")
ORDERS = Measure("order", "count")
ORDER_VALUE = Measure("order", "value")
LARGEST = Measure("order", "largest")


def _returns(board: Board) -> Figure:
    return Figure.of(board[SOLD].values - board[NET].values)


def _discount_rate(board: Board) -> Figure:
    discount = board[DISCOUNT].values
    return ratio(Figure.of(discount), Figure.of(board[NET].values + discount))


def _average_order(board: Board) -> Figure:
    """Half-even in whole minor units, by integers only."""
    value, count = board[ORDER_VALUE].values, board[ORDERS].values
    known = count > 0
    safe = np.where(known, count, 1)
    whole, rest = np.divmod(value, safe)
    up = (2 * rest > safe) | ((2 * rest == safe) & (whole % 2 == 1))
    return Figure(whole + up, known)


def _share(board: Board) -> Figure:
    whole = np.full(len(board), board.company(NET), dtype=np.int64)
    return ratio(board[NET], Figure.of(whole))


def _return_concentration(board: Board) -> Figure:
    sold, net = board.company(SOLD), board.company(NET)
    known = sold > 0 and sold > net
    company = np.full(len(board), (sold - net) / sold if known else 0.0)
    return ratio(board.metric("return_rate"), Figure(company, np.full(len(board), known)))


NO_ORDER = {"en": "Missing where the customer placed no order in the window.",
            "zh": "窗口内没有订单时缺失。"}  # fmt: skip

METRICS = [
    Metric(
        "net_sales", "Net sales", "净销售额", "money", "sales",
        "Σ net of invoices and credit notes in the window, without VAT",
        NEVER, OWN, lambda board: board[NET], (NET,),
    ),
    Metric(
        "gross_sales", "Sales before returns", "退货前销售额", "money", "sales",
        "Σ net of invoices in the window, without VAT",
        NEVER, OWN, lambda board: board[SOLD], (SOLD,),
    ),
    Metric(
        "returns", "Returns", "退货额", "money", "sales",
        "−Σ net of credit notes in the window; positive when goods or money went back",
        NEVER, OWN, _returns, (SOLD, NET),
    ),
    Metric(
        "return_rate", "Return rate", "退货率", "ratio", "sales",
        "returns ÷ sales before returns",
        {"en": "Missing where sales before returns are not positive.",
         "zh": "退货前销售额不为正时缺失。"},
        OWN, lambda board: ratio(board.metric("returns"), board.metric("gross_sales")),
        requires=("returns", "gross_sales"),
    ),
    Metric(
        "return_concentration", "Concentration of returns", "退货集中度", "ratio", "sales",
        "return rate ÷ the company's return rate in the window, unassigned lines included; 1 where "
        "the customer returns as much of its purchases as all do",
        {"en": "Missing where sales before returns are not positive, or nobody returned anything.",
         "zh": "退货前销售额不为正，或全公司没有退货时缺失。"},
        OWN, _return_concentration, (SOLD, NET), requires=("return_rate",),
    ),
    Metric(
        "discount_rate", "Discount rate", "折扣率", "ratio", "sales",
        "Σ discount ÷ (Σ net + Σ discount) in the window; a line without a discount counts as zero",
        {"en": "Missing where list value is not positive; no data without a discount column.",
         "zh": "折前金额不为正时缺失；没有折扣列则无数据。"},
        OWN, _discount_rate, (DISCOUNT, NET), needs=frozenset({"lines.discount"}),
    ),
    Metric(
        "quantity", "Quantity", "数量", "number", "sales",
        "Σ quantity of invoices and credit notes in the window, in units of sale",
        {"en": "Zero where nothing happened; no data without a quantity column.",
         "zh": "没有业务时为零；没有数量列则无数据。"},
        OWN, lambda board: Figure.of(board[QUANTITY].values / 10_000), (QUANTITY,),
        needs=frozenset({"lines.quantity"}),
    ),
    Metric(
        "orders", "Orders", "订单数", "count", "sales",
        "number of invoices with positive net value in the window; a document that arrives in "
        "several parts is one order",
        NEVER, OWN, lambda board: board[ORDERS], (ORDERS,),
    ),
    Metric(
        "average_order", "Average order", "平均订单额", "money", "sales",
        "Σ net of orders ÷ orders, half-even to the minor unit",
        NO_ORDER, OWN, _average_order, (ORDER_VALUE, ORDERS),
    ),
    Metric(
        "largest_order_share", "Share of the largest order", "最大单占比", "ratio", "sales",
        "net of the largest order ÷ Σ net of orders in the window",
        NO_ORDER, OWN, lambda board: ratio(board[LARGEST], board[ORDER_VALUE]),
        (LARGEST, ORDER_VALUE),
    ),
    Metric(
        "sales_share", "Share of company sales", "占公司销售额", "ratio", "sales",
        "net sales ÷ net sales of the company in the window, unassigned lines included",
        {"en": "Missing where the company's net sales are not positive.",
         "zh": "公司净销售额不为正时缺失。"},
        OWN, _share, (NET,),
    ),
]  # fmt: skip
