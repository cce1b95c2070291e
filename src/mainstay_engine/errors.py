"""Errors of the engine: each says what happened, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place in the input.

    ``row`` is the 1-based record number in the file, counting every record from its top (so it is
    the row number a spreadsheet shows); ``None`` when the fault concerns the whole file or column.
    ``message`` says what is wrong, ``remedy`` what to do; both are dicts keyed ``en`` and ``zh``.
    """

    code: str
    message: dict[str, str]
    remedy: dict[str, str]
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def text(self, lang: str = "en") -> str:
        """One line for people: where, what, what to do."""
        where = [self.file, self.sheet, f"row {self.row}" if self.row else None, self.column]
        if lang == "zh":
            where[2] = f"第 {self.row} 行" if self.row else None
        place = " › ".join(part for part in where if part)
        value = f" «{self.value}»" if self.value is not None else ""
        return f"{place}:{value} {self.message[lang]} {self.remedy[lang]}".lstrip(": ")

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


class EngineError(Exception):
    """Base of every error the engine raises on purpose.

    ``code`` is stable and machine-readable; ``message`` and ``remedy`` are keyed ``en``, ``zh``.
    """

    code = "engine_error"

    def __init__(
        self, message: dict[str, str], remedy: dict[str, str] | None = None, **facts: object
    ) -> None:
        self.message = message
        self.remedy = remedy or {"en": "", "zh": ""}
        self.facts = facts
        super().__init__(self.text("en"))

    def text(self, lang: str = "en") -> str:
        return f"{self.message[lang]} {self.remedy[lang]}".strip()


class BadInput(EngineError):
    """The input has faults. ``faults`` holds all of them, never only the first."""

    code = "bad_input"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        n = len(self.faults)
        super().__init__(
            {"en": f"{n} fault{'s' if n != 1 else ''} in the input.",
             "zh": f"输入中有 {n} 处错误。"},
            {"en": self.faults[0].text("en") if faults else "",
             "zh": self.faults[0].text("zh") if faults else ""},
        )  # fmt: skip


class NoData(EngineError):
    """A metric or scheme needs facts that the input does not hold; nobody is graded."""

    code = "no_data"


class NoFit(NoData):
    """The facts are there, but too few or too alike for a model to be fitted to them."""

    code = "no_fit"


class MixedCurrencies(EngineError):
    """Amounts in several currencies cannot be added without rates."""

    code = "mixed_currencies"


class UnknownName(EngineError):
    """No metric, scheme, class or customer of that name."""

    code = "unknown_name"


class BadScheme(EngineError):
    """A scheme's definition does not hold together."""

    code = "bad_scheme"
