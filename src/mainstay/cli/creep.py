"""``mainstay creep``: who was given more and more while the others were not."""

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


def creep(
    lines: options.LINES,
    as_of: AS_OF,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    lang: options.LANG = None,
) -> None:
    """Say who was given more and more while the others were not: JSON, the dearest first."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.portfolio.bridge import decimal
        from mainstay_engine.portfolio.creep import creep as find

        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        found = find(facts, as_of=as_of, known_as_of=known_as_of)
        rows: list[dict[str, Any]] = [
            {**row, "yearly": decimal(row["yearly"], found.exponent)} for row in found.alarms()
        ]
        print_json({
            "as_of": found.as_of.isoformat(), "currency": found.currency,
            "measures": list(found.told),
            "half_years": [span.text for span in found.spans], "alarms": rows,
        })  # fmt: skip
