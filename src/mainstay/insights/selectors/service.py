"""What a customer leaves after service: its waterfall, from the figures of the newest grading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.records import CustomerDetail
from mainstay.kernel.errors import Words

if TYPE_CHECKING:
    from mainstay_engine.portfolio.waterfall import Waterfall


def waterfall(detail: CustomerDetail) -> Waterfall:
    """From sales at list price to what is left; as far as the figures at hand go, which hold no
    cost for whoever may not see it.
    """
    from mainstay_engine.portfolio.waterfall import waterfall as steps

    money = {name: one.value for name, one in detail.metrics.items() if one.unit == "money"}
    return steps({name: value for name, value in money.items() if not isinstance(value, str)})


def titles() -> Mapping[str, Words]:
    """What each metric is called."""
    return {one.name: one.title for one in metric_catalogue()}
