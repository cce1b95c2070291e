"""``mainstay audit``: prove the audit trail, seal it without a worker, begin the head file anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import FAILED, complain, explained
from mainstay.cli.language import Lang, chosen, help_text
from mainstay.cli.tables import print_json

if TYPE_CHECKING:
    from mainstay.foundation.trail.verifying import TrailReport

AS_JSON = Annotated[
    bool, typer.Option("--json", help=help_text("Print as JSON.", "以 JSON 输出。"))
]
REASON = Annotated[
    str,
    typer.Option(
        "--reason",
        help=help_text(
            "Why; it stays in the trail and in the file.", "原因；将保留在审计记录和文件中。"
        ),
    ),
]
_T = {
    "entries": {"en": "Entries: {entries:,}", "zh": "审计记录：{entries:,}"},
    "sealed": {
        "en": "Sealed: {sealed:,}; not yet: {unsealed:,}",
        "zh": "已封存：{sealed:,}；未封存：{unsealed:,}",
    },
    "end": {
        "en": "Newest seal: {sequence} of {sealed_at}\n  {hash}",
        "zh": "最新封印：{sequence}，{sealed_at}\n  {hash}",
    },
    "begun": {"en": "The head file began afresh: {begun}", "zh": "链首文件重新开始：{begun}"},
    "whole": {"en": "The trail is whole.", "zh": "审计记录完整。"},
    "did": {"en": "Sealed: {count:,}", "zh": "已封存：{count:,}"},
    "anew": {"en": "The head file begins afresh.", "zh": "链首文件已重新开始。"},
}

audit = typer.Typer(no_args_is_help=True)


@audit.callback()
def about() -> None:
    """The audit trail."""


@audit.command(
    help=help_text(
        "Find every entry that was altered, deleted, inserted or cut off.",
        "找出被改动、删除、插入或截断的每一条记录。",
    )
)
def verify(as_json: AS_JSON = False, lang: options.LANG = None) -> None:
    """Prove the whole trail; exit code 1 where anything was tampered with."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        administrator(speech)
        from mainstay.foundation.trail import verifying

        report = verifying.verify()
    if as_json:
        print_json(report.to_dict())
    else:
        _tell(report, speech)
    if report.faults:
        raise typer.Exit(FAILED)


@audit.command(
    help=help_text(
        "Seal what is not sealed yet; a running app does it each minute.",
        "封存尚未封存的记录；应用运行时每分钟自动进行。",
    )
)
def seal(lang: options.LANG = None) -> None:
    """Seal every entry that waits."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        administrator(speech)
        from mainstay.foundation.trail import sealing

        typer.echo(_T["did"][speech].format(count=sealing.seal(thorough=True)))


@audit.command(
    help=help_text(
        "Begin the head file afresh where it was lost.", "链首文件丢失后，从现状重新开始。"
    )
)
def anchor(reason: REASON, lang: options.LANG = None) -> None:
    """Hold the head file to the chain as it stands from now on."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        user = administrator(speech)
        from mainstay.foundation.trail import sealing

        sealing.anchor_anew(user, reason)
        typer.echo(_T["anew"][speech])


def _tell(report: TrailReport, lang: Lang) -> None:
    told = report.to_dict()
    for key in ("entries", "sealed"):
        typer.echo(_T[key][lang].format(**told))
    if report.sequence:
        typer.echo(_T["end"][lang].format(**told))
    if report.begun:
        typer.echo(_T["begun"][lang].format(**told))
    for fault in told["faults"]:
        complain(str(fault[lang]))
    if not report.faults:
        typer.echo(_T["whole"][lang])
