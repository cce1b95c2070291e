"""Reading the input files of a command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay.cli.language import Lang
from mainstay_engine.errors import BadInput, Fault

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


def read(
    lines: Path,
    receipts: Path | None,
    customers: Path | None,
    mapping: Path | None,
    *,
    rates: Path | None = None,
    currency: str | None = None,
    skip_bad: bool,
    lang: Lang,
) -> Facts:
    """The facts of the files named. ``BadInput`` holds every fault, missing files included."""
    given = (lines, receipts, customers, mapping, rates)
    missing = [_no_file(path) for path in given if path is not None and not path.is_file()]
    if missing:
        raise BadInput(missing)
    from mainstay_engine.reader import read_facts

    with _busy({"en": "Reading…", "zh": "正在读取…"}[lang]):
        return read_facts(
            lines, receipts=receipts, customers=customers, rates=rates, mapping=mapping,
            currency=currency, skip_bad=skip_bad,
        )  # fmt: skip


def day_of(facts: Facts, as_of: str | None, known_as_of: str | None) -> date:
    """The day asked for, else that of the latest document known. ``UnknownName`` for no date."""
    from mainstay_engine.metrics import latest_document_date
    from mainstay_engine.schemes.grading import as_day

    return as_day(as_of) or latest_document_date(facts, known_as_of=as_day(known_as_of))


def _no_file(path: Path) -> Fault:
    return Fault(
        "no_file",
        {"en": "There is no such file.", "zh": "没有这个文件。"},
        {"en": "Check the path.", "zh": "请检查路径。"},
        file=str(path),
    )


@contextmanager
def _busy(text: str) -> Iterator[None]:
    """A sign of life on a terminal; nothing where output is piped."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
