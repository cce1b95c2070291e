"""Write the reference pages from the catalogues: ``python docs/generate.py [--check]``.

With ``--check`` nothing is written; the exit code is 1 when a page is not what it should be.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

import typer.main
import yaml
from markdown import default, page, schema_type, table
from planted_page import planted_page
from schemes_page import schemes_page

import mainstay_engine as me
from mainstay.web.help import glossary
from mainstay_engine.tables import TABLES, Column, Type

FOLDER = Path(__file__).resolve().parent

TYPES = {
    Type.TEXT: "text",
    Type.DATE: "date",
    Type.MONEY: "money",
    Type.QUANTITY: "number, four decimals",
    Type.COUNT: "whole number",
    Type.RATE: "number, ten decimals",
}
UNITS = {
    "money": "money, in the currency of the input",
    "ratio": "ratio (0.25 is 25 %)",
    "days": "days",
    "count": "count",
    "date": "date",
    "number": "number",
}
EXPLAINED = {
    "profit": "Why one unknown cost hides the profit: [decision 12]"
    "(../adr/0012-missing-is-not-unranked.md).",
    "rhythm": "Why the median, and when the company's stands in: [active, dormant, "
    "lost](../explanation/behaviour.md).",
    "lifetime": "The models, what they refuse, and how true they are: [what a customer is worth in "
    "future](../explanation/lifetime.md).",
    "effort": "What is added up, what is missing, and a worked case: [what serving a customer "
    "costs](../explanation/effort.md).",
    "receivables": "What is owed, when it is due and what settled it: [two collection "
    "rates](../explanation/collection.md).",
}
"""Per family of metrics: where its formulas are explained."""


# ── Metrics ──────────────────────────────────────────────────────────────────────────────────────


def metrics_page() -> str:
    """Every metric: an overview by family, then one section each."""
    catalogue = me.list_metrics()
    overview = table(
        ["metric", "中文", "unit", "window"],
        [
            [f"[`{m.name}`](#{m.name}) {m.en}", m.zh, m.unit, "window" if m.windowed else "life"]
            for m in catalogue
        ],
    )
    sections = []
    for family, members in groupby(catalogue, key=lambda m: m.family):
        sections.append(f"## {family.capitalize()}")
        if family in EXPLAINED:
            sections.append(EXPLAINED[family])
        sections.extend(metric_section(m) for m in members)
    return page(
        "Metrics",
        f"Every figure is defined once, here: {len(catalogue)} of them. `mainstay metrics --json` "
        "prints the same catalogue. A *window* metric measures the window, a *life* metric "
        "everything up to the as-of date; none sees later facts "
        "([two times](../explanation/time.md)). Amounts are exact; ratios are computed from exact "
        "integers. Names in formulas are columns of the [tables](tables.md) or other metrics.",
        overview,
        *sections,
    )


def metric_section(m: Any) -> str:
    span = "of the window" if m.windowed else "of the whole life"
    lines = [
        f"### `{m.name}`",
        "",
        f"**{m.en} · {m.zh}**: {UNITS[m.unit]}, {span}.",
        "",
        f"    {m.formula}",
        "",
        f"    {m.formulas['zh']}",
        "",
        f"- Missing data: {m.missing['en']} {m.missing['zh']}",
    ]
    if m.needs:
        lines.append(f"- Needs: {needs(m.needs)}")
    if m.requires:
        links = ", ".join(f"[`{name}`](#{name})" for name in m.requires)
        lines.append(f"- Computed from: {links}")
    if m.fitted:
        lines.append("- A model is fitted to all customers for it: answered when asked for by name")
    lines.append(f"- Source: {m.source}")
    return "\n".join(lines)


def needs(facts: Iterable[str]) -> str:
    """What the input must hold; «a|b» is either."""
    return ", ".join(" or ".join(f"`{part}`" for part in fact.split("|")) for fact in sorted(facts))


# ── Tables and file formats ──────────────────────────────────────────────────────────────────────

FORMATS = """
## File formats

