"""The questions the check page asks about a file, and their answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mainstay.web.formatting import mark, percent, quoted

if TYPE_CHECKING:
    from mainstay_engine.reader.preview import Preview
    from mainstay_engine.reader.raw import OtherSheet

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
            empty = {sheet.name for sheet in preview.other_sheets if sheet.what == "empty"}
            answers = tuple((sheet, sheet) for sheet in preview.sheets if sheet not in empty)
        case _:
            raise ValueError(name)
    return Question(name, title, now, answers)


@dataclass(frozen=True, slots=True)
class SheetNote:
    """What stands beside the question which sheet to read."""

    text: str
    warns: bool
    """Whether rows may be missing, or may be others than one thinks."""


def sheet_notes(preview: Preview) -> list[SheetNote]:
    """What is to be known of the sheets of a workbook: which are not read, and why."""
    notes = []
    if preview.sheet_hidden and preview.sheet:
        text = _("The sheet %(sheet)s, which is read, is hidden in the workbook.")
        notes.append(SheetNote(text % {"sheet": quoted(preview.sheet)}, warns=True))
    alike = [sheet for sheet in preview.other_sheets if sheet.what == "alike"]
    if alike:
        text = ngettext(
            "%(sheets)s holds the same kind of rows and is not read: bring it by an import of its "
            "own.",
            "%(sheets)s hold the same kind of rows and are not read: bring each by an import of "
            "its own.",
            len(alike),
        )
        notes.append(SheetNote(text % {"sheets": _named(alike)}, warns=True))
    if rest := [sheet for sheet in preview.other_sheets if sheet.what != "alike"]:
        text = _("Not read: %(sheets)s") % {"sheets": _named(rest)}
        notes.append(SheetNote(text, warns=False))
    return notes


def _named(sheets: list[OtherSheet]) -> str:
    """Sheets in quotation marks, each with what makes it easy to overlook."""
    named = []
    for sheet in sheets:
        about = [_("hidden")] if sheet.hidden else []
        about += [_("empty")] if sheet.what == "empty" else []
        said = _("%(sheet)s (%(about)s)") if about else "%(sheet)s"
        named.append(said % {"sheet": quoted(sheet.name), "about": mark(",").join(about)})
    return mark(",").join(named)
