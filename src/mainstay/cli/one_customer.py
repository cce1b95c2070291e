"""The options of the commands that ask about one customer under a scheme, and their reading."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.facts import read
from mainstay.cli.language import Lang, chosen, help_text

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

CUSTOMER = Annotated[
    str, typer.Option("--customer", help=help_text("Customer code.", "客户编码。"))
]


@dataclass(frozen=True)
class Asked:
    """What was asked, by name of the option."""

    lines: Path
    receipts: Path | None
    customers: Path | None
    mapping: Path | None
    rates: Path | None
    currency: str | None
    customer: str
    scheme: str
    as_of: str | None
    window: str | None
    known_as_of: str | None
    json: bool
    speech: Lang

    def facts(self) -> Facts:
        """The facts of the files named. ``BadInput`` holds every fault."""
        return read(
            self.lines, self.receipts, self.customers, self.mapping, rates=self.rates,
            currency=self.currency, skip_bad=False, lang=self.speech,
        )  # fmt: skip


def _asked(
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
) -> Asked:
    """The shared options; each command adds its own."""
    return Asked(
        lines, receipts, customers, mapping, rates, currency, customer, scheme, as_of, window,
        known_as_of, json, chosen(lang),
    )  # fmt: skip


def of_one_customer(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes ``Asked`` and options of its own, with the shared ones before these;
    errors are explained in the language asked for.
    """
    shared = _parameters(_asked)
    own = _parameters(command)[1:]

    def run(**given: Any) -> None:
        asked = _asked(**{each.name: given.pop(each.name) for each in shared})
        with explained(asked.speech):
            command(asked, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    signature = inspect.Signature([*shared, *own])
    run.__signature__ = signature  # type: ignore[attr-defined]  # what Typer reads the options from
    run.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}
    return run


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters with their annotations evaluated."""
    hints = get_type_hints(function, include_extras=True)
    return [
        each.replace(annotation=hints[each.name])
        for each in inspect.signature(function).parameters.values()
    ]
