"""``mainstay lost``: who is silent for longer than their own rhythm allows, and what went."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json

AS_OF = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help=help_text("Nothing dated later counts.", "之后的单据不计入。"),
        show_default=False,
    ),
]


def lost(
    lines: options.LINES,
    as_of: AS_OF,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    lang: options.LANG = None,
) -> None:
    """Say who is lost by their own rhythm: JSON, those first with whom most went."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.portfolio.bridge import decimal
        from mainstay_engine.portfolio.lost import lost as find

        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        rows: list[dict[str, Any]] = [
            {
                "customer_id": each.customer_id, "last_purchase": each.last_purchase.isoformat(),
                "lost_on": each.lost_on.isoformat(), "silence": each.silence,
                "allowed": each.limit, "usual_gap": each.usual_gap,
                "went": decimal(each.went, facts.exponent),
            }
            for each in find(facts, as_of=as_of, known_as_of=known_as_of)
        ]  # fmt: skip
        print_json({"as_of": as_of, "currency": facts.currency, "lost": rows})
