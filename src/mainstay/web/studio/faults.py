"""What is wrong with a definition, each fault at the path of the control concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mainstay.insights.schemes import checking
from mainstay.web.formatting import said
from mainstay.web.studio import paths

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in the reader's language."""

    at: str
    text: str


def checked(definition: Mapping[str, Any]) -> tuple[Scheme | None, tuple[Fault, ...]]:
    """The scheme, or everything that is wrong with it."""
    scheme, found = checking.checked(definition)
    return scheme, _each(Fault(_place(definition, one["at"]), said(one)) for one in found)


def _each(found: Iterable[Fault]) -> tuple[Fault, ...]:
    """One of each place: what is wrong inside a part says why the part itself is."""
    first: dict[str, Fault] = {}
    for fault in found:
        first.setdefault(fault.at, fault)
    return tuple(
        fault for at, fault in first.items()
        if not at or not any(other.startswith(f"{at}.") for other in first)
    )  # fmt: skip


def _place(definition: Mapping[str, Any], at: str) -> str:
    """The path without the names of kinds that the engine puts between (``scoring.linear``)."""
    kept: list[str] = []
    for part in at.split("."):
        here = paths.at(definition, ".".join(kept)) if kept else definition
        kind = isinstance(here, Mapping) and here.get("by") == part
        if not kind and "[" not in part and part not in ("Relative", "decimal"):
            kept.append(part)
    return ".".join(kept)
