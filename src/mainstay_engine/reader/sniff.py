"""What a file really is, by its content: the name's ending is not believed."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mainstay_engine.errors import BadInput
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.raw import MAX_COLUMNS

_SNIFF = 1 << 20
"""Bytes looked at."""
_MAX_UNPACKED = 4 << 30
_MAX_RATIO = 200
"""Unpacked ÷ packed beyond which an archive of more than 64 MiB is taken for a bomb."""
_LONG = 1 << 16
"""Characters of a line that are looked at for its separator."""
_SLACK = 1 << 14
"""Packed bytes read ahead, not yet unpacked."""
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def file_kind(path: Path) -> str:
    """«csv», «csv.gz», «xlsx», «xls», «html» or «parquet»; «gz», a packed workbook, which is to be
    unpacked and asked about again; ``BadInput`` for anything else.
    """
    name = path.name
    if not path.is_file():
        raise BadInput([fault("no_file", file=str(path))])
    try:
        with path.open("rb") as stream:
            head = stream.read(8192)
    except PermissionError as error:
        raise BadInput([fault("broken", file=name, why=str(error.strerror))]) from error
    if not head.strip():
        raise BadInput([fault("empty", file=name)])
    if head[:2] == b"\x1f\x8b":
        start = _refuse_gzip_bomb(path)
        book = start.startswith((*_ZIP, _OLE)) or _is_markup(start[:8192])
        return "gz" if book else "csv.gz"
    if head.startswith(_ZIP):
        return _zip_kind(path)
    if head[:8] == _OLE:
        return _ole_kind(path)
    if head[:4] == b"PAR1":
        return "parquet"
    if _is_markup(head):
        return "html"
    if b"\x00" in head and head[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise BadInput([fault("unknown_format", file=name)])
    if name.lower().endswith(_WORKBOOKS) and not _is_table(head):
        raise BadInput([fault("no_workbook", file=name, starts=_begins(head))])
    return "csv"


def _is_table(head: bytes) -> bool:
    """Whether the bytes are text of which the first lines have several cells."""
    text = _decoded(head)
    if any(sign == "\ufffd" or (sign < " " and sign not in "\t\r\n") for sign in text[:-4]):
        return False
    lines = [line for line in text.splitlines() if line.strip()][:40]
    return any(line.count(sign) for line in lines for sign in ",;\t|")


def _decoded(head: bytes) -> str:
    return codecs.getincrementaldecoder(sniff_encoding(head))("replace").decode(head)


def _begins(head: bytes) -> str:
    """The first readable signs of a file, for people."""
    shown = "".join(sign if sign.isprintable() else "·" for sign in _decoded(head)[:24])
    return f"«{shown}…»"


def _is_markup(head: bytes) -> bool:
    """Whether a file is HTML or XML under the name of a workbook."""
    head = head.lower()
    start = head.lstrip(codecs.BOM_UTF8).lstrip()[:512]
    if start.startswith(b"<") and (b"<html" in head or b"<table" in head):
        return True
    return start.startswith(b"<?xml") and b"office:spreadsheet" in head


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A packed workbook as a file of the same name, there as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="mainstay-packed-") as folder:
        whole = Path(folder) / path.name
        with gzip.open(path) as stream, whole.open("wb") as out:
            shutil.copyfileobj(stream, out)
        yield whole


def _refuse_gzip_bomb(path: Path) -> bytes:
    """The first bytes of what is packed, which is no bomb."""
    size = path.stat().st_size
    try:
        with path.open("rb") as packed, gzip.open(packed) as stream:
            start = stream.read(_SNIFF)
            read = len(start)
            while read >= _SNIFF and read > _MAX_RATIO * (packed.tell() - _SLACK):
                more = len(stream.read(8 * _SNIFF))
                read += more
                if not more:
                    break
                if read > 64 * _SNIFF:
                    raise BadInput([fault("zip_bomb", file=path.name, size=f"> {_human(read)}")])
    except (OSError, EOFError) as error:
        raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
    if size == 0:
        raise BadInput([fault("empty", file=path.name)])
    return start


def _zip_kind(path: Path) -> str:
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise BadInput([fault("cut_workbook", file=name)]) from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, path.stat().st_size)
    if unpacked > _MAX_UNPACKED or (unpacked > 64 << 20 and unpacked > _MAX_RATIO * packed):
        raise BadInput([fault("zip_bomb", file=name, size=_human(unpacked))])
    names = {entry.filename for entry in entries}
    if not any(entry.startswith("xl/") for entry in names):
        raise BadInput([fault("archive", file=name)])
    if any(entry.endswith("vbaProject.bin") for entry in names):
        raise BadInput([fault("macro", file=name)])
    return "xlsx"


def _ole_kind(path: Path) -> str:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise BadInput([fault("password", file=path.name)])
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise BadInput([fault("macro", file=path.name)])
    return "xls"


def _human(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"


def open_bytes(path: Path, kind: str) -> IO[bytes]:
    """The unpacked bytes of a text file, streaming."""
    return gzip.open(path) if kind == "csv.gz" else path.open("rb")  # type: ignore[return-value]


def sniff_encoding(head: bytes) -> str:
    """By byte order mark, else UTF-8 where the bytes are strictly that, else GB18030."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def sniff_text(path: Path, kind: str) -> tuple[str, str, list[list[str]]]:
    """(encoding, delimiter, first records) of a delimited text file."""
    with open_bytes(path, kind) as stream:
        head = stream.read(_SNIFF)
    encoding = sniff_encoding(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    delimiter = sniff_delimiter(text)
    lines = text.splitlines(keepends=True)
    if len(head) >= _SNIFF and len(lines) > 1:
        lines = lines[:-1]
    records: list[list[str]] = []
    csv.field_size_limit(1 << 26)
    reader = csv.reader(io.StringIO("".join(lines[:400]), newline=""), delimiter=delimiter)
    try:
        for record in reader:
            if len(record) > MAX_COLUMNS:
                row = len(records) + 1
                raise BadInput([fault("too_wide", file=path.name, row=row, limit=MAX_COLUMNS)])
            records.append(record)
            if len(records) == 300:
                break
    except csv.Error as error:
        raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
    return encoding, delimiter, records


def sniff_delimiter(text: str) -> str:
    """Comma, tab, semicolon or bar: the one that splits most of the first lines most evenly."""
    lines = [line[:_LONG] for line in text.splitlines()[:60] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in ",\t;|":
        widths = [len(next(csv.reader([line], delimiter=delimiter), [])) for line in lines]
        usual = max(set(widths), key=lambda w: (widths.count(w), w), default=1)
        score = (usual > 1) * (widths.count(usual) / max(1, len(widths))) * min(usual, 8)
        if score > best_score:
            best, best_score = delimiter, score
    return best
