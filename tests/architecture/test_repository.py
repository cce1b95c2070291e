"""What may lie in the repository: sources people wrote, of readable size, tied to no machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = ("src", "tests", "docs", "bench", "examples", ".ci")
BUILT = {"__pycache__", "build", "node_modules", ".hypothesis"}
TEXT = {
    ".py", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".js", ".mjs", ".ts", ".css", ".po",
    ".ipynb", ".svg", ".txt", ".cfg", "",
}  # fmt: skip
SOURCE = {".py", ".html", ".js", ".mjs", ".ts", ".css"}
LARGEST_FILE = 1_000_000  # bytes
LONGEST_SOURCE = 500  # lines; past it, look for the seam
LONGEST_LINE = 2_000  # characters; beyond it a file was made by a tool
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home|Users|opt)/\w|(?<!\w)[A-Z]:\\\\?Users")


def files() -> Iterator[Path]:
    """Every file a checkout would hold, without what is built or installed."""
    for root in ROOTS:
        for path in (REPOSITORY / root).rglob("*"):
            parts = set(path.relative_to(REPOSITORY).parts)
            if path.is_file() and not parts & BUILT and path.suffix not in {".pyc", ".mo"}:
                yield path
    for path in REPOSITORY.iterdir():
        if path.is_file() and path.suffix != ".log" and path.name != ".git":  # of a work tree
            yield path


def text_files() -> Iterator[tuple[str, str]]:
    """Name within the repository and content of every text file that people write."""
    for path in files():
        if path.suffix in TEXT and path.name not in {"package-lock.json", "LICENSE"}:
            yield str(path.relative_to(REPOSITORY)), path.read_text(encoding="utf-8")


def test_no_file_is_too_large() -> None:
    large = {str(path): path.stat().st_size for path in files()}
    assert {name: size for name, size in large.items() if size > LARGEST_FILE} == {}


def test_no_file_is_minified() -> None:
    minified = [
        name
        for name, text in text_files()
        if ".min." in name or any(len(line) > LONGEST_LINE for line in text.splitlines())
    ]
    assert minified == []


def test_sources_stay_short_enough_to_read() -> None:
    long = {
        name: lines
        for name, text in text_files()
        if Path(name).suffix in SOURCE
        and "/migrations/" not in name
        and (lines := text.count("\n")) > LONGEST_SOURCE
    }
    assert long == {}


def test_nothing_names_a_folder_of_one_machine() -> None:
    found = {
        f"{name}:{number}": line.strip()
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATHS.search(line) and name != str(Path(__file__).relative_to(REPOSITORY))
    }
    assert found == {}


def test_python_packages_come_from_the_public_index_only() -> None:
    addresses = set(re.findall(r"https?://([^/\"]+)", (REPOSITORY / "uv.lock").read_text("utf-8")))
    assert addresses == {"pypi.org", "files.pythonhosted.org"}


def test_front_end_parts_come_from_the_public_registry_only() -> None:
    lock = json.loads((REPOSITORY / "package-lock.json").read_text("utf-8"))
    resolved = {part["resolved"] for part in lock["packages"].values() if "resolved" in part}
    strange = {
        address for address in resolved if not address.startswith("https://registry.npmjs.org/")
    }
    assert strange == set()


def test_every_test_file_tells_what_it_is_about() -> None:
    silent = [
        name
        for name, text in text_files()
        if name.startswith("tests/")
        and name.endswith(".py")
        and text
        and not text.startswith('"""')
    ]
    assert silent == []
