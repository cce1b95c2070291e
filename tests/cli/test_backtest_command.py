"""A scheme over the past, as a command."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.engine.test_backtest import SALES


def test_the_command_prints_words_and_json(run: Run, folder: Path) -> None:
    path = folder / "months.csv"
    rows = [
        f"{customer}{month},2024-{month + 1:02}-10,{customer},{net}\n"
        for customer, months in SALES.items() for month, net in enumerate(months) if net
    ]  # fmt: skip
    path.write_text("单据编号,单据日期,客户编码,无税金额\n" + "".join(rows), encoding="utf-8-sig")
    asked = ("backtest", str(path), "--scheme", "abc_70", "--periods", "3", "--months", "1")
    assert "abc_70" in run(*asked, "--lang", "en").stdout
    data = json.loads(run(*asked, "--json").stdout)
    assert (data["scheme"], data["against"], len(data["points"])) == ("abc_70", "abc", 3)
