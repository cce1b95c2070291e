"""``mainstay grade``: files in, a class and a reason for every customer out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mainstay.cli import files, options
from mainstay.cli.errors import complain, explained
from mainstay.cli.facts import read
from mainstay.cli.language import Lang, chosen, help_text

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.schemes import Result

OUT = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help=help_text(
            "Write the grades: .csv, .xlsx or .parquet.", "写出分级结果：.csv、.xlsx 或 .parquet。"
        ),
    ),
]

_T = {
    "as_of": {
        "en": "As-of date: {day}, the latest document date (choose another with --as-of).",
        "zh": "截止日：{day}，即最晚的单据日期（可用 --as-of 另行指定）。",
    },
    "wrote": {"en": "{n} customers written to {path}.", "zh": "已将 {n} 个客户写入 {path}。"},
    "rejects": {
        "en": "{rows} rows left out; their {n} faults are in {path}.",
        "zh": "跳过 {rows} 行；{n} 处错误见 {path}。",
    },
}


def grade(
    lines: options.LINES,
    receipts: options.RECEIPTS = None,
    customers: options.CUSTOMERS = None,
    scheme: options.SCHEME = "abc",
    as_of: options.AS_OF = None,
    window: options.WINDOW = None,
    known_as_of: options.KNOWN_AS_OF = None,
    mapping: options.MAPPING = None,
    skip_bad: options.SKIP_BAD = None,
    out: OUT = None,
    lang: options.LANG = None,
) -> None:
    """Grade every customer of a sales file."""
    speech = chosen(lang)
    with explained(speech):
        _check(scheme, out, skip_bad)
        facts = read(
            lines, receipts, customers, mapping, skip_bad=skip_bad is not None, lang=speech
        )
        from mainstay_engine.schemes import grade as grade_facts

        result = grade_facts(facts, scheme, as_of=as_of, window=window, known_as_of=known_as_of)
        summary = result.summary(speech)
        _write(result, facts, out, skip_bad, speech)
        typer.echo(summary, nl=False)
        if as_of is None:
            typer.echo(_T["as_of"][speech].format(day=result.as_of.isoformat()))
        if out is not None:
            typer.echo(_T["wrote"][speech].format(n=f"{len(result):,}", path=out))
        if skip_bad is not None:
            rows = {(fault.file, fault.sheet, fault.row) for fault in facts.rejects}
            complain(_T["rejects"][speech].format(
                rows=f"{len(rows):,}", n=f"{len(facts.rejects):,}", path=skip_bad
            ))  # fmt: skip


def _check(scheme: str, out: Path | None, skip_bad: Path | None) -> None:
    """What can be refused before the files are read."""
    from mainstay_engine.schemes import load_scheme

    load_scheme(scheme)
    if out is not None:
        files.check_target(out, files.RESULT_FORMS)
    if skip_bad is not None:
        files.check_target(skip_bad, (".csv",))


def _write(
    result: Result, facts: Facts, out: Path | None, skip_bad: Path | None, lang: Lang
) -> None:
    """Both files or neither: each is complete before the first takes its place."""
    with ExitStack() as stack:
        if skip_bad is not None:
            files.write_rejects(
                facts.rejects, stack.enter_context(files.written_whole(skip_bad)), lang
            )
        if out is not None:
            result.write(stack.enter_context(files.written_whole(out)))
