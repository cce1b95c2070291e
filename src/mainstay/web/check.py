"""The check page's own figures, from what the reader says about each uploaded file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.exchange.rules import documents_of, with_documents
from mainstay.web.questions import Question, question

if TYPE_CHECKING:
    from mainstay_engine.reader.preview import Preview, PreviewColumn, PreviewRow

Mapping_ = dict[str, dict[str, Any]]
"""Per table: canonical column → heading, or ``None`` for «not in this file»; beside them the
``options`` that a saved map may hold."""

SURE = 0.9
"""Confidence from which a guess needs no second look."""
PROBLEMS, FIRST, CELLS = 100, 8, 9
"""Rows with faults shown, rows shown when nothing is wrong, columns shown of each."""


@dataclass(frozen=True, slots=True)
class File:
    """One file as the page shows it."""

    table: str
    name: str
    preview: Preview
    columns: tuple[PreviewColumn, ...]
    """The columns whose cells are shown: the recognised ones, as they stand in the file."""

    @property
    def recognised(self) -> int:
        return sum(1 for column in self.preview.columns if column.canonical)

    @property
    def doubtful(self) -> int:
        """Recognised, but worth a look."""
        return sum(
            1 for column in self.preview.columns if column.canonical and column.confidence < SURE
        )

    @property
    def problems(self) -> tuple[PreviewRow, ...]:
        return self.preview.problems[:PROBLEMS]

    @property
    def rows(self) -> tuple[PreviewRow, ...]:
        return self.preview.rows[:FIRST]

    @property
    def general(self) -> list[Any]:
        """Faults of the whole file or a whole column."""
        return [fault for fault in self.preview.faults if fault.row is None]

    @property
    def questions(self) -> list[Question]:
        """What the reading of this file turns on, with the answer that holds now."""
        return [question(name, now, self.preview) for name, now in self.preview.asks.items()]

    @property
    def left_out(self) -> int:
        """Records that are no data: headings, totals, blanks."""
        return self.preview.counts.in_file - self.preview.counts.data


@dataclass(frozen=True, slots=True)
class Check:
    """Everything the page shows."""

    files: tuple[File, ...]
    mapping: Mapping_

    @classmethod
    def of(cls, upload: Upload, mapping: Mapping_) -> Check:
        """Read the upload's files as they would be imported; writes nothing."""
        names = {file.table: file.name for file in upload.files.all()}
        previews = exchange.preview(upload, mapping)
        return cls(tuple(_file(table, names[table], previews[table]) for table in names), mapping)

    @property
    def fatal(self) -> bool:
        return any(file.preview.fatal for file in self.files)

    @property
    def step(self) -> int:
        """Which of the steps file, columns, check it stands at."""
        if not self.fatal:
            return 3
        return 2 if all(file.preview.columns for file in self.files) else 1

    @property
    def asking(self) -> bool:
        """Whether a question that only the user can answer is open."""
        return any(not question.now for file in self.files for question in file.questions)

    @property
    def kept(self) -> int:
        return sum(file.preview.counts.kept for file in self.files)

    @property
    def held_back(self) -> int:
        return sum(file.preview.counts.held_back for file in self.files)

    @property
    def has_lines(self) -> bool:
        return any(file.table == "lines" for file in self.files)

    @property
    def documents(self) -> str:
        """What all lines are said to be; empty where their type tells."""
        return documents_of(self.mapping)

    @property
    def asks_company(self) -> bool:
        """Whether files hold several currencies, and nothing but the user tells the company's."""
        codes = {fault.code for file in self.files for fault in file.preview.faults}
        return "mixed_currencies" in codes or bool(self.company)

    @property
    def company(self) -> str:
        """The company's currency, where somebody chose it."""
        return str(self.mapping.get("options", {}).get("currency") or "")

    @property
    def mapping_json(self) -> str:
        return compact(self.mapping)

    def as_yaml(self) -> str:
        """The columns as they are understood now, in the form of ``mainstay import --map``."""
        import yaml

        understood = {
            file.table: {
                **{k: v for k, v in self.mapping.get(file.table, {}).items() if k == "options"},
                **{c.canonical: c.heading for c in file.preview.columns if c.canonical},
            }
            for file in self.files
        }
        text: str = yaml.safe_dump(understood, allow_unicode=True, sort_keys=False)
        return text

    def faults(self) -> list[list[Any]]:
        """Every fault as a row of a file: table, row, column, value, what, what to do."""
        return [[file.name, fault] for file in self.files for fault in file.preview.faults]


