"""``mainstay terms``: what terms of payment mean, and when the invoices of a month fall due."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mainstay.cli import options
from mainstay.cli.language import Lang, chosen, help_text
from mainstay.cli.tables import print_json, print_table

if TYPE_CHECKING:
    from mainstay_engine.terms import Terms

WORDS = Annotated[
    str,
    typer.Argument(help=help_text("Terms, such as 月结30天 or «net 30».", "账期，如“月结30天”。")),
]
MONTH = Annotated[
    str | None,
    typer.Option("--month", help=help_text("Month, such as 2026-11.", "月份，如 2026-11。")),
]


def terms(
    words: WORDS, month: MONTH = None, json: options.JSON = False, lang: options.LANG = None
) -> None:
    """Show the due dates of a month's invoices, in every reading of the terms."""
    from mainstay_engine.terms import readings

    speech = chosen(lang)
    found = readings(words)
    if not found:
        typer.echo(_UNREADABLE[speech].format(words=words), err=True)
        raise typer.Exit(2)
    first = _month(month, speech)
    if json:
        print_json([_as_dict(terms, first) for terms in found])
        return
    for terms in found:
        typer.echo(f"{terms}" if len(found) == 1 else f"{terms}  (month_end: {_side(terms)})")
        print_table(_HEADINGS[speech], [list(row.values()) for row in _rows(terms, first)])


_HEADINGS = {
    Lang.EN: ("invoiced from", "to", "due"),
    Lang.ZH: ("开票自", "至", "到期"),
}
_UNREADABLE = {
    Lang.EN: "«{words}» is no terms of payment that can be read. "
    "Write them like 30, net 30, 月结30天, EOM+30, 30+EOM, 月结60天(25日截止).",
    Lang.ZH: "无法识别账期“{words}”。"
    "请写成 30、net 30、月结30天、EOM+30、30+EOM、月结60天(25日截止) 等。",
}
_NO_MONTH = {
    Lang.EN: "«{month}» is no month; write it like 2026-11.",
    Lang.ZH: "“{month}”不是月份，请写成 2026-11。",
}


def _month(text: str | None, speech: Lang) -> date:
    if text is None:
        return datetime.now().astimezone().date().replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        typer.echo(_NO_MONTH[speech].format(month=text), err=True)
        raise typer.Exit(2) from None


def _side(terms: Terms) -> str:
    return "first" if terms.then_days else "last"


def _rows(terms: Terms, month: date) -> list[dict[str, str]]:
    from mainstay_engine.terms import calendar

    return [
        {"from": str(span.first), "to": str(span.last), "due": str(span.due)}
        for span in calendar(terms, month)
    ]


def _as_dict(terms: Terms, month: date) -> dict[str, object]:
    return {"terms": str(terms), "calendar": _rows(terms, month)}
