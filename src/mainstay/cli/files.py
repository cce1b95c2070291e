"""Files written whole or not at all: prepared in a hidden folder beside, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mainstay_engine.errors import EngineError

RESULT_FORMS = (".csv", ".xlsx", ".parquet")
REJECT_FORMS = (".csv", ".xlsx")


def check_target(path: Path, forms: Sequence[str], inputs: Iterable[Path | None]) -> None:
    """Refuse a target that cannot or must not be written, before anything costly is done."""
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
    if any(given is not None and given.resolve() == path.resolve() for given in inputs):
        raise EngineError(
            {"en": f"«{path}» is an input.", "zh": f"“{path}”是输入文件。"},
            {"en": "Write to another file.", "zh": "请写到其他文件。"},
        )


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """A place to write ``path`` at; what was written there comes into place only if all went well.

    Further files written beside it come along under their own names.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.absolute().parent))
    try:
        yield folder / path.name
        for written in sorted(folder.iterdir()):
            os.replace(written, path.parent / written.name)
    finally:
        shutil.rmtree(folder)
