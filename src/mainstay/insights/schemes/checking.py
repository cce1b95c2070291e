"""A definition that somebody works on: the scheme it makes, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme


def checked(definition: Mapping[str, Any]) -> tuple[Scheme | None, list[dict[str, str]]]:
    """The scheme, or its faults: each with its path (``at``) and words (``en``, ``zh``)."""
    from mainstay_engine import BadScheme, EngineError, load_scheme
    from mainstay_engine.metrics import Window

    try:
        scheme = load_scheme(definition)
    except BadScheme as error:
        found: Any = error.facts["faults"]
        return None, list(found)
    try:
        Window.parse(scheme.window)
    except EngineError as error:
        return None, [{"at": "window", "en": error.message["en"], "zh": error.message["zh"]}]
    return scheme, []
