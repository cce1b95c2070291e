"""SECURITY.md says something of each item of OWASP ASVS 5.0, levels 1 and 2, and of each once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "SECURITY.md"
ITEMS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11,
    "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
"""Items of levels 1 and 2 by section; those of level 3 stand after them in the standard."""


def test_each_item_is_met_not_applicable_or_open() -> None:
    text = PAGE.read_text("utf-8").partition("## Read against OWASP ASVS 5.0")[2]
    named: Counter[str] = Counter()
    for section, first, last in re.findall(r"\b(\d+\.\d+)\.(\d+)(?:–(\d+))?", text):
        named.update(f"{section}.{n}" for n in range(int(first), int(last or first) + 1))
    wanted = {f"{section}.{n}" for section, count in ITEMS.items() for n in range(1, count + 1)}
    assert len(wanted) == 253
    assert named == Counter(wanted)
