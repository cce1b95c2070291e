"""Tables in HTML pages and in XML spreadsheets (Excel 2003), as rows of text."""

from __future__ import annotations

from html.parser import HTMLParser

from mainstay_engine.reader.raw import MAX_COLUMNS

_MOST = MAX_COLUMNS
"""Cells kept of a row: one more, and the reader refuses the table as too wide."""
_ROW, _CELL = ("tr", "row"), ("td", "th", "cell")


class _Tables(HTMLParser):
    """Collects cells; a column span repeats empty cells, ``ss:Index`` skips ahead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] | None = None
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._name: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key.split(":")[-1]: value or "" for key, value in attrs}
        tag = tag.rsplit(":", maxsplit=1)[-1]
        if tag == "worksheet":
            self._name = given.get("name")
        elif tag == "table" and self._row is None:
            self._rows = []
            self.tables[self._free_name()] = self._rows
        elif tag in _ROW and self._rows is not None:
            self._end_cell()
            gap = _number(given.get("index"), len(self._rows) + 1) - len(self._rows) - 1
            self._rows += [[] for _ in range(min(gap, 1_000_000))]
            self._row = []
            self._rows.append(self._row)
        elif tag in _CELL and self._row is not None:
            self._end_cell()
            gap = _number(given.get("index"), len(self._row) + 1) - len(self._row) - 1
            self._row += [""] * min(gap, _MOST)
            self._cell = []
            self._span = min(_number(given.get("colspan") or given.get("mergeacross"), 1), _MOST)
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rsplit(":", maxsplit=1)[-1]
        if tag in _CELL or tag in _ROW or tag == "table":
            self._end_cell()
        if tag in _ROW or tag == "table":
            self._row = None
        if tag == "table":
            self._rows = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            room = _MOST + 1 - len(self._row)
            self._row += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)][:room]
        self._cell, self._span = None, 1

    def _free_name(self) -> str:
        name = self._name or f"table {len(self.tables) + 1}"
        return name if name not in self.tables else f"{name} {len(self.tables) + 1}"


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def parse_tables(text: str) -> dict[str, list[list[str]]]:
    """Every table of the page or sheet of the spreadsheet, by name, in order."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return {name: rows for name, rows in parser.tables.items() if rows}
