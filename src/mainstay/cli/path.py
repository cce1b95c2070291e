"""``mainstay path``: what would lift a customer to a better class."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.explain import CUSTOMER
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json

BY = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="YYYY-MM-DD",
        help=help_text(
            "Day by which to get there. Default: the as-of date.", "达到的日期。默认：分级截止日。"
        ),
    ),
]


def path(
    lines: options.LINES,
    customer: CUSTOMER,
    receipts: options.RECEIPTS = None,
    customers: options.CUSTOMERS = None,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    scheme: options.SCHEME = "abc",
    as_of: options.AS_OF = None,
    by: BY = None,
    window: options.WINDOW = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say what would lift a customer to a better class, the cheapest first."""
    speech = chosen(lang)
    with explained(speech):
        facts = read(
            lines, receipts, customers, mapping, rates=rates, currency=currency, skip_bad=False,
            lang=speech,
        )  # fmt: skip
        from mainstay_engine.path import find_paths, told

        found = find_paths(facts, customer, scheme, as_of, by, window, known_as_of)
        if json:
            print_json([each.to_dict() for each in found.up])
            if found.none:
                typer.echo(found.none[speech], err=True)
        else:
            typer.echo(told(found, speech), nl=False)
