"""Errors in words and exit codes, decided in one place; what people cause never shows a traceback.

Exit codes: 0 done · 1 could not be done · 2 the input or the command is at fault · 130 stopped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mainstay.cli.language import Lang
from mainstay.kernel.errors import MainstayError, filled
from mainstay_engine.errors import BadInput, EngineError, Fault

FAILED = 1
AT_FAULT = 2
STOPPED = 130

_T = {
    "faults": {
        "en": "{n:,} {n:fault|faults} in the input. Nothing was written.",
        "zh": "输入中有 {n:,} 处错误，未写出任何内容。",
    },
    "skip": {
        "en": "Correct them, or go on without those rows: --skip-bad REJECTS.csv",
        "zh": "请更正后重试；也可跳过这些行：--skip-bad REJECTS.csv",
    },
    "map": {
        "en": "Such things are said in a YAML file, «lines: {{net: <heading>}}» or "
        "«options: {{dayfirst: true}}»: --map FILE.yaml",
        "zh": "可写在 YAML 文件中，如“lines: {{net: <表头>}}”或“options: {{dayfirst: true}}”："
        "--map 文件.yaml",
    },
    "stopped": {"en": "Stopped. Nothing was written.", "zh": "已停止，未写出任何内容。"},
    "system": {"en": "{name}: {why}.", "zh": "{name}：{why}。"},
    "error": {"en": "Error: {text}", "zh": "错误：{text}"},
}

_MAPPED = ("missing_column", "no_headings", "date_order", "decimal_mark")
"""Faults that a map mends."""


def say(key: str, lang: Lang, **facts: object) -> str:
    return filled(_T[key][lang], **facts)


def complain(text: str) -> None:
    """A line on standard error."""
    typer.echo(text, err=True)


@contextmanager
def explained(lang: Lang) -> Iterator[None]:
    """Turn what can go wrong into words on standard error and an exit code."""
    try:
        yield
    except BadInput as error:
        list_faults(error.faults, lang)
        raise typer.Exit(AT_FAULT) from None
    except (EngineError, MainstayError) as error:
        complain(say("error", lang, text=error.text(lang)))
        raise typer.Exit(AT_FAULT) from None
    except KeyboardInterrupt:
        complain(say("stopped", lang))
        raise typer.Exit(STOPPED) from None
    except BrokenPipeError:  # the reader of our output went away: no fault of anybody's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        name = error.filename or ""
        text = say("system", lang, name=name, why=error.strerror or error)
        complain(say("error", lang, text=text))
        raise typer.Exit(FAILED) from None


def list_faults(faults: list[Fault], lang: Lang) -> None:
    """Every fault on a line of its own, then what can be done."""
    for fault in faults:
        complain(fault.text(lang))
    complain("")
    complain(say("faults", lang, n=len(faults)))
    if faults and all(fault.row is not None for fault in faults):
        complain(say("skip", lang))
    if any(fault.code in _MAPPED for fault in faults):
        complain(say("map", lang))


def usage_error(en: str, zh: str, lang: Lang) -> typer.Exit:
    """The command itself is at fault: say so; the exit to raise."""
    complain(say("error", lang, text={"en": en, "zh": zh}[lang]))
    return typer.Exit(AT_FAULT)
