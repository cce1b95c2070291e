"""The questions the check page asks about a file, and their answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mainstay.web.formatting import percent

if TYPE_CHECKING:
    from mainstay_engine.reader.preview import Preview

RATES = ("0.13", "0.09", "0.06", "0.03", "0.01", "0")
"""VAT rates offered, as fractions."""


CURRENCIES = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY", "TWD", "SGD", "AUD", "CAD")
"""Currencies offered for the company's own."""


@dataclass(frozen=True, slots=True)
class Question:
    """One option of the reader: ``now`` is its value, empty where the user must decide."""

    name: str
    title: str
    now: str
    answers: tuple[tuple[str, str], ...]
    """(value, words)."""


def question(name: str, now: str, preview: Preview) -> Question:
    """The question for an option of ``Preview.asks``."""
    answers: tuple[tuple[str, str], ...]
    match name:
        case "dayfirst":
            title = _("5/1/2026 is")
            answers = (("true", _("5 January")), ("false", _("May 1")))
        case "subtotals":
            title = _("Rows of sums without a name are")
            answers = (("true", _("totals, left out")), ("false", _("lines")))
        case "decimal":
            title = _("Before the decimals stands")
            answers = ((".", _("a point")), (",", _("a comma")))
        case "month_end":
            title = _("Terms such as 月结30天 mean")
            answers = (("first", _("month-end, then days")), ("last", _("days, then month-end")))
        case "tax_rate":
            title = _("Amounts include VAT of")
            answers = tuple((rate, percent(float(rate))) for rate in RATES)
        case "currency":
            title = _("The company's currency")
            answers = tuple((code, code) for code in CURRENCIES)
        case "sheet":
            title = _("Sheet")
            answers = tuple((sheet, sheet) for sheet in preview.sheets)
        case _:
            raise ValueError(name)
    return Question(name, title, now, answers)
