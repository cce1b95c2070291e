"""``mainstay creep``: who was given more and more while the others were not."""

from __future__ import annotations

from typing import Any

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import day_of, read
from mainstay.cli.language import chosen
from mainstay.cli.tables import print_json, print_table

HEADS = {
    "en": ("customer", "what crept", "beyond the others", "a year"),
    "zh": ("客户", "让步类别", "超出其他客户", "每年成本"),
}
SHOWN = ("customer_id", "measure", "drift", "yearly")


def creep(
    lines: options.LINES,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    as_of: options.SEEN = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say who was given more and more while the others were not, the dearest first."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.portfolio.bridge import decimal
        from mainstay_engine.portfolio.creep import creep as find

        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        found = find(facts, as_of=day_of(facts, as_of, known_as_of), known_as_of=known_as_of)
        rows: list[dict[str, Any]] = [
            {**row, "yearly": decimal(row["yearly"], found.exponent)} for row in found.alarms()
        ]
        if json:
            print_json({
                "as_of": found.as_of.isoformat(), "currency": found.currency,
                "measures": list(found.told),
                "half_years": [span.text for span in found.spans], "alarms": rows,
            })  # fmt: skip
            return
        print_table(HEADS[speech], [[str(row[name]) for name in SHOWN] for row in rows])
