"""Delimited text into DuckDB: quickly where the file is clean, carefully where it is not.

The quick way is DuckDB's vectorised reader over UTF-8 with headings in the first record. It
forgives nothing; whenever it refuses, the file is read the careful way: Python's ``csv``, any
encoding, exact record numbers. The quick way numbers records too, where every one is one line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.query import NOT_CLEAN, one
from mainstay_engine.reader.raw import MAX_COLUMNS, Raw
from mainstay_engine.reader.sniff import open_bytes, sniff_text

if TYPE_CHECKING:
    import duckdb

_BUFFER = 4 * 2**20
"""Bytes DuckDB reads at a time: at its own 32 MB a few of them are more than memory may hold."""
_BATCH = 50_000
"""Records turned into Arrow at a time."""
_LINE = 1 << 20
"""Characters of the longest line."""
_END = "\x00end of the text\x00"
"""A line of our own behind the last one: it is a record by itself unless a quotation is open."""


def quick(path: Path, kind: str, table: str, find_heading: Callable[..., int | None]) -> Raw | None:
    """The file as a relation DuckDB reads when asked; ``None`` where only the careful way does."""
    encoding, delimiter, records = sniff_text(path, kind)
    if encoding not in ("utf-8", "utf-8-sig") or find_heading(records) != 0:
        return None
    headings = [heading.lstrip("\ufeff").strip() for heading in records[0]]
    width = len(headings)
    if any(len(record) != width for record in records):
        return None
    return Raw(
        path.name,
        table,
        headings,
        f"({_scan(path, kind, delimiter, width)})",
        ["text"] * width,
        exact_rows=False,
        encoding=encoding,
        delimiter=delimiter,
        sample=[list(record) for record in records[1:]],
    )


def _scan(path: Path, kind: str, delimiter: str, width: int, *, number: bool = False) -> str:
    """SQL of the cells as DuckDB reads them; with ``number``, in order and counted from 2."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    cells = ", ".join(f"c{i}" for i in range(width))
    compression = ", compression='gzip'" if kind == "csv.gz" else ""
    counted, order = ("row_number() OVER () + 1", ", parallel=false") if number else ("0", "")
    return (
        f"SELECT {counted} AS rn, {cells} FROM read_csv({quote(str(path))}, "
        "auto_detect=false, header=true, "
        f"delim={quote(delimiter)}, quote='\"', escape='\"', columns={{{columns}}}, "
        f"nullstr=['', 'NULL', 'null'], strict_mode=true, buffer_size={_BUFFER}"
        f"{compression}{order})"
    )


def numbered(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    kind: str,
    table: str,
    find_heading: Callable[..., int | None],
) -> Raw | None:
    """The quick way into a table with exact record numbers; ``None`` where they are in doubt.

    DuckDB skips blank lines and reads breaks inside quotes: with either, the file has more lines
    than records. Where it has exactly as many, record and line have the same number.
    """
    raw = quick(path, kind, table, find_heading)
    lines = _plain_lines(path, kind) if raw is not None else None
    if raw is None or raw.delimiter is None or lines is None:
        return None
    relation = f"mainstay_raw_{table}"
    scan = _scan(path, kind, raw.delimiter, len(raw.headings), number=True)
    try:
        con.execute(f"CREATE OR REPLACE TABLE {relation} AS {scan}")
    except NOT_CLEAN:
        return None
    if int(one(con, f"SELECT count(*) FROM {relation}")[0]) + 1 != lines:
        return None
    return raw.with_(relation=relation, numbered=True, records=lines)


def _plain_lines(path: Path, kind: str) -> int | None:
    """Lines of the file; ``None`` with old Mac line ends or where a cell may spell out NULL."""
    count, returns, pairs, end = 0, 0, 0, b""
    with open_bytes(path, kind) as stream:
        while block := stream.read(1 << 20):
            seen = end + block
            if b"NULL" in seen or b"null" in seen:
                return None
            count += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += block.count(b"\r\n") + (end[-1:] == b"\r" and block[:1] == b"\n")
            end = seen[-3:]
    if returns != pairs:
        return None
    return count + (end[-1:] != b"\n")


def careful(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    kind: str,
    table: str,
    find_heading: Callable[..., int | None],
) -> Raw:
    """The file as a table of text with exact record numbers; faulty bytes are reported by line."""
    encoding, delimiter, _sample = sniff_text(path, kind)
    if encoding == "utf-8" and not _decodes(path, kind, encoding):
        encoding = "gb18030"
    if encoding == "gb18030":
        wrong = _wrong_lines(path, kind)
        if wrong:
            raise BadInput(wrong)
    with open_bytes(path, kind) as packed:
        stream = io.TextIOWrapper(packed, encoding=encoding, newline="")
        try:
            records = _records(path.name, stream, delimiter)
            raw = from_records(con, path.name, table, records, find_heading)
        except (csv.Error, UnicodeError, EOFError, OSError) as error:
            raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
    return raw.with_(encoding=encoding, delimiter=delimiter)


