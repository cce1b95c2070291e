"""What the engine's reader knows of files before they are read: headings, tables, maps of columns.

Heavy parts load on first use.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mainstay_engine import Fault

TABLES = (
    "lines", "receipts", "customers", "allocations", "products", "rates", "efforts",
    "effort_rates",
)  # fmt: skip
"""Kinds of files, in the order in which a guess prefers them when nothing tells them apart."""
MISSING = 0.5
"""What of a table's fitness is left for each needed column that no heading is taken for."""
LEAST = 1.0
"""Fitness below which a file is none of ours."""
NEAR = 0.85
"""A second table of at least this part of the best one's fitness leaves the guess open."""


def headings(path: Path, table: str, mapping: Mapping[str, Any] | None = None) -> list[str]:
    """The headings of a file, read as ``table``. Raises ``BadInput`` where it cannot be opened."""
    from mainstay_engine.backends import open_duckdb
    from mainstay_engine.reader.options import Wishes
    from mainstay_engine.reader.sources import open_source

    wishes = Wishes.of(dict(mapping or {}), None, None)
    connection = open_duckdb()
    try:
        raw = open_source(
            connection, path, table, wishes.columns.get(table, {}), wishes.table_options(table)
        )
    finally:
        connection.close()
    return list(raw.headings)


def absent(paths: Sequence[Path]) -> list[Fault]:
    """A fault for each file that is not there."""
    from mainstay_engine import BadInput
    from mainstay_engine.reader.sniff import file_kind

    faults: list[Fault] = []
    for path in paths:
        if not path.is_file():
            try:
                file_kind(path)
            except BadInput as error:
                faults += error.faults
    return faults


def fitness(path: Path, mapping: Mapping[str, Any] | None = None) -> dict[str, float]:
    """How well a file's headings fit each table, best first. Raises ``BadInput``.

    The sum of the confidences of its recognised headings, less for needed columns it lacks. The
    file is opened as one table after the other only until some heading is recognised.
    """
    found = dict.fromkeys(TABLES, 0.0)
    for opened_as in TABLES:
        names = headings(path, opened_as, mapping)
        found = {table: _fit(table, names, mapping) for table in TABLES}
        if any(found.values()):
            break
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def best(fits: Mapping[str, float]) -> str | None:
    """The table that fits best, or ``None`` where none does or two do nearly as well."""
    (first, top), (_, second), *_ = sorted(fits.items(), key=lambda item: -item[1])
    return first if top >= LEAST and second < NEAR * top else None


def _fit(table: str, names: Sequence[str], mapping: Mapping[str, Any] | None) -> float:
    from mainstay_engine.reader.columns import guess
    from mainstay_engine.tables import TABLES as KNOWN

    chosen = (mapping or {}).get(table) or {}
    columns = {key: value for key, value in chosen.items() if key != "options"}
    guesses = {g.canonical: g.confidence for g in guess(table, names, columns) if g.canonical}
    needed = [name for name in KNOWN[table].required if name not in OFTEN_ABSENT]
    lacking = sum(name not in guesses for name in needed)
    if table == "lines":
        lacking += guesses.keys().isdisjoint(AMOUNTS)
    if table == "receipts" and "amount" not in guesses and guesses.keys() >= PARTS:
        lacking -= guesses["date"] == 1  # a receipt's own date: parts are all it says of its amount
    return float(sum(guesses.values())) * MISSING**lacking


OFTEN_ABSENT = ("kind", "net", "customer_id")
"""Needed columns of the tables that the reader finds by others where a file lacks them."""
PARTS = {"date", "applied", "applied_to"}
"""What receipts have that state what they settle."""
AMOUNTS = ("net", "gross", "amount", "price", "price_gross")
"""Any of these tells what a sales line is worth."""


def check_map(mapping: Mapping[str, Any]) -> list[Fault]:
    """Every fault of a map of columns: as ``load_mapping`` finds them, and unknown columns."""
    from mainstay_engine import BadInput
    from mainstay_engine.reader.mapping import load_mapping

    try:
        load_mapping(mapping)
    except BadInput as error:
        return [*error.faults, *_unknown(mapping)]
    return list(_unknown(mapping))


