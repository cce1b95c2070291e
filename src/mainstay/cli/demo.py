"""``mainstay demo``: write the files of a believable company, to look around with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.language import chosen, help_text
from mainstay.kernel.errors import filled


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


OUT = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help=help_text("Folder to write.", "写出到该文件夹。")),
]
CUSTOMERS = Annotated[
    int, typer.Option("--customers", min=40, help=help_text("How many customers.", "客户数。"))
]
SEED = Annotated[
    int | None,
    typer.Option("--seed", min=0, help=help_text("Another company.", "换一家公司（随机种子）。")),
]
FORM = Annotated[Form, typer.Option("--form", help=help_text("Kind of file.", "文件类型。"))]

_T = {
    "en": "{name}: {customers:,} {customers:customer|customers}, {lines:,} sales "
    "{lines:line|lines}, {receipts:,} {receipts:receipt|receipts}.\n"
    "Files: {files}\nGrade them: mainstay grade {first}",
    "zh": "{name}：{customers:,} 个客户，{lines:,} 行销售明细，{receipts:,} 笔收款。\n"
    "文件：{files}\n分级：mainstay grade {first}",
}


def demo(
    out: OUT,
    customers: CUSTOMERS = 450,
    seed: SEED = None,
    form: FORM = Form.CSV,
    lang: options.LANG = None,
) -> None:
    """Write the demo company's files."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay_engine.synth import demo as make_up

        company = make_up(seed=seed, customers=customers)
        paths = company.write(out, form.value)
        typer.echo(filled(
            _T[speech],
            name=company.name[speech],
            customers=company.customers.num_rows,
            lines=company.lines.num_rows,
            receipts=company.receipts.num_rows,
            files=", ".join(str(path) for path in paths.values()),
            first=paths["lines"],
        ))  # fmt: skip
