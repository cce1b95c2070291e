"""Proposals that a new code is a known customer: as the dry run asks, as the form answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from mainstay.exchange.matching import EVIDENCE, of_data
from mainstay.ledger.services import Decisions
from mainstay.web.formatting import said

SHOWN = 200
"""New codes a page asks about; with more, all of one evidence can be taken together."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One customer that a new code may be."""

    value: str
    """New and old code, as the form sends them."""
    row: dict[str, Any]
    evidence: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One new code and the customers it may be."""

    code: str
    name: str
    tax_no: str
    nobody: str
    """The value that says: another customer."""
    choices: tuple[Choice, ...]

    @property
    def is_open(self) -> bool:
        """Whether «another customer» is chosen."""
        return not any(choice.chosen for choice in self.choices)


def questions(proposals: list[dict[str, Any]]) -> list[Question]:
    """What to ask, by new code; what the dry run took as the same is chosen."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in proposals:
        groups.setdefault(row["code"], []).append(row)
    return [
        Question(
            code=code, name=rows[0]["name"], tax_no=rows[0]["tax_no"], nobody=_value(code, ""),
            choices=tuple(
                Choice(_value(code, row["old_code"]), row, said(EVIDENCE[row["evidence"]]),
                       row["same"])
                for row in rows
            ),
        )
        for code, rows in groups.items()
    ]  # fmt: skip


def answers(form: QueryDict) -> Decisions:
    """What was chosen. What was asked and not chosen is another customer, and stays so."""
    same = {}
    for name in form:
        if name.startswith("match-"):
            new, old = _pair(str(form[name]))
            if old:
                same[new] = old
    asked = {_pair(value) for value in form.getlist("asked")}
    return of_data({
        "same": same,
        "other": [pair for pair in asked if same.get(pair[0]) != pair[1]],
        "accept": [kind for kind in form.getlist("accept") if kind in EVIDENCE],
    })  # fmt: skip


def how(why: str, evidence: str) -> str:
    """How a code came to its customer, in words."""
    if why == "match":
        proof = said(EVIDENCE[evidence]) if evidence in EVIDENCE else _("by hand")
        return _("confirmed with an import: %(evidence)s") % {"evidence": proof}
    return _("merged afterwards") if why == "merge" else _("first code")


def _value(new: str, old: str) -> str:
    return json.dumps([new, old], ensure_ascii=False)


def _pair(text: str) -> tuple[str, str]:
    try:
        new, old = json.loads(text)
    except (TypeError, ValueError):
        return "", ""
    return str(new), str(old)
