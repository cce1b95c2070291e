"""What the XML of an xlsx says of cells beyond their values: errors, formulas, zeros in front.

A spreadsheet shows «#DIV/0!» where a cell has no value, and «00017» where it holds 17 formatted so;
a formula that no spreadsheet has worked out yet has no value at all. Read as values alone, the
first and the last would be empty, and the code another one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay_engine.reader.convert import UNCALCULATED
from mainstay_engine.reader.raw import Raw

if TYPE_CHECKING:
    import duckdb

Cell = tuple[bytes, bytes, str]
"""Letters of the column, number of the row, and the text that stands there."""
_ERROR = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*? t="e"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)
_BARE = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"([^>]*)>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
"""A formula without a value."""
_WHOLE = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"([^>/]*)>\s*(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?\s*<v>([0-9]+)</v>'
)
"""A whole number, or the place of a text."""
_ZEROS = re.compile(rb'<numFmt\s[^>]*?numFmtId="([0-9]+)"[^>]*?formatCode="(0{2,})"')
"""A format that shows so many digits at least."""
_FORMAT_OF = re.compile(rb'<xf\s[^>]*?numFmtId="([0-9]+)"')
_STYLE = re.compile(rb' s="([0-9]+)"')


def show_cells(con: duckdb.DuckDBPyConnection, path: Path, index: int, raw: Raw) -> None:
    """Let the cells of the sheet at ``index``, read as ``raw``, say what a spreadsheet shows."""
    with zipfile.ZipFile(path) as archive:
        name = _sheet_part(archive, index)
        found = list(_shown(archive, name)) if name else []
    put(con, raw, ((column_number(letters) - 1, int(row), text) for letters, row, text in found))


def put(con: duckdb.DuckDBPyConnection, raw: Raw, cells: Iterable[tuple[int, int, str]]) -> None:
    """Let cells, by column (from 0) and row (from 1), hold these texts."""
    import pyarrow as pa

    columns: dict[int, tuple[list[int], list[str]]] = {}
    for column, row, text in cells:
        rows, texts = columns.setdefault(column, ([], []))
        rows.append(row)
        texts.append(text)
    for place, (rows, texts) in columns.items():
        if place < len(raw.headings):
            con.register("mainstay_shown", pa.table({"row": rows, "text": texts}))
            con.execute(
                f"UPDATE mainstay_raw_{raw.table} SET c{place} = s.text "
                "FROM mainstay_shown s WHERE rn = s.row"
            )
            con.unregister("mainstay_shown")


def column_number(letters: bytes) -> int:
    """The number of a column named by letters: A is 1, AA is 27."""
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place


def _shown(archive: zipfile.ZipFile, name: str) -> Iterator[Cell]:
    content = archive.read(name)
    if b't="e"' in content:
        for letters, row, error in _ERROR.findall(content):
            yield letters, row, error.decode()
    if b"<f" in content:
        for letters, row, attributes in _BARE.findall(content):
            if b't="str"' not in attributes:  # that one has a value: the empty text
                yield letters, row, UNCALCULATED
    if digits := _digits(archive):
        for letters, row, attributes, number in _WHOLE.findall(content):
            style = _STYLE.search(attributes)
            count = digits.get(int(style[1])) if style else None
            if count and (b' t="' not in attributes or b' t="n"' in attributes):
                yield letters, row, number.decode().zfill(count)


def _digits(archive: zipfile.ZipFile) -> dict[int, int]:
    """How many digits a style shows at least, by its place; of those that put zeros in front."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = archive.read("xl/styles.xml")
    formats = {number: len(zeros) for number, zeros in _ZEROS.findall(styles)}
    if not formats:
        return {}
    _before, _, cells = styles.partition(b"<cellXfs")
    used = _FORMAT_OF.findall(cells.partition(b"</cellXfs>")[0])
    return {place: formats[number] for place, number in enumerate(used) if number in formats}


def _sheet_part(archive: zipfile.ZipFile, index: int) -> str | None:
    """Name of the archive member that holds the sheet at ``index`` of the workbook."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    ids = re.findall(r'<(?:\w+:)?sheet\s[^>]*?r:id="([^"]+)"', book)
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    if index >= len(ids):
        return None
    for link in re.findall(r"<Relationship\s[^>]*>", links):
        if f'Id="{ids[index]}"' in link:
            target = re.search(r'Target="([^"]+)"', link)
            if target:
                part = target[1].lstrip("/")
                return part if part.startswith("xl/") else f"xl/{part}"
    return None
