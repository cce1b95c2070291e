"""``Explanation``: why one customer is in its class, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """Why one customer is in its class under one scheme."""

    label: str
    title: dict[str, str]
    data: dict[str, Any]

    @property
    def class_id(self) -> str:
        return str(self.data["class"])

    def text(self, lang: str = "en") -> str:
        """Readable: the scheme, the class and the reason."""
        lang = "zh" if lang.startswith("zh") else "en"
        title = self.data["class_title"][lang]
        letter = self.class_id if len(self.class_id) == 1 else ""
        name = f"{letter} {title}".strip()
        head = f"{self.title[lang]} · {self.label}"
        if lang == "zh":
            return f"{head}：{name}。{self.data['reason']['zh']}。"
        return f"{head}: {name}. {_capital(self.data['reason']['en'])}."

    def to_dict(self) -> dict[str, Any]:
        """All figures and words, ready for JSON; enough to recompute the class."""
        return dict(self.data)

    def __str__(self) -> str:
        return self.text("en")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
