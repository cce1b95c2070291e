"""``mainstay watch``: a folder whose files are imported as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import FAILED, explained
from mainstay.cli.imports import SOURCE
from mainstay.cli.language import chosen, help_text

FOLDER = Annotated[
    Path,
    typer.Argument(
        help=help_text("The folder to watch.", "要监视的文件夹。"),
        exists=True,
        file_okay=False,
        writable=True,
        metavar="FOLDER",
        show_default=False,
    ),
]
ONCE = Annotated[
    bool,
    typer.Option(
        "--once",
        help=help_text("Import what lies there now, then end.", "只导入现有文件，随后结束。"),
    ),
]
SKIP_BAD = Annotated[
    bool,
    typer.Option(
        "--skip-bad",
        help=help_text(
            "Import without faulty rows; they lie beside the report.",
            "跳过有误的行继续导入，这些行与报告放在一起。",
        ),
    ),
]
_T = {
    "watching": {
        "en": "Watching {folder}. Ctrl-C ends it.", "zh": "正在监视 {folder}，按 Ctrl-C 结束。"
    },
    "ended": {"en": "No longer watching.", "zh": "已停止监视。"},
}  # fmt: skip


def watch(
    folder: FOLDER,
    source: SOURCE = "",
    skip_bad: SKIP_BAD = False,
    once: ONCE = False,
    lang: options.LANG = None,
) -> None:
    """Import files that are put into a folder."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        user = administrator(speech)
        from mainstay.exchange.watch import Watch
        from mainstay.exchange.watch import watch as look_after

        watched = Watch(folder, user, source, skip_bad, lambda text: typer.echo(text[speech]))
        if not once:
            typer.echo(_T["watching"][speech].format(folder=folder))
        try:
            failed = look_after(watched, once=once)
        except KeyboardInterrupt:
            typer.echo(_T["ended"][speech])
            return
        if failed:
            raise typer.Exit(FAILED)
