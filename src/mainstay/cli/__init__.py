"""The command line. Each command is a file; heavy parts load only inside the command that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from mainstay.cli.account import account
from mainstay.cli.audit import audit
from mainstay.cli.backtest import backtest
from mainstay.cli.backup import backup, restore
from mainstay.cli.bridge import bridge
from mainstay.cli.catalogues import metrics, schemes
from mainstay.cli.creep import creep
from mainstay.cli.demo import demo
from mainstay.cli.explain import explain
from mainstay.cli.grade import grade
from mainstay.cli.imports import import_files
from mainstay.cli.language import help_text
from mainstay.cli.ledger import ledger
from mainstay.cli.light import LightTyper
from mainstay.cli.lost import lost
from mainstay.cli.path import path
from mainstay.cli.serve import serve, worker
from mainstay.cli.terms import terms
from mainstay.cli.watch import watch
from mainstay.cli.white_space import white_space

app = LightTyper(
    name="mainstay",
    help=help_text(
        "Mainstay: a living grade for every customer, from a spreadsheet.",
        "柱石 Mainstay：从一张表格，到每个客户的等级。",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from mainstay_engine import __version__

        typer.echo(f"mainstay {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help=help_text("Show the version.", "显示版本。"),
        ),
    ] = False,
) -> None:
    """Options before the command."""


def _add(command: Callable[..., None], en: str, zh: str, name: str | None = None) -> None:
    app.command(name, help=help_text(en, zh))(command)


_add(grade, "Grade every customer of a sales file.", "为销售明细中的每个客户分级。")
_add(explain, "Say why a customer is in its class.", "说明某个客户为何属于该等级。")
_add(
    path,
    "Say what would lift a customer to a better class.",
    "说明怎样才能让某个客户升到更高等级。",
)
_add(
    backtest,
    "Replay a scheme over the past and follow everybody after it.",
    "在历史上重放分级方案，并跟踪其后的结果。",
)
_add(
    bridge,
    "Say why sales changed from one period to another.",
    "说明两个期间的销售额为何变化。",
)
_add(
    white_space,
    "Say what customers could buy next, by what those who buy the same buy.",
    "按购买相同产品的客户，说明各客户还可能购买什么。",
)
_add(
    creep,
    "Say who was given more and more while the others were not.",
    "找出让步不断增加而其他客户并未如此的客户。",
)
_add(
    lost,
    "Say who is silent for longer than their own rhythm allows.",
    "找出沉默时间超出自身节奏的客户。",
)
_add(metrics, "List the metrics.", "列出全部指标。")
_add(schemes, "List the schemes that come with Mainstay.", "列出自带的分级方案。")
_add(terms, "Show when invoices fall due by terms of payment.", "按账期列出发票到期日。")
_add(demo, "Write the demo company's files.", "写出演示公司的文件。")
_add(
    import_files, "Bring files into the books, or take an import back.",
    "把文件导入账簿，或撤销一次导入。", "import",
)  # fmt: skip
_add(watch, "Import files as they are put into a folder.", "监视文件夹，自动导入放入的文件。")
app.add_typer(ledger, name="ledger", help=help_text("Prove that the books tie.", "核对账簿。"))
app.add_typer(account, name="account", help=help_text("Let people in again.", "恢复登录。"))
app.add_typer(audit, name="audit", help=help_text("Prove the audit trail.", "核验审计记录。"))
_add(backup, "Write everything into one file.", "把全部数据备份到一个文件。")
_add(restore, "Bring a backup back.", "从备份恢复。")
_add(serve, "Start the application.", "启动应用。")
_add(worker, "Do the application's jobs in one more process.", "另启一个进程处理任务。")
