"""A watched folder: what is put there is imported once it has stopped growing, then put aside.

Imported files go to ``done``, others to ``failed``, each with a report beside it. Sales, receipts,
customers and allocations that are ready together go in together.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mainstay.exchange import local, services
from mainstay.exchange.errors import FileChanged, FileWentAway, NoLongerAllowed
from mainstay.exchange.permissions import IMPORT
from mainstay.exchange.report import Outcome
from mainstay.exchange.standing import demand_still
from mainstay.foundation.models import User
from mainstay.foundation.services import audit
from mainstay.kernel.errors import MainstayError, Words, words

DONE, FAILED = "done", "failed"
SETTLE = 2.0
"""Seconds between two looks; a file that is the same in both has stopped growing."""

Tell = Callable[[Words], None]


@dataclass
class Watch:
    """One folder and how its files are read."""

    folder: Path
    user: User
    source: str = ""
    skip_bad: bool = False
    tell: Tell = lambda text: None
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    """Size and time of change of each file at the last look."""

    def look(self) -> list[Path]:
        """Files that have not changed since the last look, oldest first; told when one is gone."""
        found: dict[Path, tuple[int, int]] = {}
        for path in self.folder.iterdir():
            if path.name.startswith((".", "~$")) or not services.is_readable(path.name):
                continue
            try:
                state = _state(path)
            except FileNotFoundError:
                continue  # it is among those gone, below, if it was there before
            if path.is_file():
                found[path] = state
        for path in self._seen.keys() - found.keys():
            self._told(FileWentAway(name=path.name))
        settled = [path for path, state in found.items() if self._seen.get(path) == state]
        self._seen = found
        return sorted(settled, key=lambda path: (found[path][1], path.name))

    def bring(self, paths: Sequence[Path]) -> int:
        """Import the files, put them aside and say how each ended; how many imports failed."""
        failed = 0
        for group in self._grouped(paths):
            failed += not self._bring(group)
            for path in group:
                self._seen.pop(path, None)
        return failed

    def _grouped(self, paths: Sequence[Path]) -> list[list[Path]]:
        """The oldest file of each table in one import, the second oldest in the next, and so on."""
        groups: list[dict[str, Path]] = []
        alone: list[list[Path]] = []
        for path in paths:
            table = self._table(path)
            if table is None:
                alone.append([path])
                continue
            group = next((each for each in groups if table not in each), None)
            if group is None:
                groups.append(group := {})
            group[table] = path
        return [*(list(group.values()) for group in groups), *alone]

    def _table(self, path: Path) -> str | None:
        """What the file holds; ``None`` where bringing it will say what is wrong."""
        from mainstay_engine import BadInput

        try:
            return next(iter(local.delivery([path], source=self.source).files))
        except (MainstayError, BadInput):
            return None

    def _bring(self, paths: list[Path]) -> bool:
        """The same way as any upload. Whether it is in force."""
        from mainstay_engine import BadInput

        names = ", ".join(path.name for path in paths)
        self.tell(words(f"Importing {names}", f"正在导入 {names}"))
        try:
            self._may_still()
            given = local.delivery(paths, source=self.source)
            upload = local.upload(self.user, given)
        except BadInput as error:
            text = {lang: "\n".join(f.text(lang) for f in error.faults) for lang in ("en", "zh")}
            return self._aside(paths, FAILED, text)
        except MainstayError as error:
            return self._aside(paths, FAILED, {lang: error.text(lang) for lang in ("en", "zh")})
        local.finish(services.apply(
            upload, given.mapping, skip_bad=self.skip_bad, source=given.source, via="folder"
        ))  # fmt: skip
        outcome = Outcome.of(upload)
        text = {lang: "\n".join(outcome.lines(lang)) for lang in ("en", "zh")}
        aside = DONE if outcome.batch else FAILED
        if rejects := services.open_rejects(upload):
            with rejects:
                self._write(paths[0], aside, "-rejects.xlsx", rejects.read())
        return self._aside(paths, aside, text)

    def _may_still(self) -> None:
        """The folder may be watched for weeks. Raises ``NoLongerAllowed``, with an audit entry."""
        try:
            demand_still(self.user.pk, IMPORT)
        except NoLongerAllowed as error:
            audit(
                None, "import.refused", f"user:{self.user.pk}", via="folder", person=error.person,
                rights=error.rights,
            )  # fmt: skip
            raise

    def _aside(self, paths: list[Path], where: str, text: Words) -> bool:
        """Move the files and lay the report, in both languages, beside each.

        One that was written anew meanwhile stays: what it holds now was not read.
        """
        self.tell(text)
        for path in paths:
            report = f"{path.name}\n\n{text['en']}\n\n{text['zh']}\n"
            self._write(path, where, ".txt", report.encode())
            target = self._free(where, path.name)
            try:
                if _state(path) != self._seen.get(path):
                    self._told(FileChanged(name=path.name))
                    continue
                shutil.move(path, target)
            except FileNotFoundError:
                self._told(FileWentAway(name=path.name))
        return where == DONE

    def _write(self, path: Path, where: str, ending: str, content: bytes) -> None:
        target = self._free(where, path.name + ending)
        target.write_bytes(content)
        target.chmod(0o600)

    def _free(self, where: str, name: str) -> Path:
        """A name in the folder that nothing has yet: «sales.csv», «sales (2).csv», …"""
        folder = self.folder / where
        folder.mkdir(mode=0o700, exist_ok=True)
        stem, dot, rest = name.partition(".")
        target, number = folder / name, 1
        while target.exists():
            number += 1
            target = folder / f"{stem} ({number}){dot}{rest}"
        return target

    def _told(self, error: MainstayError) -> None:
        self.tell({lang: error.text(lang) for lang in ("en", "zh")})


def _state(path: Path) -> tuple[int, int]:
    """Size and time of change: the same as long as nobody writes it."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def watch(watched: Watch, *, once: bool = False, settle: float = SETTLE) -> int:
    """Look into the folder until stopped; ``once``: bring what lies there now. Imports that failed.

    ``settle``: seconds between two looks.
    """
    failed = 0
    watched.look()
    while True:
        time.sleep(settle)
        failed += watched.bring(watched.look())
        if once:
            return failed
