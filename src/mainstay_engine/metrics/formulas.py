"""The catalogue's formulas in Chinese; the English ones stand beside their functions."""

from __future__ import annotations

ZH = {
    "net_sales": "Σ 窗口内发票与红字发票的不含税金额",
    "gross_sales": "Σ 窗口内发票的不含税金额",
    "returns": "−Σ 窗口内红字发票的不含税金额；退货或退款时为正",
    "return_rate": "退货额 ÷ 退货前销售额",
    "discount_rate": "窗口内 Σ 折扣 ÷（Σ 不含税金额 + Σ 折扣）；没有折扣的明细行按零计",
    "quantity": "Σ 窗口内发票与红字发票的数量，按销售单位",
    "orders": "窗口内不含税金额为正的发票张数；分几次到达的同一单据算一单",
    "average_order": "Σ 订单的不含税金额 ÷ 订单数，四舍六入五成双到最小货币单位",
    "largest_order_share": "窗口内最大订单的不含税金额 ÷ Σ 订单的不含税金额",
    "sales_share": "净销售额 ÷ 窗口内公司净销售额（含未归属明细行）",
    "cost": "Σ 窗口内发票与红字发票的成本",
    "cost_missing_lines": "窗口内成本未知的明细行数",
    "gross_profit": "净销售额 − 销售成本",
    "margin": "毛利 ÷ 净销售额",
    "order_days": "窗口内有订单的不同天数",
    "first_purchase": "截止日前首个订单的日期",
    "last_purchase": "截止日前最后一个订单的日期",
    "recency": "截止日 − 最近购买；当天为 0",
    "tenure": "截止日 − 首次购买",
    "median_gap": "截止日前相邻下单日间隔天数的中位数；间隔个数为偶数时取中间两个的平均",
    "silence_ratio": "距上次购买天数 ÷ 下单间隔中位数",
    "rhythm_gap": "下单满 3 天的客户取自身间隔中位数，否则取公司的：上述客户间隔中位数的中位数",
    "lines": "窗口内发票的明细行数；红字发票的行不计",
    "items": "窗口内发票上不同物料的个数；没有物料的行不计",
    "categories": "窗口内发票上不同品类的个数",
    "outside_region_share": (
        "窗口内销往客户所属区域以外的发票行的不含税金额 ÷ 带区域的发票行的不含税金额"
    ),
    "previous_net_sales": "Σ 紧接其前、长度相同的窗口内的不含税金额",
    "growth": "净销售额 ÷ 上期净销售额 − 1",
    "receipts": (
        "Σ 窗口内收到的款项与票据，退票和退还客户的款项为负；不含坏账核销、返利抵扣与期初"
    ),
    "invoiced": "Σ 窗口内发票与红字发票的价税合计",
    "collection_rate": "窗口内回款额 ÷ 窗口内开票额",
    "due_in_window": "Σ 到期日在窗口内的发票的价税合计",
    "collection_rate_due": "窗口内到期的发票：截至截止日已结清的价税合计 ÷ 价税合计",
    "open_balance": (
        "截止日前 Σ 发票未清金额 − 未核销的收款与红字发票；为负表示客户有余款。"
        "单一币种时即 发票 − 红字发票 − 收款；"
        "多币种时各币种分别核销，未清部分按其单据自身日期的汇率折算"
    ),
    "overdue_balance": "Σ 截止日前已到期发票的未收金额；未核销的收款先冲最早到期的，因而减少逾期",
    "overdue_invoices": "截止日前已到期且尚有未收金额的发票张数，结清口径同逾期余额",
    "oldest_overdue_days": "截止日 − 逾期发票中最早的到期日",
    "overdue_share": "逾期余额 ÷ Σ 发票的未收金额",
    "bills_at_risk": (
        "Σ 截止日前收到、截止日后才到期的票据金额，减去退票；没有到期日的票据按六个月计"
    ),
    "days_late": (
        "Σ 金额 × 逾期天数 ÷ Σ 金额，范围为窗口内结清的发票部分（提前付清计 0）"
        "与截止日仍未收且逾期的部分"
    ),
    "p_alive": (
        "由截至截止日的下单天数、最近与首次下单日，按 Pareto/NBD 模型（以全体客户拟合）得出的"
        "客户仍在购买的概率"
    ),
    "expected_orders_12m": "p_alive × 同一模型预期截止日后 365 天内的下单天数；保留四位小数",
    "expected_order_sales": (
        "客户自身的 Σ 不含税金额（减退货）÷ 下单天数，按 gamma-gamma 模型（以全体客户拟合）"
        "向全体均值收缩；下单天数越少，收缩越多"
    ),
    "expected_order_profit": "同 expected_order_sales，以毛利代替销售额",
    "expected_sales_12m": "expected_orders_12m × expected_order_sales，舍入前相乘",
    "expected_profit_12m": "expected_orders_12m × expected_order_profit，舍入前相乘",
    "clv_sales": (
        "expected_order_sales × 截止日后 1826 天内的预期下单天数，每一天按年利率 10 % 折现"
    ),
    "clv": "expected_order_profit × 截止日后 1826 天内的预期下单天数，每一天按年利率 10 % 折现",
}
