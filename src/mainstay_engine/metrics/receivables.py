"""Receivables: money received, owed, overdue and late. All with VAT, as customers owe it.

What a line owes is its gross amount; where the input has none, net plus tax; where it has no tax
either, net. The settlement of documents by receipts is replayed by ``mainstay_engine.allocation``.

With several currencies a customer's items settle within each currency by themselves, and what is
left of each is told in the company's currency by the rate of the item's own date: an invoice paid
in full in its currency is closed, and the exchange difference is neither owed nor received.
"""

from __future__ import annotations

from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import NEVER, OWN, Figure, Measure, Metric, ratio

BILLED = Measure("sum", "billed")
RECEIVED = Measure("receipt", "amount")
AT_RISK = Measure("bill", "at_risk", "life")
OPEN = Measure("open", "open", "life")
OVERDUE = Measure("open", "overdue", "life")
OVERDUE_INVOICES = Measure("open", "overdue_invoices", "life")
OLDEST_OVERDUE = Measure("open", "oldest_overdue", "life")
DEBITS = Measure("open", "debits", "life")
DATED = Measure("open", "dated", "life")
FELL_DUE = Measure("open", "fell_due")
DUE_SETTLED = Measure("open", "due_settled")
LATE_WEIGHT = Measure("open", "late_weight")
LATE_AMOUNT = Measure("open", "late_amount")

RECEIPTS = frozenset({"receipts"})
DUE = frozenset({"receipts", "lines.due_date|customers.terms_days|customers.terms"})
TWO_READINGS = "Mainstay, docs/glossary: 回款率 has two readings; grade on what fell due"
UNDATED = {
    "en": "Missing where an open or settled document of the customer has no due date.",
    "zh": "客户有单据无法确定到期日时缺失。",
}


def _dated(board: Board, measure: Measure) -> Figure:
    figure = board[measure]
    return Figure(figure.values, figure.known & (board[DATED].values == 1))


METRICS = [
    Metric(
        "receipts", "Receipts", "回款额", "money", "receivables",
        "Σ amount of money and bills received in the window, dishonoured bills and money paid back "
        "negative; without write-offs, rebates set off and openings",
        {"en": "Zero where nothing was received; no data without receipts.",
         "zh": "没有回款时为零；没有收款表则无数据。"},
        OWN, lambda board: board[RECEIVED], (RECEIVED,), needs=RECEIPTS,
    ),
    Metric(
        "invoiced", "Invoiced", "开票额", "money", "receivables",
        "Σ gross of invoices and credit notes in the window",
        NEVER, OWN, lambda board: board[BILLED], (BILLED,),
    ),
    Metric(
        "collection_rate", "Collection rate", "回款率", "ratio", "receivables",
        "receipts ÷ invoiced",
        {"en": "Missing where nothing was invoiced in the window; no data without receipts.",
         "zh": "窗口内没有开票时缺失；没有收款表则无数据。"},
        TWO_READINGS, lambda board: ratio(board[RECEIVED], board[BILLED]), (RECEIVED, BILLED),
        needs=RECEIPTS,
    ),
    Metric(
        "due_in_window", "Fell due", "到期应收", "money", "receivables",
        "Σ gross of invoices whose due date lies in the window",
        UNDATED, OWN, lambda board: _dated(board, FELL_DUE), (FELL_DUE, DATED), needs=DUE,
    ),
    Metric(
        "collection_rate_due", "Collection rate on what fell due", "到期回款率", "ratio",
        "receivables",
        "of the invoices falling due in the window: gross settled by the as-of date ÷ gross",
        {"en": "Missing where nothing fell due in the window. " + UNDATED["en"],
         "zh": "窗口内没有到期应收时缺失。" + UNDATED["zh"]},
        TWO_READINGS, lambda board: ratio(_dated(board, DUE_SETTLED), board[FELL_DUE]),
        (DUE_SETTLED, FELL_DUE, DATED), needs=DUE,
    ),
    Metric(
        "open_balance", "Open balance", "应收余额", "money", "receivables",
        "Σ open amounts of invoices − unallocated receipts and credit notes up to the as-of date; "
        "negative: the customer has credit with us. In one currency: invoices − credit notes − "
        "receipts. Each currency settles by itself, and what is open counts at its item's own rate",
        {"en": "Zero where nothing is open; no data without receipts.",
         "zh": "没有未清项时为零；没有收款表则无数据。"},
        OWN, lambda board: board[OPEN], (OPEN,), needs=RECEIPTS, windowed=False,
    ),
    Metric(
        "overdue_balance", "Overdue balance", "逾期余额", "money", "receivables",
        "Σ open amounts of invoices due before the as-of date; unallocated credits settle the "
        "oldest first and so reduce it",
        UNDATED, OWN, lambda board: _dated(board, OVERDUE), (OVERDUE, DATED), needs=DUE,
        windowed=False,
    ),
    Metric(
        "overdue_share", "Overdue share", "逾期占比", "ratio", "receivables",
        "overdue balance ÷ Σ open amounts of invoices",
        {"en": "Missing where no invoice is open. " + UNDATED["en"],
         "zh": "没有未清发票时缺失。" + UNDATED["zh"]},
        OWN, lambda board: ratio(board.metric("overdue_balance"), board[DEBITS]), (DEBITS,),
        requires=("overdue_balance",), needs=DUE, windowed=False,
    ),
    Metric(
        "overdue_invoices", "Overdue invoices", "逾期发票数", "count", "receivables",
        "number of invoices due before the as-of date of which something is open, after the same "
        "settlement as the overdue balance",
        {"en": "Zero where nothing is overdue. " + UNDATED["en"],
         "zh": "没有逾期时为零。" + UNDATED["zh"]},
        OWN, lambda board: _dated(board, OVERDUE_INVOICES), (OVERDUE_INVOICES, DATED), needs=DUE,
        windowed=False,
    ),
    Metric(
        "oldest_overdue_days", "Oldest overdue, days", "最长逾期天数", "days", "receivables",
        "as-of date − earliest due date of the overdue invoices",
        {"en": "Zero where nothing is overdue. " + UNDATED["en"],
         "zh": "没有逾期时为零。" + UNDATED["zh"]},
        OWN, lambda board: _dated(board, OLDEST_OVERDUE), (OLDEST_OVERDUE, DATED), needs=DUE,
        windowed=False,
    ),
    Metric(
        "days_late", "Weighted days late", "加权逾期天数", "days", "receivables",
        "Σ amount × days past due ÷ Σ amount, over the parts of invoices settled in the window "
        "(0 when paid early) and the parts open and overdue on the as-of date",
        {"en": "Missing where nothing was settled in the window and nothing is overdue. "
         + UNDATED["en"],
         "zh": "窗口内没有结清且没有逾期时缺失。" + UNDATED["zh"]},
        OWN, lambda board: ratio(_dated(board, LATE_WEIGHT), board[LATE_AMOUNT]),
        (LATE_WEIGHT, LATE_AMOUNT, DATED), needs=DUE,
    ),
    Metric(
        "bills_at_risk", "Bills not yet matured", "未到期票据", "money", "receivables",
        "Σ amount of bills received up to the as-of date that mature after it, less those "
        "dishonoured; a bill without maturity runs six months",
        {"en": "Zero where no bill is held; no data without receipts.",
         "zh": "没有未到期票据时为零；没有收款表则无数据。"},
        "Longest run of a bill: Measures for commercial bill acceptance, discount and rediscount "
        "(2022), art. 25",
        lambda board: board[AT_RISK], (AT_RISK,), needs=RECEIPTS, windowed=False,
    ),
]  # fmt: skip
