"""What stands in ``deploy``: units that systemd takes, and a Dockerfile without a fault."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from mainstay.cli import app

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
HOW_TO = (DEPLOY.parent / "docs" / "how-to" / "run-as-a-service.md").read_text("utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))
HERE = Path(sys.executable).parent


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    """With a program that exists: systemd looks for it."""
    for other in UNITS:
        text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", other.read_text())
        (tmp_path / other.name).write_text(text)
    assert run("systemd-analyze", "verify", "--man=no", tmp_path / unit.name) == ""


def test_every_unit_is_confined_alike() -> None:
    """No drop-in holds it for all: a unit whose drop-in is forgotten would run unconfined."""
    confined = {
        unit.read_text("utf-8").partition("UMask=")[2].partition("[Install]")[0] for unit in UNITS
    }
    assert len(UNITS) > 1 and len(confined) == 1
    assert "ProtectSystem=strict" in confined.pop()


@pytest.mark.skipif(not (HERE / "hadolint").exists(), reason="its linter has no build for this")
def test_the_dockerfile_has_no_fault() -> None:
    assert run(HERE / "hadolint", DEPLOY / "Dockerfile") == ""


@pytest.mark.parametrize("file", [*UNITS, DEPLOY / "Dockerfile"], ids=lambda file: file.name)
def test_the_command_it_starts_is_one(file: Path) -> None:
    line = re.findall(
        r"^(?:ExecStart=\S+/|CMD \[\")(mainstay\b.*)$", file.read_text(), re.MULTILINE
    )[-1]
    name, command, *given = re.findall(r"[\w.-]+", line)
    known = get_command(app).commands[command]  # type: ignore[attr-defined]
    options = {option for parameter in known.params for option in parameter.opts}
    assert name == "mainstay"
    assert {one for one in given if one.startswith("--")} <= options


def sample(title: str) -> tuple[str, dict[str, str]]:
    """A section of the how-to, and the settings of the ``environment`` it shows."""
    section = HOW_TO.partition(f"## {title}")[2].partition("\n## ")[0]
    return section, dict(re.findall(r"^(MAINSTAY_\w+)=(.+)$", section, re.MULTILINE))


def test_each_unit_may_write_where_the_sample_says() -> None:
    section, settings = sample("With systemd")
    folder = Path(settings["MAINSTAY_AUDIT_HEAD"]).parent
    assert f"ReadWritePaths={folder}\n" in section
    for unit in UNITS:
        assert f"systemctl edit {unit.stem}`" in section


def test_the_containers_sample_names_what_is_there_from_inside() -> None:
    section, settings = sample("In a container")
    assert "127.0.0.1" not in settings["MAINSTAY_DATABASE_URL"]
    host = re.search(r"@([^:/]+)", settings["MAINSTAY_DATABASE_URL"])
    assert host
    assert f"--add-host {host[1]}:" in section
    assert f":{Path(settings['MAINSTAY_AUDIT_HEAD']).parent} " in section
