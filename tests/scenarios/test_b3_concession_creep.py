"""B3: of the demo company, who pays later and later and which big customers became a burden."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from typer.testing import CliRunner

import mainstay_engine as me
from mainstay.cli import app
from mainstay_engine.portfolio.burden import burdens
from mainstay_engine.portfolio.creep import creep
from mainstay_engine.synth import demo


def test_the_stretchers_and_the_burdens_are_found_and_few_others(tmp_path: Path) -> None:
    demo().write(tmp_path)
    facts = me.read_facts(
        tmp_path / "lines.csv", tmp_path / "receipts.csv", tmp_path / "customers.csv",
        efforts=tmp_path / "efforts.csv", effort_rates=tmp_path / "effort_rates.csv",
    )  # fmt: skip
    planted: dict[str, set[str]] = defaultdict(set)
    for row in demo().truth.to_pylist():
        planted[row["truth"]].add(row["customer_id"])
    found = creep(facts, as_of="2026-06-30")
    assert found.told == ("price", "discount", "terms", "late", "effort")
    alarms = found.alarms()
    by_measure: dict[str, set[str]] = defaultdict(set)
    for row in alarms:
        by_measure[row["measure"]].add(row["customer_id"])
    assert by_measure["late"] == planted["stretcher"]
    assert planted["burden"] <= by_measure["effort"]
    # The two burdens cost most, before anybody else; of 450 customers 7 more without a story.
    assert {row["customer_id"] for row in alarms[:2]} == planted["burden"]
    others = {row["customer_id"] for row in alarms} - planted["stretcher"] - planted["burden"]
    assert len(others) <= 7
    assert {row["measure"] for row in found.alarms(cost=False)} <= {"price", "discount", "late"}
    named = {each.customer_id for each in burdens(facts, as_of="2026-06-30")}
    assert planted["burden"] <= named


def test_the_command_tells_the_dearest_first(tmp_path: Path) -> None:
    demo().write(tmp_path)
    asked = ["creep", str(tmp_path / "lines.csv")]
    said = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert said["as_of"] == "2026-06-30"
    assert "late" not in said["measures"]  # without receipts
    yearly = [Decimal(row["yearly"]) for row in said["alarms"]]
    assert yearly == sorted(yearly, reverse=True) != []
    told = CliRunner().invoke(app, [*asked, "--lang", "en"]).stdout.splitlines()
    assert told[0] == "customer\twhat crept\tbeyond the others\ta year"
    assert len(told) == 1 + len(yearly)
