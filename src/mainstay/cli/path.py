"""``mainstay path``: what would lift a customer to a better class."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli.language import help_text
from mainstay.cli.one_customer import Asked, of_one_customer
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


@of_one_customer
def path(asked: Asked, by: BY = None) -> None:
    """Say what would lift a customer to a better class, the cheapest first."""
    facts = asked.facts()
    from mainstay_engine.path import find_paths, told

    found = find_paths(
        facts, asked.customer, asked.scheme, asked.as_of, by, asked.window, asked.known_as_of
    )
    if asked.json:
        print_json([each.to_dict() for each in found.up])
        if found.none:
            typer.echo(found.none[asked.speech], err=True)
    else:
        typer.echo(told(found, asked.speech), nl=False)