TOLD_FIRST = (
    "doc_no", "receipt_no", "doc_date", "date", "customer_id", "customer_name", "item_name",
    "quantity", "net", "amount", "tax", "gross", "price", "region",
)  # fmt: skip
"""Columns that let a person recognise a row, before others."""


def _file(table: str, name: str, preview: Preview) -> File:
    """Shown are the columns with faults, then those that let a person recognise a row."""
    marked = {index for row in preview.problems[:PROBLEMS] for index in row.marks}
    order = {canonical: place for place, canonical in enumerate(TOLD_FIRST)}
    known = [c for c in preview.columns if c.canonical or c.index in marked]
    known.sort(key=lambda c: (c.index not in marked, order.get(c.canonical or "", len(order))))
    shown = {column.index for column in known[: max(CELLS, len(marked))]}
    columns = tuple(c for c in preview.columns if c.index in shown)
    return File(table, name, preview, columns or preview.columns[:CELLS])


def chosen_mapping(values: QueryDict) -> Mapping_:
    """The mapping so far, and what this form changes in it.

    For column ``n`` of a table the form holds ``was-<table>-n`` (the guess shown),
    ``map-<table>-n`` (the choice) and ``heading-<table>-n``. Only what differs from the guess is
    recorded, so that the other columns keep their own confidence.
    """
    mapping = so_far(values.get("mapping", ""))
    company = values.get("company", "").strip().upper()
    if len(company) == 3 and company.isalpha():
        mapping.setdefault("options", {})["currency"] = company
    for key in values:
        if key.startswith("option-"):
            _, table, name = key.split("-", 2)
            _choose(mapping, table, name, values.get(key, ""))
        if not key.startswith("map-"):
            continue
        _, table, number = key.split("-", 2)
        chosen, was = values.get(key, ""), values.get(f"was-{table}-{number}", "")
        heading = values.get(f"heading-{table}-{number}", "")
        if chosen == was or not heading:
            continue
        columns = mapping.setdefault(table, {})
        if was and columns.get(was) in (heading, None):
            columns[was] = None
        if chosen:
            columns[chosen] = heading
    if "documents" in values:
        _say_what_they_are(mapping, values.get("documents", ""))
    return mapping


def _choose(mapping: Mapping_, table: str, name: str, chosen: str) -> None:
    """Put an answer to a question about a file among the options of its table."""
    if name == "currency":  # of the company, not of one file
        if chosen:
            mapping.setdefault("options", {})["currency"] = chosen
        return
    options = dict(mapping.get(table, {}).get("options") or {})
    if not chosen:
        options.pop(name, None)
    else:
        options[name] = chosen == "true" if name in ("dayfirst", "subtotals") else chosen
    columns = mapping.setdefault(table, {})
    columns.pop("options", None)
    if options:
        columns["options"] = options
    elif not columns:
        del mapping[table]


def _say_what_they_are(mapping: Mapping_, documents: str) -> None:
    """Put into the mapping what all lines are, or, where it is empty, take it out."""
    if documents == documents_of(mapping):
        return
    for columns in (mapping, mapping.get("lines") or {}):
        if columns.get("options"):
            columns["options"] = {k: v for k, v in columns["options"].items() if k != "documents"}
    mapping.update(with_documents(mapping, documents))


def so_far(text: str) -> Mapping_:
    """The mapping a form carries in its hidden field; a broken one counts as none."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {
        str(table): {str(name): _plain(str(name), value) for name, value in columns.items()}
        for table, columns in found.items()
        if isinstance(columns, Mapping)
    }


def _plain(name: str, value: Any) -> Any:
    return value if value is None or name == "options" else str(value)


def chosen_source(values: QueryDict) -> str:
    """The name of the source the files come from, as the form has it; may be empty."""
    return values.get("source", "").strip()


def compact(mapping: Mapping[str, Any]) -> str:
    """A mapping as a hidden field carries it."""
    return json.dumps(mapping, ensure_ascii=False)
