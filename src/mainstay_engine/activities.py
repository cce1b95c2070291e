"""Activities: what is done for a customer and costs time or money. Data, in ``activities.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

FINANCING = "financing"
"""Of rates only: what a year's money in receivables costs, as a share of it (资金占用)."""
FINANCING_TITLE = {"en": "Financing of receivables", "zh": "应收资金占用"}


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. ``words``: a regular expression of how files call it, in lower case."""

    name: str
    title: dict[str, str]
    words: str


@cache
def activities() -> tuple[Activity, ...]:
    """Every activity, in the order in which a text is tried on them."""
    import yaml

    text = resources.files(__package__).joinpath("activities.yaml").read_text(encoding="utf-8")
    return tuple(Activity(**each) for each in yaml.safe_load(text))


def activity_titles() -> dict[str, dict[str, str]]:
    """Name → title in both languages, financing last."""
    return {one.name: one.title for one in activities()} | {FINANCING: FINANCING_TITLE}
