"""D5: from a file to what each customer could buy, and how good that is."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from mainstay.cli import app

HEAD = "单据编号,单据日期,客户编码,物料编码,数量,不含税金额"


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, ["white-space", *words])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_a_salesperson_finds_what_to_offer_next(tmp_path: Path) -> None:
    rows = [f"S{who},2024-05-01,{who},螺栓,1,100.00" for who in "甲乙丙丁戊"]
    spent = zip("甲乙丙丁", ("10.00", "20.00", "35.00", "400.00"), strict=True)
    rows += [f"T{who},2024-06-01,{who},螺母,1,{net}" for who, net in spent]
    rows.append("U戊,2024-09-01,戊,螺母,1,30.00")
    path = tmp_path / "销售.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8-sig")
    asked = (str(path), "--as-of", "2024-08-31")
    (row,) = json.loads(run(*asked, "--json"))["rows"]
    assert row == {
        "customer_id": "戊", "product": "螺母", "score": 160_000, "because": "螺栓", "like": 4,
        "buyers": 4, "typical": "27.50",
    }  # fmt: skip
    assert "戊\t螺母\t160000\t螺栓\t4\t4\t27.50" in run(*asked, "--product", "螺母", "--lang", "zh")
    assert "螺母" not in run(*asked, "--customer", "甲")
    judged = run(str(path), "--split", "2024-08-31", "--top", "1", "--lang", "en")
    assert "white space\t100.0%\t100.0%\t100.0%" in judged


def test_a_kind_of_suggestion_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "销售.csv"
    path.write_text(f"{HEAD}\nS1,2024-05-01,甲,螺栓,1,100.00\n", encoding="utf-8-sig")
    answer = CliRunner().invoke(app, ["white-space", str(path), "--by", "colour"])
    assert answer.exit_code != 0
    assert "colour" in answer.output
