"""The catalogues, the demo files, explanations and the server, as commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mainstay.config import serve as server
from mainstay_engine import __version__
from mainstay_engine.schemes import catalogue
from tests.cli.conftest import Run


def test_version_is_printed(run: Run) -> None:
    assert run("--version").stdout.strip() == f"mainstay {__version__}"


def test_metrics_as_json_have_the_whole_definition(run: Run) -> None:
    found = json.loads(run("metrics", "--json").stdout)
    net = next(metric for metric in found if metric["name"] == "net_sales")
    assert net["title"] == {"en": "Net sales", "zh": "净销售额"}
    assert net["unit"] == "money"
    assert {"formula", "missing", "source", "needs", "requires", "family"} <= set(net)
    assert len(found) > 30


def test_schemes_as_json_can_be_saved_and_used_as_schemes(run: Run, folder: Path) -> None:
    found = json.loads(run("schemes", "--json").stdout)
    assert {"abc", "abc_70", "abc_capped", "value5", "collection", "collection_due",
            "behaviour"} <= {scheme["name"] for scheme in found}  # fmt: skip
    abc = next(scheme for scheme in found if scheme["name"] == "abc")
    (folder / "mine.json").write_text(json.dumps(abc), encoding="utf-8")
    assert run("grade", "sales.csv", "--scheme", "mine.json").exit_code == 0


def test_a_broken_preset_is_named_and_the_others_are_still_listed_and_used(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    presets = shutil.copytree(catalogue.PRESETS, tmp_path / "presets")
    (presets / "value5.yaml").write_text("", encoding="utf-8")
    monkeypatch.setattr(catalogue, "PRESETS", presets)
    listed = run("schemes", "--json")
    assert listed.exit_code == 2
    names = {scheme["name"] for scheme in json.loads(listed.stdout)}
    assert names == {path.stem for path in presets.glob("*.yaml")} - {"value5"}
    assert {"abc", "composite", "behaviour"} <= names
    assert "value5.yaml" in listed.stderr
    assert run("schemes", "abc").exit_code == 0
    assert run("grade", "sales.csv", "--scheme", "abc").exit_code == 0
    refused = run("grade", "sales.csv", "--scheme", "value5")
    assert refused.exit_code == 2
    assert "the definition is empty" in refused.stderr


def test_lists_in_a_pipe_are_tab_separated_in_either_language(run: Run) -> None:
    english = run("metrics").stdout.splitlines()
    assert english[0].split("\t") == ["name", "title", "unit", "formula"]
    assert all(line.count("\t") == 3 for line in english)
    assert any(line.startswith("clv\tCustomer lifetime value\tmoney\t") for line in english)
    chinese = run("schemes", "--lang", "zh").stdout.splitlines()
    assert chinese[0].split("\t")[0] == "名称"


def test_one_by_name_or_the_nearest_names(run: Run) -> None:
    (one,) = json.loads(run("metrics", "margin", "--json").stdout)
    assert one["name"] == "margin"
    missed = run("metrics", "net_sale")
    assert missed.exit_code == 2
    assert "net_sales" in missed.stderr
    assert "abc" in run("schemes", "zzz").stderr, "where none is near, all are named"


def test_explanation_in_words_and_as_json(run: Run) -> None:
    said = run("explain", "sales.csv", "--customer", "K02")
    assert said.exit_code == 0
    assert "rank 2 of 4" in said.stdout
    data = json.loads(run("explain", "sales.csv", "--customer", "K02", "--json").stdout)
    assert (data["class"], data["rank"], data["value"]) == ("A", 2, "150.05")


def test_an_unknown_customer_is_refused_in_words(run: Run) -> None:
    done = run("explain", "sales.csv", "--customer", "K99")
    assert done.exit_code == 2
    assert "No customer «K99»" in done.stderr


def test_demo_files_are_written_and_graded(run: Run, folder: Path) -> None:
    done = run("demo", "--out", "demo", "--customers", "40")
    assert done.exit_code == 0
    assert "40 customers" in done.stdout
    assert {path.name for path in (folder / "demo").iterdir()} == {
        "lines.csv", "receipts.csv", "customers.csv", "efforts.csv", "effort_rates.csv",
        "truth.csv",
    }  # fmt: skip
    graded = run("grade", "demo/lines.csv", "--receipts", "demo/receipts.csv",
                 "--customers", "demo/customers.csv", "--scheme", "collection_due")  # fmt: skip
    assert graded.exit_code == 0


def test_demo_speaks_chinese_and_writes_excel(run: Run, folder: Path) -> None:
    done = run("demo", "--out", "demo", "--customers", "40", "--form", "xlsx", "--lang", "zh")
    assert "东合工业供应有限公司" in done.stdout
    assert (folder / "demo" / "lines.xlsx").exists()


def test_serve_passes_its_options_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(server, "serve", lambda **options: asked.append(options))
    assert run("serve", "--demo", "--port", "8123", "--processes", "2").exit_code == 0
    assert asked == [
        {"demo": True, "port": 8123, "host": "127.0.0.1", "processes": 2, "workers": 1}
    ]


def test_serve_on_a_taken_port_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> None:
        raise server.PortTaken(host=options["host"], port=options["port"])

    monkeypatch.setattr(server, "serve", refuse)
    done = run("serve", "--port", "8123")
    assert done.exit_code == 2
    assert "Port 8123 on 127.0.0.1 is in use" in done.stderr


def test_terms_show_both_readings_and_the_due_dates_of_a_month(run: Run) -> None:
    found = json.loads(run("terms", "月结30天", "--month", "2026-01", "--json").stdout)
    assert [one["terms"] for one in found] == ["EOM+30", "30+EOM"]
    assert found[0]["calendar"] == [{"from": "2026-01-01", "to": "2026-01-31", "due": "2026-03-02"}]
    assert [span["due"] for span in found[1]["calendar"]] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]
    shown = run("terms", "EOM+30", "--month", "2026-01").stdout.splitlines()
    assert shown[0] == "EOM+30" and shown[2] == "2026-01-01\t2026-01-31\t2026-03-02"
    for wrong in (("terms", "面议"), ("terms", "30", "--month", "2026-13")):
        refused = run(*wrong)
        assert refused.exit_code == 2 and refused.stderr
