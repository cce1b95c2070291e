"""``mainstay grade``: files in, a class and a reason for every customer out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mainstay.cli import files, options
from mainstay.cli.errors import complain, explained
from mainstay.cli.facts import read
from mainstay.cli.language import chosen, help_text

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
    "wrote": {"en": "Customers written to {path}: {n}.", "zh": "已将 {n} 个客户写入 {path}。"},
    "rejects": {
        "en": "Rows left out, with their faults, to correct and read again: {path}",
        "zh": "被跳过的行及其错误，供更正后重新读取：{path}",
    },
    "no rejects": {
        "en": "No row was left out; {path} was not written.",
        "zh": "没有跳过任何行，未写出 {path}。",
    },
}


def grade(
    lines: options.LINES,
    receipts: options.RECEIPTS = None,
    customers: options.CUSTOMERS = None,
    rates: options.RATES = None,
    currency: options.CURRENCY = None,
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
        _check(scheme, out, skip_bad, (lines, receipts, customers, mapping, rates))
        facts = read(
            lines, receipts, customers, mapping, rates=rates, currency=currency,
            skip_bad=skip_bad is not None, lang=speech,
        )  # fmt: skip
        from mainstay_engine.schemes import grade as grade_facts

        result = grade_facts(facts, scheme, as_of=as_of, window=window, known_as_of=known_as_of)
        summary = result.summary(speech)
        rejects = _write(result, facts, out, skip_bad)
        typer.echo(summary, nl=False)
        if as_of is None:
            typer.echo(_T["as_of"][speech].format(day=result.as_of.isoformat()))
        if out is not None:
            typer.echo(_T["wrote"][speech].format(n=f"{len(result):,}", path=out))
        if skip_bad is not None:
            paths = ", ".join(str(skip_bad.with_name(name)) for name in rejects)
            key = "rejects" if rejects else "no rejects"
            complain(_T[key][speech].format(path=paths or skip_bad))


def _check(
    scheme: str, out: Path | None, skip_bad: Path | None, inputs: tuple[Path | None, ...]
) -> None:
    """What can be refused before the files are read."""
    from mainstay_engine.schemes import load_scheme

    load_scheme(scheme)
    if out is not None:
        files.check_target(out, files.RESULT_FORMS, inputs)
    if skip_bad is not None:
        files.check_target(skip_bad, files.REJECT_FORMS, (*inputs, out))


def _write(result: Result, facts: Facts, out: Path | None, skip_bad: Path | None) -> list[str]:
    """Both files or neither: each is complete before the first takes its place.

    Answers the names of the files of rejected rows: one per input that has any.
    """
    from mainstay_engine.reader import write_rejects

    rejects: list[str] = []
    with ExitStack() as stack:
        if skip_bad is not None:
            place = stack.enter_context(files.staged(skip_bad))
            rejects = [path.name for path in write_rejects(facts, place)]
        if out is not None:
            result.write(stack.enter_context(files.staged(out)))
    return rejects
