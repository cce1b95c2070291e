"""The ways to sort the customer list: in the heads of its columns, and in one choice on a phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from markupsafe import Markup

from mainstay.web import choices
from mainstay.web.columns import Column, titles


def heads(shown: Mapping[str, Column], sort: str, address: Callable[[str], str]) -> Markup:
    """The head of each column; ``address`` is that of the list in another order."""
    words = titles()
    return Markup("".join(_head(one, words[one.name], sort, address) for one in shown.values()))  # noqa: S704  escaped below


def orders(shown: Mapping[str, Column], sort: str) -> Markup:
    """Both ways of each column as options, as a first click on its head sorts before."""
    words = titles()
    return choices.pairs(
        [
            (way, f"{words[one.name]} {'↓' if way.startswith('-') else '↑'}")
            for one in shown.values() if one.sorts for way in _ways(one)
        ],
        sort,
    )  # fmt: skip


def _ways(column: Column) -> tuple[str, str]:
    """Figures begin with the largest, texts with the first."""
    up, down = column.name, f"-{column.name}"
    return (down, up) if column.figures else (up, down)


def _head(column: Column, title: str, sort: str, address: Callable[[str], str]) -> str:
    first, second = _ways(column)
    text, state = escape(title), ""
    if sort in (first, second):
        falls = sort.startswith("-")
        state = f' aria-sort="{"descending" if falls else "ascending"}"'
        text += " ↓" if falls else " ↑"
    if column.sorts:
        text = f'<a href="{escape(address(second if sort == first else first))}">{text}</a>'
    looks = f"{'n' if column.figures else ''}{' wide' if column.wide else ''}"
    return f'<th scope="col" class="{looks}"{state}>{text}</th>\n'
