"""Reading an upload's files: the same for the dry run and for the import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainstay.exchange import demo, efforts, limits
from mainstay.exchange.files import NAMES, path_of
from mainstay.exchange.models import Upload
from mainstay.foundation import memory
from mainstay.foundation.company.settings import company
from mainstay.foundation.jobs import Progress
from mainstay.insights import bridge
from mainstay.ledger import selectors
from mainstay.ledger import services as ledger

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from mainstay_engine import Fault
    from mainstay_engine.facts import Facts


ROWS = 30_720
"""Rows written at a time; they are in memory until then."""


def read(
    upload: Upload,
    mapping: Mapping[str, Any],
    *,
    skip_bad: bool,
    folder: Path,
    progress: Progress,
) -> Facts:
    """The facts of the upload's files, whose tables lie in ``folder``.

    Raises ``BadInput`` with every fault; with ``skip_bad`` only those that concern no single row.
    """

    def tell(table: str, step: int, steps: int) -> None:
        name = NAMES.get(table, {"en": "", "zh": ""})
        progress(step, steps, f"Reading: {name['en']}", f"正在读取：{name['zh']}")

    paths = {file.table: path_of(file) for file in upload.files.all()}
    from mainstay_engine import EngineError

    try:
        facts = bridge.read(
            paths, mapping=mapping, skip_bad=skip_bad, progress=tell, folder=folder,
            currency=own_currency(upload, mapping),
            rates=[] if gives_way(upload) else selectors.standing_rates(),
        )  # fmt: skip
    except EngineError as error:
        by_name(upload, error.message)
        raise
    facts = efforts.settled(facts, skip_bad=skip_bad, afresh=gives_way(upload))
    return limits.checked(facts, skip_bad=skip_bad)


def by_name(upload: Upload, said: dict[str, str]) -> None:
    """Let a text of the engine's call the files as people do, not as they are stored."""
    for file in upload.files.all():
        for lang, text in said.items():
            said[lang] = text.replace(file.stored_as, file.name)


def own_currency(upload: Upload, mapping: Mapping[str, Any]) -> str | None:
    """The company's currency: as the map of columns states it, else that of the books, else as the
    settings have it.

    The demo company's does not bind a firm's own files, nor do the firm's settings the demo.
    """
    stated = mapping.get("options", {}).get("currency")
    if stated or upload.is_demo:
        return str(stated) if stated else None
    known = company().currency if gives_way(upload) else selectors.books_currency()[0]
    return known or None


def gives_way(upload: Upload) -> bool:
    """Whether the demo company is in the books and makes room for this upload."""
    return demo.is_there() and not upload.is_demo


def books_of(facts: Facts, folder: Path, decisions: ledger.Decisions | None = None) -> ledger.Books:
    """The facts as the books take them; the reader's own tables are closed."""

    def written(name: str, table: Table) -> Path:
        path = folder / f"{name}.parquet"
        table.to_parquet(path, row_group_size=ROWS)
        return path

    books = ledger.Books(
        lines=written("lines", facts.lines),
        receipts=written("receipts", facts.receipts) if facts.receipts is not None else None,
        customers=facts.customers.to_pyarrow() if facts.customers is not None else None,
        currency=facts.currency or "",
        exponent=facts.exponent,
        allocations=written("allocations", facts.allocations)
        if facts.allocations is not None
        else None,
        products=facts.products.to_pyarrow() if facts.products is not None else None,
        decisions=decisions or ledger.Decisions(),
        rates=facts.rates.to_pyarrow() if facts.rates is not None else None,
    )
    facts.backend.disconnect()
    memory.give_back()
    return books


def effective(facts: Facts, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The map of columns that the files were read by: what was chosen and what was guessed.

    Options, and columns said not to be in the file (``None``), stay as they were chosen.
    """
    found: dict[str, Any] = {
        table: {
            name: heading
            for name, heading in chosen.items()
            if table == "options" or name == "options" or heading is None
        }
        for table, chosen in mapping.items()
    }
    for source in facts.sources:
        found[source.table] = found.get(source.table, {}) | dict(source.mapping)
    return {table: columns for table, columns in found.items() if columns}


def told(upload: Upload, faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults as data, with the files' own names."""
    names = {file.stored_as: file.name for file in upload.files.all()}
    found = []
    for fault in faults:
        place = {"value": fault.value, "column": fault.column, "sheet": fault.sheet}
        cell = {name: limits.shown(str(text)) for name, text in place.items() if text is not None}
        found.append(fault.to_dict() | {"file": names.get(fault.file or "", fault.file)} | cell)
    return found
