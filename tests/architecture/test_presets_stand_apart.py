"""No preset owns Python: without its file only its own story breaks, and that one does break."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.schemes import catalogue
from mainstay_engine.synth import demo

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE = REPOSITORY / "src" / "mainstay_engine"
STORIES = REPOSITORY / "tests" / "scenarios"
PRESETS = sorted(path.stem for path in (ENGINE / "presets").glob("*.yaml"))


def grades(facts: me.Facts, preset: str) -> list[dict[str, object]]:
    """Everybody's grade by a preset; why none, where its facts are judgements."""
    try:
        return me.grade(facts, scheme=preset).to_arrow().to_pylist()
    except me.NoData as error:
        return [{"none": error.text("en")}]


@pytest.fixture(scope="module")
def company() -> me.Facts:
    """A small company with everything that a preset may ask for."""
    made = demo(customers=40)
    return me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_without_all_the_others_grades_as_before(
    preset: str, company: me.Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = grades(company, preset)
    names = {preset, *(each.scheme for each in me.load_scheme(preset).classed)}
    for name in names:
        shutil.copy(ENGINE / "presets" / f"{name}.yaml", tmp_path)
    monkeypatch.setattr(catalogue, "PRESETS", tmp_path)
    assert {scheme.name for scheme in me.list_schemes()} == names
    assert grades(company, preset) == before


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
