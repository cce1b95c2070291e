"""No preset owns Python: without its file only its own story breaks, and that one does break."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.schemes import catalogue, schemes
from mainstay_engine.synth import demo

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE = REPOSITORY / "src" / "mainstay_engine"
STORIES = REPOSITORY / "tests" / "scenarios"
PRESETS = sorted(path.stem for path in (ENGINE / "presets").glob("*.yaml"))


def builds_on(scheme: me.Scheme, preset: str) -> bool:
    """Whether a scheme reads another's classes."""
    return any(each.scheme == preset for each in scheme.classed)


def grade_all(
    facts: me.Facts, but: Collection[str] = ()
) -> dict[str, list[dict[str, object]]]:  # fmt: skip
    """The grades of every preset there is; why none, where its facts are judgements."""
    found: dict[str, list[dict[str, object]]] = {}
    for scheme in schemes():
        if scheme.name in but:
            continue
        try:
            found[scheme.name] = me.grade(facts, scheme=scheme.name).to_arrow().to_pylist()
        except me.NoData as error:
            found[scheme.name] = [{"none": error.text("en")}]
    return found


@pytest.fixture(scope="module")
def company() -> me.Facts:
    """A small company with everything that a preset may ask for."""
    made = demo(customers=40)
    return me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")


@pytest.fixture(scope="module")
def grades_of_all(company: me.Facts) -> dict[str, list[dict[str, object]]]:
    return grade_all(company)


@pytest.mark.parametrize("preset", PRESETS)
def test_without_one_preset_the_others_grade_as_before(
    preset: str,
    company: me.Facts,
    grades_of_all: dict[str, list[dict[str, object]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(ENGINE / "presets", tmp_path, dirs_exist_ok=True)
    (tmp_path / f"{preset}.yaml").unlink()
    monkeypatch.setattr(catalogue, "PRESETS", tmp_path)
    lost = {preset, *(scheme.name for scheme in schemes() if builds_on(scheme, preset))}
    found = grade_all(company, but=lost)
    assert found == {name: grades for name, grades in grades_of_all.items() if name not in lost}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_story_of_a_preset_fails_when_its_file_is_emptied(
    preset: str, shared_data: Path, tmp_path: Path
) -> None:
    named = re.compile(rf"[\"']{preset}[\"']")
    stories = [path for path in STORIES.glob("test_*.py") if named.search(path.read_text("utf-8"))]
    assert stories, f"no story under {STORIES.name}/ uses «{preset}»"
    shutil.copytree(ENGINE, tmp_path / ENGINE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ENGINE.name / "presets" / f"{preset}.yaml").write_text("")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *map(str, stories)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stdout
    assert "definition is empty" in run.stdout
