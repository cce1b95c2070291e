"""A scheme's definition: read exactly, checked as a whole, refused with every fault named."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

import mainstay_engine as me
from mainstay_engine.schemes import preset_names, scheme_json_schema, schemes
from mainstay_engine.schemes.catalogue import PRESETS
from mainstay_engine.schemes.parts import CumulativeShare


def abc(**changes: Any) -> dict[str, Any]:
    """The ABC preset as plain data, changed."""
    definition: dict[str, Any] = yaml.safe_load((PRESETS / "abc.yaml").read_text("utf-8"))
    return definition | changes


def faults_of(definition: dict[str, Any]) -> list[dict[str, str]]:
    with pytest.raises(me.BadScheme) as caught:
        me.load_scheme(definition)
    faults = caught.value.facts["faults"]
    assert isinstance(faults, list)
    return faults


def test_the_presets_are_those_of_the_mission() -> None:
    assert [(s.name, s.row) for s in schemes()] == [
        ("abc", "A1"), ("abc_70", "A1"), ("abc_capped", "A1"), ("value5", "A2"),
        ("composite", "A3"), ("loyalty", "A3"), ("loyalty_type", "A3"), ("abc_guarded", "A4"),
        ("stars", "A5"), ("three_groups", "A6"), ("core_growth", "A7"), ("collection", "A8"),
        ("collection_due", "A8"), ("behaviour", "A9"), ("value_potential", "A9"),
        ("closing_time", "A10"), ("cross_need", "A11"), ("cross_urgency", "A11"),
        ("value_effort", "A12"), ("value_service", "A12"), ("life_value", "A13"),
        ("key_potential", "A14"),
        ("momentum", "A14"), ("order_credit", "A14"), ("life_stage", "A15"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", preset_names())
def test_a_definition_written_out_reads_back_the_same(name: str) -> None:
    scheme = me.load_scheme(name)
    assert me.load_scheme(scheme.definition()) == scheme
    assert me.load_scheme(json.loads(json.dumps(scheme.definition()))) == scheme


def test_figures_are_read_exactly() -> None:
    cuts = me.load_scheme("abc").cuts
    assert isinstance(cuts, CumulativeShare)
    assert [step.up_to for step in cuts.steps] == [Decimal("0.8"), Decimal("0.95")]


def test_every_figure_of_our_own_is_marked() -> None:
    assert [own.at for own in me.load_scheme("collection").own] == [
        "cuts.steps.0.at_least", "cuts.steps.1.at_least", "cuts.steps.2.at_least",
    ]  # fmt: skip
    assert [own.at for own in me.load_scheme("abc_capped").own] == ["caps.0.within"]


def test_all_faults_are_named_at_once_in_both_languages() -> None:
    definition = abc(version="one", row="Z9", colour="red")
    definition["cuts"] = {"by": "cumulative_share", "of": "net_sales", "rest": "C",
                          "steps": [{"class": "A", "up_to": 1.5}]}  # fmt: skip
    faults = faults_of(definition)
    assert {"version", "row", "colour", "cuts.cumulative_share.steps.0.up_to"} <= {
        fault["at"] for fault in faults
    }
    assert {fault["zh"] for fault in faults if fault["at"] == "colour"} == {"没有此项"}


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"unranked": "Z"}, "unranked"),
        ({"own": [{"at": "cuts.steps.7", "why": {"en": "x", "zh": "x"}}]}, "own.0.at"),
        ({"weigh": "margin"}, "weigh"),
        ({"show": ["profitability"]}, "metrics"),
        ({"rules": [{"class": "A", "when": [{"metric": "last_purchase", "op": ">", "value": 1}],
                     "why": {"en": "x", "zh": "x"}}]}, "metrics"),
        ({"cuts": {"by": "points", "steps": [{"class": "A", "at_least": 5},
                                             {"class": "B", "at_least": 1}], "rest": "C"}},
         "criteria"),
        ({"cuts": {"by": "cumulative_share", "of": "margin", "rest": "C",
                   "steps": [{"class": "A", "up_to": 0.8}, {"class": "B", "up_to": 0.9}]},
          "weigh": "net_sales"}, "cuts.of"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused(changes: dict[str, Any], at: str) -> None:
    assert at in {fault["at"] for fault in faults_of(abc(**changes))}


@pytest.mark.parametrize(
    ("cuts", "words"),
    [
        ({"by": "cumulative_share", "of": "net_sales", "rest": "C",
          "steps": [{"class": "A", "up_to": 0.9}, {"class": "B", "up_to": 0.8}]}, "must rise"),
        ({"by": "thresholds", "of": "margin", "rest": "C",
          "steps": [{"class": "A", "at_least": 0.1}, {"class": "B", "at_least": 0.2}]},
         "from the best class"),
        ({"by": "thresholds", "of": "margin", "rest": "C",
          "steps": [{"class": "A", "at_least": 0.2}, {"class": "B", "up_to": 0.1}]},
         "all use at_least"),
        ({"by": "thresholds", "of": "margin", "rest": "C", "steps": [{"class": "A"}]},
         "either at_least or up_to"),
    ],
)  # fmt: skip
def test_steps_that_contradict_each_other_are_refused(cuts: dict[str, Any], words: str) -> None:
    faults = faults_of(abc(cuts=cuts))
    assert any(words in fault["en"] for fault in faults)
    assert all(not fault["zh"].isascii() for fault in faults)


def test_an_empty_or_unreadable_file_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.touch()
    with pytest.raises(me.BadScheme, match="the definition is empty"):
        me.load_scheme(empty)
    empty.write_text("name: [", encoding="utf-8")
    with pytest.raises(me.BadScheme, match="not readable as YAML"):
        me.load_scheme(str(empty))
    empty.write_text("!!python/object/apply:os.getcwd []", encoding="utf-8")
    with pytest.raises(me.BadScheme, match="not readable as YAML"):
        me.load_scheme(empty)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(me.UnknownName, match="Did you mean «behaviour»"):
        me.load_scheme("behavior")
    with pytest.raises(me.UnknownName, match="No scheme file"):
        me.load_scheme("missing.yaml")


def test_the_json_schema_describes_a_scheme() -> None:
    schema = scheme_json_schema()
    assert {"name", "version", "cuts", "classes", "unranked"} <= set(schema["required"])
    assert schema["additionalProperties"] is False
    json.dumps(schema)


def test_a_company_s_own_scheme_needs_no_row_and_no_source() -> None:
    own = {
        key: value
        for key, value in me.load_scheme("abc").definition().items()
        if key not in ("row", "about", "source")
    }
    scheme = me.load_scheme(own)
    assert (scheme.row, scheme.source.en) == ("", "The company's own scheme.")
