"""No preset owns Python: without its file only its own story breaks, and that one does break."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE = REPOSITORY / "src" / "mainstay_engine"
STORIES = REPOSITORY / "tests" / "scenarios"
PRESETS = sorted(path.stem for path in (ENGINE / "presets").glob("*.yaml"))

GRADE_ALL = """
import hashlib, json, sys
import mainstay_engine as me

facts = me.read_facts(
    lines="lines.csv", receipts="receipts.csv", customers="customers.csv", currency="CNY"
)
digests = {}
for scheme in me.schemes():
    rows = me.grade(facts, scheme=scheme).to_arrow().to_pylist()
    digests[scheme.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
print(json.dumps(digests))
"""


def engine_without(preset: str, folder: Path, *, emptied: bool = False) -> dict[str, str]:
    """The environment of a Python that finds an engine in which one preset is gone or empty."""
    shutil.copytree(ENGINE, folder / "mainstay_engine", ignore=shutil.ignore_patterns("*.pyc"))
    path = folder / "mainstay_engine" / "presets" / f"{preset}.yaml"
    path.unlink()
    if emptied:
        path.touch()
    return os.environ | {"PYTHONPATH": str(folder)}


def grade_all(company: Path, environment: dict[str, str]) -> dict[str, str]:
    """Digest of the grades of every preset there is, by preset, from a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", GRADE_ALL],
        cwd=company,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a small company with everything that a preset may ask for."""
    from mainstay_engine.synth import demo

    folder = tmp_path_factory.mktemp("company")
    demo(customers=40, months=24).write(folder)
    return folder


@pytest.fixture(scope="module")
def grades_of_all(company: Path) -> dict[str, str]:
    return grade_all(company, dict(os.environ))


@pytest.mark.parametrize("preset", PRESETS)
def test_without_one_preset_the_others_grade_as_before(
    preset: str, company: Path, grades_of_all: dict[str, str], tmp_path: Path
) -> None:
    left = grade_all(company, engine_without(preset, tmp_path))
    assert left == {name: grade for name, grade in grades_of_all.items() if name != preset}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_story_of_a_preset_fails_when_its_file_is_emptied(
    preset: str, shared_data: Path, tmp_path: Path
) -> None:
    named = re.compile(rf"[\"']{preset}[\"']")
    stories = [path for path in STORIES.glob("test_*.py") if named.search(path.read_text("utf-8"))]
    assert stories, f"no story under {STORIES.name}/ uses «{preset}»"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *map(str, stories)],
        cwd=REPOSITORY,
        env=engine_without(preset, tmp_path, emptied=True),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stdout
    assert "definition is empty" in run.stdout
