"""The commands in the tutorials and how-tos do what the page shows.

In a ```console block, a line that begins with «$ » is run in a folder of its own per page; the
lines under it are what it prints. A line «…» stands for any number of lines, «…» within a line for
any text. A block under an HTML comment that says «not run» is left alone; a block under a comment
that says «file: NAME» is written into that file first.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
BLOCK = re.compile(r"(<!-- not run[^>]*-->\n)?^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = sorted(
    page
    for folder in ("tutorials", "how-to")
    for page in (DOCS / folder).glob("*.md")
    if "```console" in page.read_text("utf-8")
)


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a page with the output shown under it."""
    found: list[tuple[str, list[str]]] = []
    for match in BLOCK.finditer(text):
        if match[1]:
            continue
        for line in match[2].splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\"):
                found[-1] = (found[-1][0] + "\n" + line, [])
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(shown).strip()) for command, shown in found]


def pattern(shown: str) -> re.Pattern[str]:
    """What the output must look like."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in shown.splitlines()
    ]
    return re.compile("".join(lines))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MAINSTAY_HOME": str(tmp_path / "home"),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }
    for name in ("DJANGO_SETTINGS_MODULE", "MAINSTAY_DATABASE_URL"):
        environment.pop(name, None)  # the reader's store, not that of the tests
    for command, shown in commands(text):
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, f"$ {command}\n{run.stdout}"
        if shown:
            printed = "\n".join(line.rstrip() for line in run.stdout.strip().splitlines()) + "\n"
            assert pattern(shown).fullmatch(printed), f"$ {command}\nprinted:\n{printed}"
