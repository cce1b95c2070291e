"""What moving a figure costs and how far it may go: ours in YAML, a scheme's own by ``path:``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me
from mainstay_engine.errors import BadScheme
from mainstay_engine.metrics import metrics
from mainstay_engine.path import paths_of
from mainstay_engine.path.levers import LEVERS
from mainstay_engine.schemes.efforts import movable
from tests.engine.test_path import LEVELS

TABLE = pa.table({
    "customer_id": ["00", "01"], "net_sales": [5, 90], "orders": [1, 9],
    "previous_net_sales": [1, 1],
})  # fmt: skip


def ups(path: dict[str, Any], **more: Any) -> list[tuple[str, Decimal]]:
    scheme = LEVELS | {"path": path}
    graded = me.grade(None, scheme, as_of="2024-12-31", metrics=TABLE)
    return [(each.to_class, each.cost) for each in paths_of(graded, TABLE, "00", **more).up]


def test_every_lever_stands_in_the_file_with_a_metric_s_name() -> None:
    assert set(LEVERS) == set(movable()) <= {metric.name for metric in metrics()}


def test_a_scheme_s_own_cost_counts_and_a_caller_s_before_it() -> None:
    assert ups({"net_sales": {"cost": 3}}) == [("B", Decimal("0.3")), ("A", Decimal("0.75"))]
    own = {"net_sales": Decimal(1)}
    assert ups({"net_sales": {"cost": 3}}, costs=own) == [
        ("B", Decimal("0.1")), ("A", Decimal("0.25")),
    ]  # fmt: skip


def test_nothing_is_moved_beyond_a_scheme_s_bound() -> None:
    assert [to for to, _ in ups({"net_sales": {"bound": 0.1}})] == ["B"]
    assert ups({"net_sales": {"bound": "0.09"}}) == []
    wider = {"net_sales": Decimal(1)}
    assert [to for to, _ in ups({"net_sales": {"bound": 0.09}}, bounds=wider)] == ["B", "A"]


def test_a_scheme_without_them_reads_back_as_it_was() -> None:
    assert "path" not in me.load_scheme("abc").definition()
    stated = me.load_scheme(LEVELS | {"path": {"net_sales": {"cost": 0.05, "bound": 9}}})
    assert me.load_scheme(stated.definition()) == stated


def test_every_fault_is_told_at_once_in_both_languages() -> None:
    wrong = {"tenure": {"cost": 1}, "no_such": {"bound": 1}}
    with pytest.raises(BadScheme) as caught:
        me.load_scheme(LEVELS | {"path": wrong})
    assert [fault["at"] for fault in caught.value.facts["faults"]] == [
        "path.tenure", "path.no_such",
    ]  # fmt: skip
    assert "不是可以改变的指标" in caught.value.text("zh")
    with pytest.raises(BadScheme) as caught:
        me.load_scheme(LEVELS | {"path": {"net_sales": {}, "orders": {"cost": 0}}})
    said = caught.value.text("zh")
    assert "须给出 cost 或 bound" in said
    assert "应大于 0" in said
