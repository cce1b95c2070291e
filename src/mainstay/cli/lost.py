"""``mainstay lost``: who is silent for longer than their own rhythm allows, and what went."""

from __future__ import annotations

from typing import Any

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import day_of, read
from mainstay.cli.language import chosen
from mainstay.cli.tables import print_json, print_table

HEADS = {
    "en": ("customer", "last order", "lost on", "days silent", "days allowed", "usual gap",
           "went, a year"),
    "zh": ("客户", "最近下单", "流失日", "沉默天数", "允许天数", "通常间隔", "流失年销售额"),
}  # fmt: skip


def lost(
    lines: options.LINES,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    as_of: options.SEEN = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say who is lost by their own rhythm, those first with whom most went."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.portfolio.bridge import decimal
        from mainstay_engine.portfolio.lost import lost as find

        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        day = day_of(facts, as_of, known_as_of)
        rows: list[dict[str, Any]] = [
            {
                "customer_id": each.customer_id, "last_purchase": each.last_purchase.isoformat(),
                "lost_on": each.lost_on.isoformat(), "silence": each.silence,
                "allowed": each.limit, "usual_gap": each.usual_gap,
                "went": decimal(each.went, facts.exponent),
            }
            for each in find(facts, as_of=day, known_as_of=known_as_of)
        ]  # fmt: skip
        if json:
            print_json({"as_of": day.isoformat(), "currency": facts.currency, "lost": rows})
            return
        print_table(HEADS[speech], [[str(value) for value in row.values()] for row in rows])
