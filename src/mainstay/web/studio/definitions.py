"""Definitions as a whole: the beginning of an own scheme, as text, and what no control shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml
from django.utils.translation import gettext as _

from mainstay.insights.errors import SchemeNotValid

if TYPE_CHECKING:
    from mainstay.insights.selectors.schemes import SchemeLine
    from mainstay_engine.schemes import Scheme

_SHIPPED = ("row", "standard", "source", "own")
"""What says of a preset where its figures come from."""


def begin(line: SchemeLine) -> dict[str, Any]:
    """The definition to work on: of a preset under a name of the company's own."""
    definition = line.scheme.definition()
    if line.preset:
        definition["name"] = f"own_{line.scheme.name}"
        definition = {key: value for key, value in definition.items() if key not in _SHIPPED}
    return definition


def as_text(definition: Mapping[str, Any]) -> str:
    """As YAML."""
    written: str = yaml.safe_dump(dict(definition), allow_unicode=True, sort_keys=False, width=100)
    return written


def from_text(written: str) -> dict[str, Any]:
    """From YAML; nothing where it is no mapping. Raises ``SchemeNotValid``."""
    try:
        found = yaml.safe_load(written)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise SchemeNotValid(fault=said, fault_zh=said) from error
    return found if isinstance(found, dict) else {}


def alike(definition: Mapping[str, Any], other: Scheme) -> bool:
    """Whether the values of the other scheme can stand beside those of the definition."""
    mine = [row.get("metric") for row in definition.get("criteria") or () if isinstance(row, dict)]
    theirs = [criterion.metric for criterion in other.criteria]
    cuts = definition.get("cuts")
    return isinstance(cuts, dict) and cuts.get("by") == other.cuts.by and mine == theirs


def not_shown(definition: Mapping[str, Any]) -> list[str]:
    """What parts there are that only the text shows."""
    names = {
        "classes": _("titles and badges of the classes"), "rules": _("rules before the cuts"),
        "groups": _("groups of criteria"), "segments": _("segments"),
        "classed": _("classes of other schemes"), "measures": _("measures"),
        "show": _("figures shown beside the class"), "weigh": _("what classes are weighed by"),
    }  # fmt: skip
    return [title for key, title in names.items() if definition.get(key)]
