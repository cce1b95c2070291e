"""``mainstay bridge``: why sales changed from one period to another."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json, print_table

EARLIER = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="PERIOD",
        help=help_text(
            "Period that is compared with: 2024, 2024-H1, 2024-Q3, 2024-07 or two days with «..».",
            "对比的基期：2024、2024-H1、2024-Q3、2024-07，或以“..”连接的两个日期。",
        ),
        show_default=False,
    ),
]
LATER = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="PERIOD",
        help=help_text("Period that is explained, written alike.", "要解释的期间，写法相同。"),
        show_default=False,
    ),
]
STEP = Annotated[
    str | None,
    typer.Option(
        "--step",
        metavar="STEP",
        help=help_text(
            "List the customers behind a step, a strategy (loyalty, extension, acquisition, "
            "diversification), or the whole «change», the largest first.",
            "列出某一步骤、策略（loyalty、extension、acquisition、diversification）或全部变动（change）"
            "背后的客户，按金额从大到小。",
        ),
    ),
]
SIZE = Annotated[
    int,
    typer.Option(
        "--top", min=1, help=help_text("How many of them.", "列出的客户数。"),
    ),
]  # fmt: skip
AS_OF = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help=help_text(
            "Nothing dated later counts. Default: the end of the last period.",
            "之后的单据不计入。默认：较晚期间的最后一天。",
        ),
    ),
]


def bridge(
    lines: options.LINES,
    earlier: EARLIER,
    later: LATER,
    step: STEP = None,
    top: SIZE = 20,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    as_of: AS_OF = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say why sales changed from one period to another, in steps that add up to the cent."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.portfolio import Span, words
        from mainstay_engine.portfolio import bridge as build

        periods = Span.parse(earlier), Span.parse(later)
        facts = read(
            lines, None, None, mapping, rates=rates, currency=currency, skip_bad=False, lang=speech
        )
        found = build(facts, *periods, as_of=as_of, known_as_of=known_as_of)
        if json:
            print_json(found.to_dict())
            return
        typer.echo(words.periods(found, speech))
        if step is None:
            print_table(*words.steps_table(found, speech))
            if found.strategies:
                print_table(*words.strategies_table(found, speech))
        else:
            print_table(*words.customers_table(found, step, top, speech))
