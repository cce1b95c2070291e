"""``mainstay explain``: why one customer is in its class."""

from __future__ import annotations

import typer

from mainstay.cli.one_customer import Asked, of_one_customer
from mainstay.cli.tables import print_json


@of_one_customer
def explain(asked: Asked) -> None:
    """Say why a customer is in its class."""
    facts = asked.facts()
    from mainstay_engine.schemes import grade

    result = grade(
        facts, asked.scheme, as_of=asked.as_of, window=asked.window, known_as_of=asked.known_as_of
    )
    explanation = result.explain(asked.customer)
    if asked.json:
        print_json(explanation.to_dict())
    else:
        typer.echo(explanation.text(asked.speech))