def load_map(text: str, name: str) -> dict[str, Any]:
    """A map of columns from YAML; columns outside a table are those of ``lines``.

    Raises ``BadInput`` with every fault; ``name`` is what they call the file.
    """
    from mainstay_engine import BadInput
    from mainstay_engine.reader.mapping import load_mapping

    with tempfile.TemporaryDirectory(prefix="mainstay-map-") as folder:
        path = Path(folder) / "map.yaml"
        path.write_text(text, encoding="utf-8")
        faults: list[Fault] = []
        try:
            found = load_mapping(path)
        except BadInput as error:
            faults, found = error.faults, _as_written(text)
    faults = [*faults, *_unknown(found)]
    if faults:
        raise BadInput([replace(fault, file=name) for fault in faults])
    return by_table(found)


def _as_written(text: str) -> dict[str, Any]:
    """What stands in a map with faults, as far as it is one."""
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def by_table(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The map with every column under its table: those outside one are of ``lines``."""
    loose = {k: v for k, v in mapping.items() if k not in (*TABLES, "options")}
    found = {k: dict(v) for k, v in mapping.items() if k in (*TABLES, "options") and v}
    if loose:
        found["lines"] = {**loose, **found.get("lines", {})}
    return found


def with_documents(mapping: Mapping[str, Any], documents: str) -> dict[str, Any]:
    """The map that says what all lines are: sales, orders, deliveries; empty leaves it as it is."""
    if not documents:
        return dict(mapping)
    lines = dict(mapping.get("lines") or {})
    options = {**(lines.get("options") or {}), "documents": documents}
    return {**mapping, "lines": {**lines, "options": options}}


def documents_of(mapping: Mapping[str, Any]) -> str:
    """What a map says all lines are; empty where their type column tells."""
    options = {
        **(mapping.get("options") or {}), **((mapping.get("lines") or {}).get("options") or {})
    }  # fmt: skip
    return str(options.get("documents") or "")


def in_order(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The map with tables and columns in the order of the catalogue: a store keeps none."""
    from mainstay_engine.reader.preview import choices

    found: dict[str, Any] = {}
    for table in (*TABLES, "options"):
        columns = mapping.get(table)
        if columns:
            known = choices(table) if table in TABLES else {}
            places = {name: place for place, name in enumerate(known)}
            found[table] = dict(
                sorted(
                    columns.items(), key=lambda item: (places.get(item[0], len(places)), item[0])
                )
            )
    return found


def oversized(name: str) -> Fault:
    """The fault of a map that is no map for people: too long, or one that repeats itself."""
    from mainstay_engine import Fault

    return Fault(
        "no_plain_map",
        {"en": "The map is too long or refers back to itself.", "zh": "映射文件过长或含有引用。"},
        {"en": "Write «column: heading», one a line.", "zh": "请逐行写“列: 表头”。"},
        file=name,
    )


def _unknown(mapping: Mapping[str, Any]) -> list[Fault]:
    """Canonical names that no table has; headings that are no text are another's to report."""
    from mainstay_engine import Fault
    from mainstay_engine.reader.preview import choices

    faults = []
    loose = {k: v for k, v in mapping.items() if k not in (*TABLES, "options")}
    for table, columns in (("lines", loose), *((t, mapping.get(t)) for t in TABLES)):
        if not isinstance(columns, Mapping):
            continue
        known = choices(table)
        for name in columns:
            if name != "options" and str(name) not in known:
                listed = ", ".join(known)
                faults.append(Fault(
                    "unknown_column",
                    {"en": f"The table {table} has no such column.", "zh": f"{table} 表没有此列。"},
                    {"en": f"Use one of: {listed}.", "zh": f"请使用：{listed}。"},
                    column=f"{table}.{name}",
                ))  # fmt: skip
    return faults
