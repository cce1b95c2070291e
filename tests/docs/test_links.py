"""Every link in the documentation leads somewhere, and every story has its row in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mainstay_engine as me

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {words.replace(" ", "-") for words in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_docs_can_be_reached_from_the_first() -> None:
    seen: set[Path] = set()
    waiting = [REPOSITORY / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for link in LINK.findall(page.read_text("utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file() and target not in seen:
                waiting.append(target)
    assert set(PAGES) - seen == set()


def test_readme_links_a_story_in_every_mission_row() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([A-I]\d+) \|(.*)$", readme, re.MULTILINE))
    without = [
        row
        for row, text in rows.items()
        if not any(f"/test_{row.lower()}_" in link for link in LINK.findall(text))
    ]
    assert {scheme.row for scheme in me.list_schemes()} <= rows.keys()
    assert without == []


def test_readme_links_every_story() -> None:
    linked = set(LINK.findall((REPOSITORY / "README.md").read_text("utf-8")))
    stories = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "tests" / "scenarios").glob("test_[a-i][0-9]*_*.py")
    }
    assert stories - linked == set()
