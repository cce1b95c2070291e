"""The layers hold: the contracts of pyproject.toml are kept, and they would notice a breach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

BREACHES = {
    "mainstay/kernel/money.py": "import mainstay.web.urls",
    "mainstay/ledger/selectors/paging.py": "import mainstay.exchange.services",
    "mainstay/web/urls.py": "import mainstay_engine.metrics",
    "mainstay/cli/serve.py": "import mainstay.ledger.models",
    "mainstay_engine/facts.py": "import django",
    "mainstay_engine/tables.py": "import mainstay_engine.schemes",
}


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts over the packages in ``source``."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
    )


def test_the_contracts_are_kept() -> None:
    run = lint(REPOSITORY / "src")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", BREACHES)
def test_a_breach_is_noticed(path: str, tmp_path: Path) -> None:
    shutil.copytree(
        REPOSITORY / "src", tmp_path / "src", ignore=shutil.ignore_patterns("static", "*.pyc")
    )
    victim = tmp_path / "src" / path
    victim.write_text(f"{victim.read_text('utf-8')}\n{BREACHES[path]}\n", encoding="utf-8")
    run = lint(tmp_path / "src")
    assert run.returncode == 1, run.stdout
    assert f"{path.removesuffix('.py').replace('/', '.')} -> " in run.stdout
