"""The engine stands alone: it loads without Django, cheaply, and works without the application."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = {"duckdb", "ibis", "numpy", "pandas", "polars", "pyarrow", "pydantic", "sqlglot", "yaml"}

LOADED = "import json, sys; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"

LINES = """InvoiceNo,CustomerID,InvoiceDate,Amount
I-1,ann,2024-01-10,80.00
I-2,bob,2024-02-10,15.00
I-3,cleo,2024-03-10,5.00
"""


def modules_after(code: str, *, cwd: Path) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running ``code``."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"],
        capture_output=True,
        text=True,
        cwd=cwd,
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_engine_loads_no_heavy_part(tmp_path: Path) -> None:
    assert modules_after("import mainstay_engine", cwd=tmp_path).isdisjoint(HEAVY | {"django"})


def test_grading_a_file_loads_neither_django_nor_the_application(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(LINES, encoding="utf-8")
    loaded = modules_after(
        "import mainstay_engine as me\n"
        "result = me.grade(me.read_facts(lines='lines.csv'), scheme='abc', window='all')\n"
        "classes = result.to_arrow().column('class').to_pylist()\n"
        "assert classes == ['A', 'B', 'C'], classes",
        cwd=tmp_path,
    )
    assert loaded.isdisjoint({"django", "mainstay", "polars"})  # pandas: Arrow itself loads it


def test_every_public_name_can_be_had_without_django(tmp_path: Path) -> None:
    loaded = modules_after(
        "import mainstay_engine as me\nassert all(getattr(me, name) for name in me.__all__)",
        cwd=tmp_path,
    )
    assert loaded.isdisjoint({"django", "mainstay"})


def test_a_public_name_means_the_same_whatever_was_loaded_before(tmp_path: Path) -> None:
    """Loading the sub-packages ``metrics`` and ``schemes`` does not hide the functions so named."""
    modules_after(
        "import mainstay_engine as me\n"
        "me.grade, me.compute_metrics\n"
        "assert me.list_metrics()[0].name == 'net_sales' and me.list_schemes()[0].name == 'abc'",
        cwd=tmp_path,
    )
