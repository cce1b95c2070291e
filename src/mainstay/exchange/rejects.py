"""The rows left out of an import, given back as one file to be corrected and brought again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay.insights import bridge

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


def write(path: Path, facts: Facts) -> None:
    """Write the rejected rows with their reasons as CSV (UTF-8 with BOM); no rows, no file.

    Rows of several files stand one block under the other, each with its own headings.
    """
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        parts = bridge.write_rejects(facts, Path(folder) / "rejects.csv")
        if not parts:
            return
        blocks = [part.read_text(encoding="utf-8-sig") for part in parts]
    path.write_text("\r\n".join(blocks), encoding="utf-8-sig", newline="")
    path.chmod(0o600)
