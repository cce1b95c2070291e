"""``mainstay explain``: why one customer is in its class."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text
from mainstay.cli.tables import print_json

CUSTOMER = Annotated[
    str, typer.Option("--customer", help=help_text("Customer code.", "客户编码。"))
]


def explain(
    lines: options.LINES,
    customer: CUSTOMER,
    receipts: options.RECEIPTS = None,
    customers: options.CUSTOMERS = None,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
    scheme: options.SCHEME = "abc",
    as_of: options.AS_OF = None,
    window: options.WINDOW = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Say why a customer is in its class."""
    speech = chosen(lang)
    with explained(speech):
        facts = read(
            lines, receipts, customers, mapping, rates=rates, currency=currency, skip_bad=False,
            lang=speech,
        )  # fmt: skip
        from mainstay_engine.schemes import grade

        result = grade(facts, scheme, as_of=as_of, window=window, known_as_of=known_as_of)
        explanation = result.explain(customer)
        if json:
            print_json(explanation.to_dict())
        else:
            typer.echo(explanation.text(speech))
