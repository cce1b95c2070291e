"""Grading everybody by the composite; why everybody is in their class, and the single changes of
everybody, on top of it.
"""

from __future__ import annotations

from typing import Any

import data
from lines_engine import prepare_grade

prepare_graded = prepare_grade


def graded(facts: Any, *_: str) -> dict[str, Any]:
    """Facts to classes."""
    from mainstay_engine.schemes import grade

    return {"customers": len(grade(facts, "composite", as_of=data.AS_OF))}


def prepare_changes(path: str) -> Any:
    """The grading itself is start-up."""
    from mainstay_engine.path import graded_by

    return graded_by(prepare_grade(path), "composite", data.AS_OF)


def changes(made: Any, *_: str) -> dict[str, Any]:
    from mainstay_engine.path import single_changes

    return {"customers": len(single_changes(*made))}


prepare_reasons = prepare_changes


def reasons(made: Any, *_: str) -> dict[str, Any]:
    """In both languages."""
    result, _table = made
    told = {lang: result.reasons(lang) for lang in ("en", "zh")}
    return {"customers": len(told["en"])}
