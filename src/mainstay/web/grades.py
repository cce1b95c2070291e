"""How a class is shown: which of the five steps it takes, and the letter or word on its badge.

The scheme gives each of its classes a step. A class without one (there was no data to judge by)
and what the scheme does not list stand apart as ``N``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mainstay.insights.records import RunInfo
from mainstay.web.formatting import said

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

UNGRADED = "N"


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
        self._steps = {c.klass: c.badge for c in run.classes if c.badge} if run else {}
        self._order = list(self._steps)

    @classmethod
    def of(cls, scheme: Scheme) -> Badges:
        """Of a scheme that was not run."""
        found = cls(None)
        found.scheme = said(scheme.title.model_dump())
        found._classes = {one.id: said(one.title.model_dump()) for one in scheme.classes}
        found._steps = {one.id: one.badge for one in scheme.classes if one.badge}
        found._order = list(found._steps)
        return found

    def __call__(self, klass: str | None, title: str = "") -> Badge:
        name = klass or ""
        title = title or self._classes.get(name, "")
        word = len(name) > 1
        text = (title or name) if word else (name or "–")
        return Badge(name, self.step(name), text, title, word)

    def step(self, klass: str) -> str:
        """Step A (best) to E of a class, or N."""
        return self._steps.get(klass, UNGRADED)

    def apart(self) -> Badge | None:
        """The badge of those who stand apart from a pyramid: the class on the last step, if any."""
        last = next((klass for klass, step in self._steps.items() if step == "E"), None)
        return self(last) if last else None

    def moved(self, klass: str, before: str | None) -> str:
        """``u`` when the class rose since the snapshot before, ``d`` when it fell, else ''."""
        if not before or before == klass or before not in self._order or klass not in self._order:
            return ""
        return "u" if self._order.index(klass) < self._order.index(before) else "d"
