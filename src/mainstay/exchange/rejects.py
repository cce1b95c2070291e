"""The rows left out of an import, given back as one file to be corrected and brought again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay.foundation.scratch import Scratch
from mainstay.insights import bridge

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


def write(path: Path, facts: Facts) -> None:
    """Write the rejected rows with their reasons; no rows, no file.

    The path's ending decides: «.xlsx» is a workbook with a sheet per table that can be brought
    again once corrected; «.csv» (UTF-8 with BOM) has the rows of several files one block under the
    other, each with its own headings. The file comes into place only when complete. Raises
    ``EngineError`` where the rows do not fit or the disk is full.
    """
    path.unlink(missing_ok=True)
    with Scratch("rejects") as scratch:
        parts = bridge.write_rejects(facts, scratch.path / f"rejects{path.suffix}")
        if not parts:
            return
        whole = parts[0]
        if len(parts) > 1:
            blocks = [part.read_text(encoding="utf-8-sig") for part in parts]
            whole.write_text("\r\n".join(blocks), encoding="utf-8-sig", newline="")
        whole.chmod(0o600)
        shutil.move(whole, path)
