"""The program as the shell starts it: exit codes, streams, start-up, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FAULTY, SALES

PROGRAM = [sys.executable, "-c", "from mainstay.cli import app; app()"]


def start(*arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1"} | settings
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )


def test_exit_codes_and_streams(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    (tmp_path / "faulty.csv").write_text(FAULTY, encoding="utf-8")
    done = start("grade", "sales.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ABC" in done.stdout
    faulty = start("grade", "faulty.csv", cwd=tmp_path)
    assert (faulty.returncode, faulty.stdout) == (2, "")
    assert "Traceback" not in faulty.stderr


def test_same_input_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    for form in ("csv", "xlsx", "parquet"):
        for name in ("one", "two"):
            start("grade", "sales.csv", "--out", f"{name}.{form}", cwd=tmp_path)
        assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"two.{form}").read_bytes()


def test_grading_loads_neither_django_nor_pandas(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    script = (
        "import sys, atexit; from mainstay.cli import app\n"
        "heavy = lambda: print(sorted({'django', 'pandas', 'polars'} & set(sys.modules)))\n"
        "atexit.register(heavy); app(['grade', 'sales.csv'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_only_an_account_that_is_there_is_recovered(tmp_path: Path) -> None:
    done = start("account", "recover", "nobody", cwd=tmp_path, MAINSTAY_HOME=str(tmp_path / "home"))
    assert done.returncode == 2
    assert "There is no such person" in done.stderr
    silent = start("account", "provider", cwd=tmp_path, MAINSTAY_HOME=str(tmp_path / "home"))
    assert (silent.returncode, silent.stdout) == (2, "")
    assert "MAINSTAY_OIDC_ISSUER" in silent.stderr


def test_help_is_in_the_language_of_the_locale(tmp_path: Path) -> None:
    assert (
        "为销售明细中的每个客户分级" in start("--help", cwd=tmp_path, LC_ALL="zh_CN.UTF-8").stdout
    )
    assert "Grade every customer" in start("--help", cwd=tmp_path).stdout


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "from mainstay.cli import app; app()" metrics --json | head -1',
         sys.executable], cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "["
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interruption_is_clean(tmp_path: Path) -> None:
    """Ctrl-C while the grades are being written: one line, exit 130, no file, no leavings."""
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    script = (
        "import os, signal\n"
        "import mainstay_engine.schemes.result as result\n"
        "def write(self, path):\n"
        "    open(path, 'w').write('half')\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "result.Result.write = write\n"
        "from mainstay.cli import app; app(['grade', 'sales.csv', '--out', 'grades.csv'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr.splitlines()[-1] == "Stopped. Nothing was written."
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"sales.csv"}
