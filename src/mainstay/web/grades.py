"""How a class is shown: which of the five steps it takes, and the letter or word on its badge.

A single letter A to E is its own step. Other classes take the five steps from best to worst,
spread evenly over the classes the scheme has; ``n/a`` and what the scheme does not list stand
apart as ``N``.
"""

from __future__ import annotations

from dataclasses import dataclass

from mainstay.insights.records import RunInfo
from mainstay.web.formatting import said

STEPS = "ABCDE"
UNGRADED = "n/a"


@dataclass(frozen=True, slots=True)
class Badge:
    """What the badge component draws."""

    klass: str
    step: str
    text: str
    title: str
    word: bool


class Badges:
    """The badges of one run's classes, looked up by class."""

    def __init__(self, run: RunInfo | None) -> None:
        self.scheme = said(run.scheme_title) if run else ""
        self._classes = {c.klass: said(c.title) for c in run.classes} if run else {}
        self._order = [klass for klass in self._classes if klass != UNGRADED]

    def __call__(self, klass: str | None, title: str = "") -> Badge:
        name = klass or ""
        title = title or self._classes.get(name, "")
        word = len(name) > 1
        text = (title or name) if word else (name or "–")
        return Badge(name, self.step(name), text, title, word)

    def step(self, klass: str) -> str:
        """Step A (best) to E of a class, or N."""
        if klass in STEPS and klass:
            return klass
        if klass not in self._order:
            return "N"
        last = len(self._order) - 1
        return STEPS[round(self._order.index(klass) * 4 / last)] if last else "A"

    def moved(self, klass: str, before: str | None) -> str:
        """``u`` when the class rose since the snapshot before, ``d`` when it fell, else ''."""
        if not before or before == klass or before not in self._order or klass not in self._order:
            return ""
        return "u" if self._order.index(klass) < self._order.index(before) else "d"
