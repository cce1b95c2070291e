"""The file of faults: every row left out, with what is wrong and what to do."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEADINGS = ("file", "sheet", "row", "column", "value", "wrong", "remedy", "问题", "处理")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would take for a formula."""


def write(path: Path, faults: Sequence[Any], names: Mapping[str, str]) -> None:
    """Write the engine's faults as CSV (UTF-8 with BOM); no faults, no file.

    ``names`` gives the owner's name of a stored file.
    """
    if not faults:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADINGS)
        for fault in faults:
            writer.writerow(
                _safe(cell)
                for cell in (
                    names.get(fault.file or "", fault.file), fault.sheet, fault.row, fault.column,
                    fault.value, fault.message["en"], fault.remedy["en"], fault.message["zh"],
                    fault.remedy["zh"],
                )
            )  # fmt: skip
    path.chmod(0o600)


def _safe(cell: object) -> str:
    """As text that no spreadsheet runs."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text
