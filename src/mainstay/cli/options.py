"""Options that several commands share, with their help in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mainstay.cli.language import Lang, help_text

LINES = Annotated[
    Path,
    typer.Argument(
        help=help_text(
            "Sales lines: .csv, .tsv, .xlsx, .xls (each also packed as .gz) or .parquet.",
            "销售明细：.csv、.tsv、.xlsx、.xls（均可压缩为 .gz）或 .parquet。",
        ),
        metavar="LINES",
        show_default=False,
    ),
]
RECEIPTS = Annotated[
    Path | None, typer.Option("--receipts", help=help_text("Receipts.", "收款明细。"))
]
CUSTOMERS = Annotated[
    Path | None,
    typer.Option(
        "--customers", help=help_text("Customers: names, terms.", "客户资料：名称、账期等。")
    ),
]
SCHEME = Annotated[
    str,
    typer.Option(
        "--scheme",
        help=help_text(
            "A preset (see «mainstay schemes») or a .yaml file.",
            "预设方案名（见 mainstay schemes）或 .yaml 文件。",
        ),
    ),
]
AS_OF = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help=help_text(
            "Day the grades are of. Default: the latest document date.",
            "分级截止日。默认：最晚的单据日期。",
        ),
    ),
]
SEEN = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help=help_text(
            "Nothing dated later counts. Default: the latest document date.",
            "之后的单据不计入。默认：最晚的单据日期。",
        ),
    ),
]
WINDOW = Annotated[
    str | None,
    typer.Option(
        "--window",
        help=help_text(
            "12m, 90d, all, or 2024-01-01..2024-12-31. Default: the scheme's, else 12m.",
            "12m、90d、all 或 2024-01-01..2024-12-31。默认：方案所定，否则 12m。",
        ),
    ),
]
KNOWN_AS_OF = Annotated[
    str | None,
    typer.Option(
        "--known-as-of",
        metavar="YYYY-MM-DD",
        help=help_text("Only what was known by this day.", "只看当日已获知的数据。"),
    ),
]
RATES = Annotated[
    Path | None,
    typer.Option(
        "--rates",
        help=help_text(
            "Rates of exchange: currency, date, rate. Needs --currency.",
            "汇率表：币别、生效日期、汇率；须同时指定 --currency。",
        ),
    ),
]
CURRENCY = Annotated[
    str | None,
    typer.Option(
        "--currency",
        metavar="CODE",
        help=help_text(
            "The company's currency, such as CNY. Default: the one of the files.",
            "公司本位币，如 CNY。默认：文件中的唯一币种。",
        ),
    ),
]
MAPPING = Annotated[
    Path | None,
    typer.Option(
        "--map",
        help=help_text(
            "YAML that names columns which cannot be guessed.", "YAML：指明无法识别的列。"
        ),
    ),
]
SKIP_BAD = Annotated[
    Path | None,
    typer.Option(
        "--skip-bad",
        metavar="REJECTS.csv",
        help=help_text(
            "Go on without faulty rows; write them with reason and remedy to this file "
            "(.csv or .xlsx).",
            "跳过有错误的行，并连同原因与处理办法写入该文件（.csv 或 .xlsx）。",
        ),
    ),
]
LANG = Annotated[
    Lang | None,
    typer.Option(
        "--lang", help=help_text("Language. Default: the locale's.", "语言。默认按系统。")
    ),
]
JSON = Annotated[bool, typer.Option("--json", help=help_text("Print JSON.", "以 JSON 输出。"))]