| given | how it is read |
|---|---|
| `.csv`, `.tsv`, `.txt`, also `.gz` | by byte-order mark, then UTF-8, then GB18030 |
| `.xlsx`, `.xls` | by content, not by name; the sheet that looks like the table |
| `.parquet` | as typed |
| pandas or Polars data frame, Arrow table | as typed |
| table name with `connection=` | DuckDB or PostgreSQL |

Titles above the headings are skipped and the heading row is found. Headings are compared without
case, spaces, punctuation and units in brackets. What the synonyms below do not settle is asked for
by name: with `--map columns.yaml` on the command line, in a list on the upload page.
"""


def tables_page() -> str:
    """The fact tables with the headings understood for each column."""
    source = resources.files("mainstay_engine.reader").joinpath("synonyms.yaml")
    synonyms = yaml.safe_load(source.read_text(encoding="utf-8"))
    sections = []
    for fact in TABLES.values():
        sections.append(f"## {fact.name.capitalize()}\n\nOne row is {fact.grain}.")
        rows = [column_row(column) for column in fact.columns]
        sections.append(table(["column", "中文", "type", "", "meaning"], rows))
        words = [
            [f"`{name}`", ", ".join(known.get("sure", ())), ", ".join(known.get("likely", ()))]
            for name, known in synonyms.get(fact.name, {}).items()
        ]
        if words:
            sections.append("Headings understood:")
            sections.append(table(["column", "means this", "may mean this"], words))
    return page(
        "Columns and file formats",
        "What the engine reads. Required columns must be there; the others may be absent, and what "
        "depends on them then says *no data*. Money is kept in minor units (分, cents), as "
        "integers; credit notes are negative.",
        FORMATS,
        *sections,
    )


def column_row(column: Column) -> list[str]:
    return [
        f"`{column.name}` {column.en}",
        column.zh,
        TYPES[column.type],
        "required" if column.required else "",
        column.meaning,
    ]


# ── Command line ─────────────────────────────────────────────────────────────────────────────────


def cli_page() -> str:
    """Every command with its arguments and options, in English whatever the locale."""
    os.environ["LC_ALL"] = "C.UTF-8"
    from mainstay.cli import app

    group: Any = typer.main.get_command(app)
    context = group.context_class(group, info_name="mainstay")
    shown = [command for command in group.commands.values() if not command.hidden]
    return page(
        "Command line",
        str(group.help or ""),
        *(command_section(command, context) for command in shown),
    )


def command_section(command: Any, parent: Any) -> str:
    """Usage, help and parameters of one command."""
    context = command.context_class(command, info_name=command.name, parent=parent)
    records = [
        parameter.get_help_record(context)
        for parameter in command.get_params(context)
        if parameter.name != "help"
    ]
    usage = " ".join(command.get_usage(context).replace("Usage: ", "").split())
    parts = [
        f"## `mainstay {command.name}`",
        inspect.cleandoc(command.help or ""),
        f"    {usage}",
    ]
    rows = [[f"`{record[0]}`", record[1]] for record in records if record is not None]
    if rows:
        parts.append(table(["parameter", "meaning"], rows))
    return "\n\n".join(parts)


# ── API ──────────────────────────────────────────────────────────────────────────────────────────


def api_page() -> str:
    """Every operation with its parameters and body, from the API's own description."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mainstay.config.testing")
    import django

    django.setup()
    from mainstay.api.app import api

    found = json.loads(json.dumps(api.get_openapi_schema(path_prefix=""), default=str))
    operations = [
        (path, method, operation)
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
    ]
    by_noun: dict[str, list[str]] = {}
    for path, method, operation in operations:
        section = operation_section(path, method, operation)
        by_noun.setdefault(operation["tags"][0], []).append(section)
    shapes = {
        name: shape
        for name, shape in sorted(found["components"]["schemas"].items())
        if "properties" in shape
    }
    return page(
        "API",
        found["info"]["description"],
        "Addresses below `/api/v1`; the same in `/api/v1/openapi.json` for tools. How to use it: "
        "[Connect an ERP](../how-to/connect-an-erp.md).",
        *(f"## {noun.capitalize()}\n\n" + "\n\n".join(s) for noun, s in sorted(by_noun.items())),
        "## Shapes",
        *(shape_section(name, shape) for name, shape in shapes.items()),
    )


