"""Assortment: how broadly a customer buys, and where."""

from __future__ import annotations

from mainstay_engine.metrics.catalogue import NEVER, OWN, Measure, Metric, ratio
from mainstay_engine.metrics.sales import LINES

ITEMS = Measure("distinct", "item")
CATEGORIES = Measure("distinct", "category")
OUTSIDE = Measure("region", "outside")
PLACED = Measure("region", "placed")

METRICS = [
    Metric(
        "lines", "Invoice lines", "发票行数", "count", "assortment",
        "number of invoice lines in the window; credit note lines do not count",
        NEVER, OWN, lambda board: board[LINES], (LINES,),
    ),
    Metric(
        "items", "Items bought", "购买品种数", "count", "assortment",
        "number of distinct items on invoices in the window; lines without an item do not count",
        {"en": "Zero where nothing was bought; no data without an item column.",
         "zh": "没有购买时为零；没有物料列则无数据。"},
        OWN, lambda board: board[ITEMS], (ITEMS,), needs=frozenset({"lines.item"}),
    ),
    Metric(
        "categories", "Categories bought", "购买品类数", "count", "assortment",
        "number of distinct categories on invoices in the window",
        {"en": "Zero where nothing was bought; no data without a category column.",
         "zh": "没有购买时为零；没有品类列则无数据。"},
        OWN, lambda board: board[CATEGORIES], (CATEGORIES,), needs=frozenset({"lines.category"}),
    ),
    Metric(
        "outside_region_share", "Sold outside the home region", "跨区销售占比", "ratio",
        "assortment",
        "Σ net of invoice lines in another region than the customer's home region ÷ Σ net of "
        "invoice lines that name a region, in the window",
        {"en": "Missing where the customer has no home region or no such sales; no data without "
         "regions of lines and customers.",
         "zh": "客户没有所属区域或没有带区域的销售时缺失；缺少明细或客户的区域则无数据。"},
        OWN, lambda board: ratio(board[OUTSIDE], board[PLACED]), (OUTSIDE, PLACED),
        needs=frozenset({"lines.region", "customers.region"}),
    ),
]  # fmt: skip
