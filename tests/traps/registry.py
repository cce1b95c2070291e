"""What a trap is, and the register of all: see ``tests.traps.make``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine import messy_files as messy

Files = dict[str, Path]
ROWS = [messy.HEADINGS, *messy.LINES]
AMOUNTS = ["数量", "不含税金额", "税额", "价税合计"]
LINES = "lines"


@dataclass(frozen=True)
class Trap:
    """One trap: its files by table, and what must come of them.

    Either ``faults`` (codes, nothing may be written) or the ledger's totals: net in minor units,
    documents and lines. ``mapping`` is what the user says beside the files.
    """

    name: str
    files: Callable[[Path], Files]
    faults: frozenset[str] = frozenset()
    net: int | None = None
    documents: int | None = None
    lines: int | None = None
    mapping: dict[str, Any] | None = None


TRAPS: dict[str, Trap] = {}
Make = Callable[[Path], Path | Files]


def reads(
    *,
    net: int = messy.NET,
    documents: int = 3,
    lines: int = 4,
    mapping: dict[str, Any] | None = None,
) -> Callable[[Make], Make]:
    """Register the maker of files that must be read, with the totals they must give."""

    def register(make: Make) -> Make:
        name = make.__name__
        TRAPS[name] = Trap(
            name, _files(make), net=net, documents=documents, lines=lines, mapping=mapping
        )
        return make

    return register


def refused(*codes: str, mapping: dict[str, Any] | None = None) -> Callable[[Make], Make]:
    """Register the maker of files that must be refused, with the codes of all their faults."""

    def register(make: Make) -> Make:
        name = make.__name__
        TRAPS[name] = Trap(name, _files(make), frozenset(codes), mapping=mapping)
        return make

    return register


def _files(make: Make) -> Callable[[Path], Files]:
    def files(folder: Path) -> Files:
        made = make(folder)
        return {LINES: made} if isinstance(made, Path) else made

    return files


def changed(
    cells: dict[tuple[int, str], str], rows: Sequence[Sequence[str]] = ROWS
) -> list[list[str]]:
    """The rows with some cells (record counted from 1 below the headings, heading) replaced."""
    done = [list(row) for row in rows]
    for (record, heading), value in cells.items():
        done[record][done[0].index(heading)] = value
    return done