def _records(name: str, stream: IO[str], delimiter: str) -> Iterator[list[str]]:
    """The records of delimited text, in memory bounded by the longest line and widest record.

    Raises ``BadInput`` for a line or record beyond those bounds, and for a quotation mark that is
    never closed: it would swallow every row below.
    """
    count = 0

    def lines() -> Iterator[str]:
        while line := stream.readline(_LINE):
            if len(line) == _LINE and line[-1] not in "\r\n":
                raise BadInput([fault("long_line", file=name, row=count + 1, limit=_LINE)])
            yield line
        yield _END

    for record in csv.reader(lines(), delimiter=delimiter):
        if record == [_END]:
            return
        count += 1
        if len(record) > MAX_COLUMNS:
            raise BadInput([fault("too_wide", file=name, row=count, limit=MAX_COLUMNS)])
        if record and record[-1].endswith(_END):
            value = record[-1][:60].split("\n")[0].strip()
            raise BadInput([fault("open_quote", file=name, row=count, value=value)])
        yield record


def _decodes(path: Path, kind: str, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with open_bytes(path, kind) as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _wrong_lines(path: Path, kind: str) -> list[Fault]:
    """Lines of a file that is not UTF-8 which are not GB18030, or are UTF-8 after all."""
    wrong: list[Fault] = []
    stray: list[Fault] = []
    legacy = 0
    with open_bytes(path, kind) as stream:
        for number, line in enumerate(stream, start=1):
            if line.isascii():
                continue
            if _is_utf8_chinese(line):
                stray.append(
                    fault(
                        "mixed_encodings",
                        file=path.name,
                        row=number,
                        encoding="UTF-8",
                        value=line.decode("utf-8")[:60].strip(),
                    )
                )
                continue
            try:
                line.decode("gb18030")
                legacy += 1
            except UnicodeDecodeError:
                wrong.append(
                    fault(
                        "bad_encoding",
                        file=path.name,
                        row=number,
                        value=line.decode("gb18030", "replace")[:60].strip(),
                    )
                )
    return wrong + (stray if legacy or wrong else [])


def _is_utf8_chinese(line: bytes) -> bool:
    """Strict UTF-8 with at least two characters of three bytes: hardly ever GB18030 by chance."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum("\u2e80" <= char <= "\uffef" for char in text) >= 2


def from_records(
    con: duckdb.DuckDBPyConnection,
    name: str,
    table: str,
    records: Iterable[list[str]],
    find_heading: Callable[..., int | None],
) -> Raw:
    """Records, counted from 1, into a DuckDB table ``mainstay_raw_<table>`` of text columns."""
    import pyarrow as pa

    stream = enumerate(iter(records), start=1)
    first = list(islice(stream, 300))
    heading = find_heading([record for _number, record in first])
    if heading is None:
        if not any(any(cell.strip() for cell in record) for _number, record in first):
            raise BadInput([fault("empty", file=name)])
        heading = next(
            i for i, (_n, record) in enumerate(first) if any(cell.strip() for cell in record)
        )
    headings = [cell.lstrip("\ufeff").strip() for cell in first[heading][1]]
    width = len(headings)
    body = first[heading + 1 :]
    width = max([width, *(len(record) for _number, record in body)])
    headings += [""] * (width - len(headings))
    relation = f"mainstay_raw_{table}"
    names = [f"c{i}" for i in range(width)]
    declared = ", ".join(f"{name} VARCHAR" for name in names)
    con.execute(f"CREATE OR REPLACE TABLE {relation} (rn BIGINT, {declared})")
    last = first[-1][0] if first else 0
    for batch in _batches(body, stream):
        last = batch[-1][0]
        rows = [(record + [""] * width)[:width] for _number, record in batch]
        columns: list[Any] = [pa.array([number for number, _record in batch], pa.int64())]
        columns += [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
        con.register("mainstay_batch", pa.table(columns, names=["rn", *names]))
        con.execute(f"INSERT INTO {relation} SELECT * FROM mainstay_batch")
        con.unregister("mainstay_batch")
    return Raw(
        name,
        table,
        headings,
        relation,
        ["text"] * width,
        heading_row=first[heading][0],
        sample=[list(record) for _number, record in body],
        records=last,
    )


def _batches(
    first: list[tuple[int, list[str]]], rest: Iterator[tuple[int, list[str]]]
) -> Iterator[list[tuple[int, list[str]]]]:
    batch = list(first)
    while True:
        batch += islice(rest, _BATCH - len(batch))
        if not batch:
            return
        yield batch
        batch = []
