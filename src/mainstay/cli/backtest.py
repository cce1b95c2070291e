"""``mainstay backtest``: a scheme over the past, as it was known then."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json

AGAINST = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="SCHEME",
        help=help_text(
            "Scheme whose first customers are compared, at equal number.",
            "用于对比的方案：取其排在前面、数量相同的客户。",
        ),
    ),
]
PERIODS = Annotated[
    int,
    typer.Option("--periods", min=1, max=120, help=help_text("How many days.", "重放的日期数。")),
]
MONTHS = Annotated[
    int,
    typer.Option(
        "--months", min=1, max=36, help=help_text("Months followed after each.", "其后跟踪的月数。")
    ),
]


def backtest(
    lines: options.LINES,
    receipts: options.RECEIPTS = None,
    customers: options.CUSTOMERS = None,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    scheme: options.SCHEME = "composite",
    against: AGAINST = "abc",
    periods: PERIODS = 12,
    months: MONTHS = 3,
    window: options.WINDOW = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Replay a scheme over the past and follow everybody after it."""
    speech = chosen(lang)
    with explained(speech):
        facts = read(
            lines, receipts, customers, mapping, rates=rates, currency=currency, skip_bad=False,
            lang=speech,
        )  # fmt: skip
        from mainstay_engine.backtest import backtest as replay
        from mainstay_engine.backtest.words import told

        found = replay(
            facts, scheme, against=against, periods=periods, months=months, window=window
        )
        if json:
            print_json(found.to_dict())
        else:
            typer.echo(told(found, speech), nl=False)
