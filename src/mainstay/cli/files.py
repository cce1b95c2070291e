"""Files written whole or not at all: into a hidden neighbour first, then renamed."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mainstay.cli.language import Lang
from mainstay_engine.errors import EngineError, Fault

RESULT_FORMS = (".csv", ".xlsx", ".parquet")
_REJECT_HEADINGS = {
    Lang.EN: ("file", "sheet", "row", "column", "value", "fault", "remedy"),
    Lang.ZH: ("文件", "工作表", "行", "列", "值", "错误", "处理办法"),
}
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def check_target(path: Path, forms: Sequence[str]) -> None:
    """Refuse a target that cannot be written before anything costly is done."""
    if path.suffix.lower() not in forms:
        listed = ", ".join(forms)
        raise EngineError(
            {"en": f"Cannot write «{path.name}».", "zh": f"无法写出“{path.name}”。"},
            {"en": f"Give a name that ends in {listed}.", "zh": f"文件名请以 {listed} 结尾。"},
        )
    if not path.absolute().parent.is_dir():
        raise EngineError(
            {"en": f"There is no folder «{path.parent}».", "zh": f"没有文件夹“{path.parent}”。"},
            {"en": "Make it first.", "zh": "请先建立该文件夹。"},
        )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path to write to; it takes the place of ``path`` only when all went well."""
    hidden = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield hidden
        os.replace(hidden, path)
    finally:
        hidden.unlink(missing_ok=True)


def write_rejects(faults: Sequence[Fault], path: Path, lang: Lang) -> None:
    """One line per fault: where, the value, what is wrong, what to do (UTF-8 with BOM)."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_REJECT_HEADINGS[lang])
        for fault in faults:
            rows.writerow([
                _harmless(fault.file), _harmless(fault.sheet), fault.row, _harmless(fault.column),
                _harmless(fault.value), fault.message[lang], fault.remedy[lang],
            ])  # fmt: skip


def _harmless(text: str | None) -> str | None:
    """Text that a spreadsheet will not calculate."""
    return "'" + text if text and text.startswith(_RISKY) else text
