"""Workbooks into text cells: xlsx and BIFF by calamine, HTML or XML so named by parsing."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import BadInput
from mainstay_engine.reader import biffcells
from mainstay_engine.reader.errorbook import SHEETS, WAYS, read_ways
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.raw import MAX_COLUMNS, Options, Raw
from mainstay_engine.reader.sheetcells import show_cells
from mainstay_engine.reader.sheetsize import measure
from mainstay_engine.reader.sniff import sniff_encoding
from mainstay_engine.reader.textfile import from_records

if TYPE_CHECKING:
    import duckdb

    from mainstay_engine.reader.sources import HeadingFinder

Rows = list[list[Any]]
_LIKE = 0.85
"""A sheet whose headings score this part of the best one's holds the same table."""


def open_workbook(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    kind: str,
    table: str,
    finder: HeadingFinder,
    options: Options,
) -> Raw:
    """The sheet most like ``table`` (or the one ``options`` name) as text cells.

    Whole numbers lose their «.0», dates are ISO; of an xlsx, cells come as ``sheetcells`` shows
    them. Row numbers are the sheet's own. Raises ``BadInput`` for protected or broken
    workbooks.
    """
    if kind == "xlsx":
        measure(path)
    names, load = _html_sheets(path) if kind == "html" else _calamine_sheets(path)
    ways: tuple[tuple[str, str], ...] = ()
    ours, unread = None, tuple[str, ...]()
    if WAYS in names:
        said = ([_text(cell) for cell in row] for row in load(names.index(WAYS)))
        ways, ours = read_ways(said, table), SHEETS[table]
    if options.sheet is not None:
        if options.sheet not in names:
            raise BadInput(
                [
                    fault(
                        "no_sheet",
                        file=path.name,
                        sheet=options.sheet,
                        value=options.sheet,
                        sheets=", ".join(names),
                    )
                ]
            )
        chosen, rows = options.sheet, load(names.index(options.sheet))
    elif ours in names:
        chosen, rows = ours, load(names.index(ours))
    else:
        chosen, rows, unread = _best_sheet(names, load, finder)
    width = max((len(row) for row in rows), default=0)
    if width > MAX_COLUMNS:
        raise BadInput([fault("too_wide", file=path.name, sheet=chosen, limit=MAX_COLUMNS)])
    records = ([_text(cell) for cell in row] for row in rows)
    try:
        find = _first if chosen == ours else finder
        raw = from_records(con, path.name, table, records, find)
    except BadInput as error:
        raise BadInput(
            [fault(f.code, file=path.name, sheet=chosen) for f in error.faults]
        ) from error
    if kind == "xlsx":
        show_cells(con, path, names.index(chosen), raw)
    elif kind != "html":
        raw = biffcells.show_cells(con, path, chosen, raw)
    return raw.with_(sheet=chosen, sheets=tuple(names), unread=unread, ways=ways)


def _first(_records: list[list[str]]) -> int:
    """The heading row of an error file."""
    return 0


def _best_sheet(
    names: Sequence[str], load: Any, finder: HeadingFinder
) -> tuple[str, Rows, tuple[str, ...]]:
    """The sheet whose best row looks most like the table's headings, else the first non-empty; and
    the others that look nearly as much like them.
    """
    best: tuple[float, str, Rows] | None = None
    scores: dict[str, float] = {}
    for index, name in enumerate(names):
        rows = load(index)
        heads = [[_text(cell) for cell in row] for row in rows[:40]]
        score = max((finder.score(head) for head in heads), default=0.0) + (0.01 if rows else 0.0)
        scores[name] = score if len(rows) > 1 else 0.0
        if best is None or score > best[0]:
            best = (score, name, rows)
    if best is None:
        return "", [], ()
    like = tuple(name for name in names if name != best[1] and scores[name] >= _LIKE * best[0] >= 1)
    return best[1], best[2], like


def _calamine_sheets(path: Path) -> tuple[list[str], Any]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        names = list(book.sheet_names)
    except calamine.PasswordError as error:
        raise BadInput([fault("password", file=path.name)]) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        code = "password" if "password" in str(error).lower() else "broken"
        raise BadInput([fault(code, file=path.name, why=str(error))]) from error

    def load(index: int) -> Rows:
        try:
            rows: Rows = book.get_sheet_by_index(index).to_python(skip_empty_area=False)
        except calamine.CalamineError as error:
            raise BadInput(
                [fault("broken", file=path.name, sheet=names[index], why=str(error))]
            ) from error
        return rows

    return names, load


def _text(cell: Any) -> str:
    """A cell as text: 3.0 → «3», dates ISO, truth values «true»/«false»."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else _shortest(cell)
    if isinstance(cell, dt.datetime):
        return (
            cell.strftime("%Y-%m-%d")
            if cell.time() == dt.time()
            else cell.isoformat(" ", "seconds")
        )
    if isinstance(cell, dt.timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _shortest(value: float) -> str:
    """The shortest decimal form; whole numbers beyond a double's digits as 9.14E+17.

    That is how a spreadsheet shows codes it has cut short, and how they are recognised.
    """
    if abs(value) >= 1e15:
        return f"{value:.5E}".replace("E+0", "E+")
    return repr(value)


def _html_sheets(path: Path) -> tuple[list[str], Any]:
    """Tables of an HTML page or sheets of an XML spreadsheet, under the name of a workbook."""
    from mainstay_engine.reader.markup import parse_tables

    content = path.read_bytes()
    named = re.search(rb'charset=["\']?([\w-]+)|<\?xml[^>]*encoding="([\w-]+)"', content[:4096])
    encoding = sniff_encoding(content)
    if encoding == "gb18030" and named is not None:
        declared = (named[1] or named[2]).decode().lower()
        encoding = "gb18030" if declared in ("gb2312", "gbk", "gb18030") else declared
    try:
        tables = parse_tables(content.decode(encoding))
    except (UnicodeDecodeError, LookupError) as error:
        raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
    if not tables:
        raise BadInput([fault("empty", file=path.name)])
    return list(tables), lambda index: list(tables.values())[index]
