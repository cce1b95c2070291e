"""``mainstay backup`` and ``mainstay restore``: everything in one file, and back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.django import administrator
from mainstay.cli.errors import explained, usage_error
from mainstay.cli.language import Lang, chosen, help_text
from mainstay.kernel.errors import filled

SETTING = "MAINSTAY_BACKUP_PASSPHRASE"
"""Environment variable with the passphrase: an argument would show in the list of processes."""

TARGET = Annotated[
    Path, typer.Argument(metavar="FILE", help=help_text("File to write.", "要写出的文件。"))
]
SOURCE = Annotated[
    Path, typer.Argument(metavar="FILE", help=help_text("The backup.", "备份文件。"))
]
ENCRYPT = Annotated[
    bool,
    typer.Option(
        "--encrypt",
        help=help_text(
            f"Encrypt; asks for a passphrase unless {SETTING} or --passphrase-file gives it.",
            f"加密；若未通过 {SETTING} 或 --passphrase-file 提供口令，则会询问。",
        ),
    ),
]
PASSPHRASE_FILE = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=help_text("File whose first line is the passphrase.", "首行为口令的文件。"),
    ),
]
OVERWRITE = Annotated[
    bool,
    typer.Option("--force", help=help_text("Overwrite the file.", "覆盖已有文件。")),
]
REPLACE = Annotated[
    bool,
    typer.Option(
        "--force", help=help_text("Lose what the store holds now.", "丢弃数据库中的现有数据。")
    ),
]

_T = {
    "made": {
        "en": "Backup made: {path} ({rows:,} {rows:row|rows}, {files} {files:file|files}, {how}).",
        "zh": "备份完成：{path}（{rows:,} 行，{files} 个文件，{how}）。",
    },
    "sealed": {"en": "encrypted", "zh": "已加密"},
    "plain": {"en": "not encrypted", "zh": "未加密"},
    "restored": {
        "en": "Restored as of {made_at}: {rows:,} {rows:row|rows}, {files} {files:file|files}.",
        "zh": "已恢复至 {made_at}：{rows:,} 行，{files} 个文件。",
    },
    "ask": {"en": "Passphrase", "zh": "口令"},
}


def backup(
    file: TARGET,
    encrypt: ENCRYPT = False,
    passphrase_file: PASSPHRASE_FILE = None,
    force: OVERWRITE = False,
    lang: options.LANG = None,
) -> None:
    """Write everything into one file."""
    speech = chosen(lang)
    with explained(speech):
        passphrase = _given(passphrase_file, speech)
        if encrypt and passphrase is None:
            passphrase = _asked(speech, twice=True)
        user = administrator(speech)
        from mainstay.foundation.backup import back_up

        made = back_up(file, actor=user, passphrase=passphrase, force=force)
        how = _T["sealed" if passphrase else "plain"][speech]
        told = {"path": file, "rows": made.rows, "files": made.files, "how": how}
        typer.echo(filled(_T["made"][speech], **told))


def restore(
    file: SOURCE,
    passphrase_file: PASSPHRASE_FILE = None,
    force: REPLACE = False,
    lang: options.LANG = None,
) -> None:
    """Make the store what it was when the backup was made."""
    speech = chosen(lang)
    with explained(speech):
        _open_store()
        from mainstay.foundation import backup as backups

        sealed = backups.is_sealed(file)
        passphrase = _given(passphrase_file, speech) if sealed else None
        if sealed and passphrase is None:
            passphrase = _asked(speech, twice=False)
        done = backups.restore(file, passphrase=passphrase, force=force)
        told = {"made_at": done.made_at[:19], "rows": done.rows, "files": done.files}
        typer.echo(filled(_T["restored"][speech], **told))


def _open_store() -> None:
    """Set Django up and no more: an empty store stays empty."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.settings")
    import django

    django.setup()


def _given(file: Path | None, lang: Lang) -> str | None:
    """The passphrase of the file or the environment; ``None`` where neither gives one."""
    if file is None:
        return os.environ.get(SETTING) or None
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        raise usage_error(
            f"{file}: the first line is empty.", f"{file}：首行为空，没有口令。", lang
        )
    return lines[0]


def _asked(lang: Lang, *, twice: bool) -> str:
    """Ask at the terminal, unseen."""
    if not sys.stdin.isatty():
        raise usage_error(
            f"There is no terminal to ask for the passphrase: set {SETTING}, "
            "or give --passphrase-file.",
            f"没有可输入口令的终端：请设置 {SETTING} 或使用 --passphrase-file。",
            lang,
        )
    answer: str = typer.prompt(
        _T["ask"][lang], hide_input=True, confirmation_prompt=twice, err=True
    )
    return answer
