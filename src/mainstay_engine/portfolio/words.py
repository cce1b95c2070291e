"""The bridge in words, in Chinese and English: what its steps are called, and a table of them."""

from __future__ import annotations

from collections.abc import Sequence

from mainstay_engine.portfolio.bridge import Bridge, decimal

Words = dict[str, str]

TITLES: dict[str, Words] = {
    "new": {"en": "New customers", "zh": "新客户"},
    "won_back": {"en": "Won back", "zh": "赢回客户"},
    "lost": {"en": "Lost customers", "zh": "流失客户"},
    "frequency": {"en": "Frequency", "zh": "下单频次"},
    "breadth": {"en": "Breadth", "zh": "品种广度"},
    "mix": {"en": "Mix", "zh": "产品结构"},
    "price": {"en": "Price", "zh": "价格"},
    "order_value": {"en": "Order value", "zh": "单笔金额"},
    "currency": {"en": "Rates of exchange", "zh": "汇率"},
    "returns": {"en": "Returns", "zh": "退货"},
    "unassigned": {"en": "Without a customer", "zh": "未归属客户"},
}
"""What each step is called."""
MEANINGS: dict[str, Words] = {
    "new": {"en": "Bought in the later period and never before it",
            "zh": "本期首次购买，此前从未购买"},
    "won_back": {"en": "Bought again, after nothing in the earlier period",
                 "zh": "上期没有购买，本期重新购买"},
    "lost": {"en": "Bought in the earlier period, nothing in the later",
             "zh": "上期有购买，本期没有"},
    "frequency": {"en": "More or fewer orders, at what an order brings",
                  "zh": "订单数增减，按每单金额计"},
    "breadth": {"en": "More or fewer different products on an order",
                "zh": "每单的产品种数增减"},
    "mix": {"en": "More or less of a product on an order, and dearer or cheaper ones",
            "zh": "每单每种产品的数量增减，以及改买更贵或更便宜的产品"},
    "price": {"en": "The same product at another average price", "zh": "同一产品的平均单价变化"},
    "order_value": {"en": "Lines that name no product or quantity, per order",
                    "zh": "未写明产品或数量的明细，按每单计；无法再细分"},
    "currency": {"en": "Foreign currencies at another rate", "zh": "外币汇率变化"},
    "returns": {"en": "More or fewer credit notes", "zh": "红字发票、退货增减"},
    "unassigned": {"en": "Sales that name no customer", "zh": "没有写明客户的销售"},
}  # fmt: skip
"""What each step holds, in a line."""
STRATEGY_TITLES: dict[str, Words] = {
    "loyalty": {"en": "Loyalty", "zh": "客户忠诚"},
    "extension": {"en": "Extension", "zh": "客户扩充"},
    "acquisition": {"en": "Acquisition", "zh": "客户获得"},
    "diversification": {"en": "Diversification", "zh": "客户多样化"},
    "unnamed": {"en": "Names no product", "zh": "未写明产品"},
}
"""What each strategy is called."""
STRATEGY_MEANINGS: dict[str, Words] = {
    "loyalty": {"en": "Known customers, products they bought before",
                "zh": "老客户，购买过的产品"},
    "extension": {"en": "Known customers, products they had not bought",
                  "zh": "老客户，此前未购买过的产品"},
    "acquisition": {"en": "New customers, products that others bought before",
                    "zh": "新客户，公司已在销售的产品"},
    "diversification": {"en": "New customers, products that nobody bought before",
                        "zh": "新客户，公司此前未销售过的产品"},
    "unnamed": {"en": "Lines that name no product, or no customer",
                "zh": "未写明产品或客户的明细"},
}  # fmt: skip
"""What each holds, in a line."""
KIND_WORDS: dict[str, Words] = {
    "new": {"en": "new", "zh": "新客户"},
    "won_back": {"en": "won back", "zh": "赢回"},
    "lost": {"en": "lost", "zh": "流失"},
    "both": {"en": "bought in both", "zh": "两期均购买"},
    "neither": {"en": "bought in neither", "zh": "两期均未购买"},
}
"""How a customer stands between the periods."""
HEADS: dict[str, Words] = {
    "step": {"en": "step", "zh": "步骤"}, "strategy": {"en": "strategy", "zh": "策略"},
    "customers": {"en": "customers", "zh": "客户数"},
    "amount": {"en": "amount", "zh": "金额"}, "change": {"en": "Change", "zh": "变动"},
    "customer": {"en": "customer", "zh": "客户"}, "kind": {"en": "kind", "zh": "类别"},
    "before": {"en": "before", "zh": "上期"}, "after": {"en": "after", "zh": "本期"},
}  # fmt: skip
"""Heads of the tables."""


def steps_table(found: Bridge, lang: str = "en") -> tuple[list[str], list[list[str]]]:
    """Heads and rows: sales of the earlier period, each step, sales of the later period.

    Amounts are exact, in major units; beside each step stands how many customers it moved.
    """
    totals, moved = found.totals(), found.moved()

    def row(title: str, customers: str, name: str) -> list[str]:
        return [title, customers, decimal(totals[name], found.exponent)]

    rows = [
        row(found.earlier.text, "", "before"),
        *(row(TITLES[name][lang], str(moved[name]), name) for name in found.told),
        row(HEADS["change"][lang], str(totals["customers"]), "change"),
        row(found.later.text, "", "after"),
    ]
    return [HEADS[name][lang] for name in ("step", "customers", "amount")], rows


def customers_table(
    found: Bridge, step: str, size: int | None, lang: str = "en"
) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: whom a step (or the whole ``change``) moved, the largest amounts first."""
    rows = [
        [row["customer_id"] or "", KIND_WORDS[row["kind"]][lang] if row["kind"] else "",
         *(decimal(row[name], found.exponent) for name in ("before", "after", "change")),
         *([] if step == "change" else [decimal(row[step], found.exponent)])]
        for row in found.largest(step, size)
    ]  # fmt: skip
    heads = [HEADS[name][lang] for name in ("customer", "kind", "before", "after", "change")]
    return heads + ([] if step == "change" else [{**TITLES, **STRATEGY_TITLES}[step][lang]]), rows


def strategies_table(found: Bridge, lang: str = "en") -> tuple[list[str], list[list[str]]]:
    """Heads and rows: what the later period's sales rest on; none where the facts cannot tell."""
    totals, moved = found.totals(), found.moved()
    rows = [
        [STRATEGY_TITLES[name][lang], str(moved[name]), decimal(totals[name], found.exponent)]
        for name in found.strategies
    ]
    return [HEADS[name][lang] for name in ("strategy", "customers", "amount")], rows


def periods(found: Bridge, lang: str = "en") -> str:
    """Which periods are compared, as of when, and in which currency."""
    said: dict[str, Sequence[str]] = {
        "en": ("{later} against {earlier}, as of {day}", ", known by {known}", ", {currency}"),
        "zh": ("{later} 对比 {earlier}，截至 {day}", "，获知截至 {known}", "，{currency}"),
    }
    whole, known, currency = said[lang]
    text = whole.format(later=found.later.text, earlier=found.earlier.text, day=found.as_of)
    if found.known_as_of is not None:
        text += known.format(known=found.known_as_of)
    return text + (currency.format(currency=found.currency) if found.currency else "")
