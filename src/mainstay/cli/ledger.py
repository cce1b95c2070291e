"""``mainstay ledger check``: the proof that the books tie, for people and for scripts."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import FAILED, complain, explained
from mainstay.cli.language import Lang, chosen, help_text

if TYPE_CHECKING:
    from mainstay.ledger.check import CheckReport

AS_JSON = Annotated[
    bool, typer.Option("--json", help=help_text("Print as JSON.", "以 JSON 输出。"))
]


class Dates(StrEnum):
    LATEST = "latest"
    ALL = "all"


DATES = Annotated[
    Dates,
    typer.Option(
        help=help_text(
            "Days on which each customer's balance is settled anew: the latest of the books, or "
            "also the last 24 month ends.",
            "逐客户重新核销余额的日期：仅账簿最后一天，或同时包括最近 24 个月末。",
        ),
    ),
]
_COUNTS = {
    "documents": {"en": "Documents", "zh": "单据"},
    "lines": {"en": "Lines", "zh": "明细行"},
    "unassigned_lines": {"en": "Lines without a customer", "zh": "无客户的明细行"},
    "customers": {"en": "Customers", "zh": "客户"},
    "orders": {"en": "Orders, no sales yet", "zh": "订单（尚非销售）"},
    "deliveries": {"en": "Deliveries, no sales", "zh": "发货单（不是销售）"},
}
_AMOUNTS = {
    "net": {"en": "Net", "zh": "不含税金额"},
    "gross": {"en": "Owed by documents", "zh": "单据应收"},
    "receipts": {"en": "Receipts", "zh": "收款"},
    "open": {"en": "Open", "zh": "未收余额"},
}
_TIES = {"en": "The books tie.", "zh": "账簿平衡。"}

ledger = typer.Typer(no_args_is_help=True)


@ledger.callback()
def about() -> None:
    """The books."""


@ledger.command(help=help_text("Prove that the books tie.", "核对账簿是否平衡。"))
def check(as_json: AS_JSON = False, dates: DATES = Dates.LATEST, lang: options.LANG = None) -> None:
    """Add up the whole store; exit code 1 where anything does not tie."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        administrator(speech)
        from mainstay.insights.jobs import prove_books

        report = prove_books(every_month=dates is Dates.ALL)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        _tell(report, speech)
    if report.faults:
        raise typer.Exit(FAILED)


def _tell(report: CheckReport, lang: Lang) -> None:
    for name, title in _COUNTS.items():
        typer.echo(f"{title[lang]}: {getattr(report, name):,}")
    for of in report.currencies or (report,):
        for name, title in _AMOUNTS.items():
            amount = Decimal(getattr(of, name)).scaleb(-of.exponent)
            typer.echo(f"{title[lang]}: {amount:,.{of.exponent}f} {of.currency}".rstrip())
    for fault in report.faults:
        complain(str(fault.to_dict()[lang]))
    if not report.faults:
        typer.echo(_TIES[lang])
