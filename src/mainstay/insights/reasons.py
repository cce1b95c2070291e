"""Why customers are in their classes: words, made of the numbers that a grading kept.

Grades made before numbers were kept have their words stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mainstay.insights.models import Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes import in_use
from mainstay.kernel.errors import Words

if TYPE_CHECKING:
    from mainstay_engine.schemes import Kept, Reasons, Scheme


def reasons(
    run: RunInfo, codes: Sequence[str], kept: Sequence[Any], stored: Sequence[Any]
) -> list[Words]:
    """Of customers of one run, in their order: from the numbers ``kept``, else what was
    ``stored``.
    """
    made = _of(run, codes, kept)
    if made is None:
        return list(stored)
    return [_worded(one) for one in made.all()]


def reason(run: RunInfo, code: str, grade: Grade) -> Words:
    """Of one customer."""
    return reasons(run, [code], [grade.kept], [grade.reason])[0]


def explanation(run: RunInfo, code: str, grade: Grade) -> dict[str, Any]:
    """Criteria, cut values and the rule that decided, as the engine gives them."""
    made = _of(run, [code], [grade.kept])
    return grade.explanation if made is None else made.data(0)


def _of(run: RunInfo, codes: Sequence[str], kept: Sequence[Any]) -> Reasons | None:
    """The decision over these customers, as the engine restores it; ``None`` where its numbers
    were not kept.
    """
    if not run.kept or not all(kept):
        return None
    return kept_of(run).restore(codes, kept)


def kept_of(run: RunInfo) -> Kept:
    """What its grades keep, to be restored."""
    from mainstay_engine.schemes import Kept

    return Kept(scheme_of(run), run.kept)


def scheme_of(run: RunInfo) -> Scheme:
    """The scheme of a run as it was then."""
    return in_use.read_definition(run.parameters["scheme"])


def _worded(words: dict[str, str]) -> Words:
    return {"en": words["en"], "zh": words["zh"]}
