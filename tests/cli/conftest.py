"""The command line as tests use it: in process, in English, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mainstay.cli import app

Run = Callable[..., Result]

SALES = """单据编号,单据日期,客户编码,客户名称,不含税金额
XS-001,2024-01-05,K01,宁波一号,700.10
XS-002,2024-02-11,K02,=1+1,150.05
XS-003,2024-03-09,K03,三号,99.85
XS-004,2024-03-31,K04,四号,50.00
XS-005,2024-03-31,,,12.34
"""
"""Net 1,000.00 of known customers: shares 70.01, 15.005, 9.985 and 5 per cent."""

FAULTY = """单据编号,单据日期,客户编码,不含税金额
XS-001,2024-01-05,K01,1200.00
XS-002,2024-02-30,K02,800.00
XS-003,2024-03-09,K03,abc
XS-004,2024-04-11,K01,300.00
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    (tmp_path / "faulty.csv").write_text(FAULTY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(argument) for argument in arguments])
