"""Every trap through the engine: the totals of what is read, the code and place of what is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mainstay_engine as me
from mainstay_engine.reader import inspect, sources, textfile, workbook
from tests.engine import messy_files as messy
from tests.traps.make import LINES, ROWS, TRAPS, Trap

PLACED = frozenset(
    ["does_not_tie", "mixed_signs", "error_cell", "uncalculated", "mixed_encodings", "bad_encoding",
     "cut_code", "no_such_day", "not_a_number", "open_quote", "long_line"]
)  # fmt: skip
"""Faults that a row and a value, or a row alone, belong to."""


def read(trap: Trap, place: Path, **options: Any) -> me.Facts:
    files = trap.files(place)
    return me.read_facts(
        files[LINES], files.get("receipts"), mapping=trap.mapping, source_rows=True, **options
    )


@pytest.mark.parametrize("trap", [t for t in TRAPS.values() if not t.faults], ids=lambda t: t.name)
def test_a_file_with_a_trap_is_read_as_it_is_meant(trap: Trap, tmp_path: Path) -> None:
    facts = read(trap, tmp_path)
    lines = facts.lines.to_pyarrow().to_pylist()
    assert sum(line["net"] for line in lines) == trap.net
    assert facts.sources[0].total == trap.net
    assert len({line["doc_no"] for line in lines}) == trap.documents
    assert len(lines) == trap.lines


@pytest.mark.parametrize("trap", [t for t in TRAPS.values() if t.faults], ids=lambda t: t.name)
def test_bad_input_is_refused_with_its_place_and_remedy(trap: Trap, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(me.BadInput) as caught:
        read(trap, tmp_path, folder=folder)
    faults = caught.value.faults
    assert {fault.code for fault in faults} == trap.faults
    for fault in faults:
        assert fault.file
        assert all(fault.message[lang] and fault.remedy[lang] for lang in ("en", "zh"))
        assert fault.row is not None or fault.code not in PLACED
    seen = inspect(trap.files(tmp_path)[LINES], mapping=trap.mapping)
    assert {fault.code for fault in seen.faults} == trap.faults


SPARE = """
import sys
from pathlib import Path
import resource
import mainstay_engine as me
from tests.traps.make import LINES, TRAPS
trap = TRAPS[sys.argv[1]]
path = trap.files(Path(sys.argv[2]))[LINES]
try:
    me.read_facts(me.__file__)
except me.BadInput:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    me.read_facts(path, mapping=trap.mapping)
except me.BadInput as error:
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(error.faults[0].code, (after - before) >> 10)
"""


@pytest.mark.parametrize(
    "name",
    ["ten_million_columns", "ten_million_columns_far_below", "stray_cell_in_the_last_corner",
     "stray_cell_far_below", "html_with_millions_of_columns", "zip_bomb", "gzip_bomb",
     "zip_bomb_that_lies_about_its_size"],
)  # fmt: skip
def test_what_is_without_end_is_refused_in_little_memory_and_time(
    name: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPARE, name, str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    code, mebibytes = done.stdout.split()
    assert code in TRAPS[name].faults, done.stderr
    assert int(mebibytes) < 200


def removing(real: Callable[..., Any], path: Path) -> Callable[..., Any]:
    def then_gone(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        path.unlink(missing_ok=True)
        return found

    return then_gone


@pytest.mark.parametrize(
    ("name", "module", "moment"),
    [
        ("a.csv", sources, "file_kind"),
        ("a.csv", textfile, "sniff_text"),
        ("a.csv", textfile, "_plain_lines"),
        ("a.xlsx", sources, "file_kind"),
        ("a.xlsx", workbook, "measure"),
        ("a.xlsx", workbook, "_calamine_sheets"),
        ("a.parquet", sources, "file_kind"),
        ("gb.csv", textfile, "_wrong_lines"),
    ],
)
def test_a_file_removed_while_it_is_read_is_said_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: Any, moment: str
) -> None:
    path = tmp_path / name
    if path.suffix == ".xlsx":
        messy.write_xlsx(path, {"明细": ROWS})
    elif path.suffix == ".parquet":
        facts = me.read_facts(messy.write_csv(tmp_path / "plain.csv", ROWS))
        facts.lines.to_parquet(path)
    else:
        messy.write_csv(path, ROWS, encoding="gb18030" if name == "gb.csv" else "utf-8")
    monkeypatch.setattr(module, moment, removing(getattr(module, moment), path))
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path, source_rows=True)
    assert [(fault.code, fault.file) for fault in caught.value.faults] == [("gone", name)]


FULL = """
import resource, sys
from pathlib import Path
import mainstay_engine as me
path, folder = map(Path, sys.argv[1:])
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, most))
try:
    me.read_facts(path, source_rows=True, folder=folder)
except me.BadInput as error:
    print(*(fault.code for fault in error.faults))
"""


def test_a_full_disk_is_said_to_be_full_and_the_folder_can_be_removed(tmp_path: Path) -> None:
    rows = [messy.HEADINGS]
    rows += [[f"X{i}", "2024-01-05", f"K{i * 7919}", f"{i * 104729}", *messy.LINES[0][4:]]
             for i in range(150_000)]  # fmt: skip
    path = messy.write_csv(tmp_path / "many.csv", rows)
    folder = tmp_path / "work"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(folder)], capture_output=True, text=True
    )
    assert done.stdout.split() == ["disk_full"], done.stderr