def operation_section(path: str, method: str, operation: dict[str, Any]) -> str:
    """One operation: what it does, what it takes, what it answers."""
    title = f"### `{method.upper()} {path}`"
    parts = [title, " ".join(operation.get("description", "").split())]
    rows = [
        [f"`{given['name']}`", given["in"], schema_type(given["schema"]),
         "required" if given.get("required") else default(given["schema"]),
         given["schema"].get("description", "")]
        for given in operation["parameters"]
    ]  # fmt: skip
    if rows:
        parts.append(table(["parameter", "in", "type", "default", "meaning"], rows))
    if "requestBody" in operation:
        [(kind, body)] = operation["requestBody"]["content"].items()
        shape = schema_type(body["schema"])
        parts.append(f"Body, `{kind}`: {shape if '$ref' in body['schema'] else form(body)}")
    answers = [answer_type(str(code), told) for code, told in operation["responses"].items()]
    parts.append(f"Answers: {', '.join(answers)}")
    return "\n\n".join(part for part in parts if part)


def answer_type(status: str, answer: dict[str, Any]) -> str:
    """The status, and of a good answer its shape, or what kind of file it is."""
    if "content" not in answer or int(status) >= 300:
        return status
    [(kind, content)] = answer["content"].items()
    shape = schema_type(content["schema"])
    return f"{status} {shape if kind == 'application/json' else f'`{kind}`'}"


def form(body: dict[str, Any]) -> str:
    """The parts of a form."""
    return ", ".join(f"`{name}`" for name in body["schema"]["properties"])


def shape_section(name: str, shape: dict[str, Any]) -> str:
    """One shape of the API: its parts and what they mean."""
    required = set(shape.get("required", ()))
    rows = [
        [f"`{key}`", schema_type(value), "required" if key in required else default(value),
         value.get("description", "")]
        for key, value in shape["properties"].items()
    ]  # fmt: skip
    about = " ".join(shape.get("description", "").split())
    return f"### {name}\n\n{about}\n\n" + table(["part", "type", "default", "meaning"], rows)


# ── Glossary ─────────────────────────────────────────────────────────────────────────────────────


def glossary_page() -> str:
    """The terms that the help page shows, in both languages."""
    sections = []
    for group in glossary.groups():
        sections.append(f"## {group.title['en']}")
        if group.id == "metrics":
            sections.append(
                "The terms are those of the [catalogue](reference/metrics.md), which has every "
                "formula."
            )
        rows = [[term.zh, term.en, meaning(term), term.means["zh"]] for term in group.terms]
        sections.append(table(["中文", "English", "meaning", "含义"], rows))
    return page(
        "Glossary 中文–English",
        "Names in the code are the English terms of this page; translations use the Chinese ones. "
        "In columns of files many more spellings are understood: see [columns and file "
        "formats](reference/tables.md). The app shows the same terms under *Help*; they stand in "
        "`src/mainstay/web/help/glossary.yaml`.",
        *sections,
    )


def meaning(term: glossary.Term) -> str:
    return term.means["en"] + (f" ([more]({term.doc}))" if term.doc else "")


PAGES: dict[str, Callable[[], str]] = {
    "glossary.md": glossary_page,
    "reference/metrics.md": metrics_page,
    "reference/schemes.md": schemes_page,
    "reference/planted.md": planted_page,
    "reference/tables.md": tables_page,
    "reference/cli.md": cli_page,
    "reference/api.md": api_page,
}


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name those that are out of date."""
    stale = []
    for name, write in PAGES.items():
        path, text = FOLDER / name, write()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"Out of date, run `make docs`: {', '.join(stale)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
