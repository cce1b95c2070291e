"""The dry run: what an import would change, in numbers and samples. It writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mainstay.effort import taking
from mainstay.exchange import demo, efforts, reading
from mainstay.exchange.models import Upload
from mainstay.foundation.jobs import Progress, silent
from mainstay.foundation.scratch import Scratch
from mainstay.kernel.errors import MainstayError, Words, words
from mainstay.ledger import plan as ledger_plan
from mainstay.ledger import services as ledger
from mainstay.ledger.workshop import Twice

SHOWN_FAULTS = 500
"""Faults given with a dry run; of more, the count."""
DEMO_GIVES_WAY = words(
    "The demo company gives way once your import is in force: its books and grades are removed, "
    "and yours begin empty.",
    "导入生效时演示公司即被移除（账簿与分级一并删除），您的账簿从零开始。",
)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would do. Amounts are in minor units of ``currency``."""

    counts: dict[str, Any]
    """``{documents,lines,orders,deliveries,receipts,allocations}_new`` and ``_identical``, the same
    (without lines) ``_changed``, where there are any ``efforts_`` and ``effort_rates_`` likewise,
    ``{orders,deliveries}_net_new``, ``net_new``, ``net_changed`` (the
    difference), ``net_identical``, ``receipts_amount_new``, ``customers_new``,
    ``unassigned_lines``, ``unassigned_net``, ``documents_other_kind`` (new ones whose number counts
    as another kind), ``documents_moved`` (changed ones that are other customers' than before),
    ``tax_numbers_differ`` (customers whose documents state another one) and ``rejected``, rows
    left out as faulty; ``currencies``: see ``ledger.plan.counts``. Empty where
    the import is not ``possible``."""
    samples: dict[str, list[dict[str, Any]]]
    """The first documents that are ``new`` and ``changed`` (with ``net_before``), and of a known
    number but ``other_kind``, and of other customers than before (``moved``, with
    ``customer_before``); new ``orders`` and ``deliveries``; new ``customers``;
    ``tax_numbers`` that differ (``code, stated, kept``)."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    """The first faults as the engine states them, with the files' own names."""
    fault_count: int = 0
    notes: tuple[Words, ...] = ()
    """What the reader remarks on the files, and that the demo company gives way."""
    mapping: dict[str, Any] = field(default_factory=dict)
    """The map of columns the files were read by, as a source keeps it."""
    demo_gives_way: bool = False
    currency: str = ""
    exponent: int = 2
    proposals: list[dict[str, Any]] = field(default_factory=list)
    """New codes that look like customers of the books (``ledger.plan.proposals``)."""
    twice: Twice | None = None
    """Lines that documents hold more than once, where there are any."""

    @property
    def possible(self) -> bool:
        """Whether the import could be applied as it is."""
        return bool(self.counts)

    @property
    def changes_nothing(self) -> bool:
        """Whether all of it is in the books already; a customer list may still change cards."""
        moving = [n for name, n in self.counts.items() if name.endswith(("_new", "_changed"))]
        return self.possible and not any(moving)


def dry_run(
    upload: Upload,
    mapping: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    skip_bad: bool = False,
    decisions: ledger.Decisions | None = None,
    progress: Progress = silent,
) -> DryRun:
    """What applying the upload would change. Writes nothing.

    ``mapping``, ``skip_bad`` and ``decisions`` as ``services.apply`` takes them. What would stop
    the import is among the ``faults``, never raised.
    """
    from mainstay_engine import BadInput, EngineError

    chosen = mapping if mapping is not None else upload.mapping
    with Scratch("reading") as scratch:
        folder = scratch.path
        try:
            facts = reading.read(
                upload, chosen, skip_bad=skip_bad, folder=folder, progress=progress
            )
        except BadInput as error:
            faults = reading.told(upload, error.faults[:SHOWN_FAULTS])
            return DryRun({}, {}, faults, len(error.faults))
        except EngineError as error:
            return DryRun({}, {}, [_as_fault(error.code, error.message, error.remedy)], 1)
        notes = tuple(words(**note) for source in facts.sources for note in source.notes)
        read_by, rejects = reading.effective(facts, chosen), facts.rejects
        gives_way = not upload.is_demo and demo.is_there()
        further = taking.counts(efforts.brought(facts), afresh=gives_way)
        books = reading.books_of(facts, folder, decisions)
        try:
            planned = _planned(books, afresh=gives_way)
        except MainstayError as error:
            text = {lang: error.text(lang) for lang in ("en", "zh")}
            return DryRun({}, {}, [_as_fault(error.code, text, words("", ""))], 1, notes, read_by)
    counts, samples, proposals, twice = planned
    return DryRun(
        counts=counts | further | {"rejected": len({(f.file, f.row) for f in rejects})},
        samples=samples,
        proposals=proposals,
        twice=twice if twice.lines else None,
        faults=reading.told(upload, rejects[:SHOWN_FAULTS]),
        fault_count=len(rejects),
        notes=(*notes, DEMO_GIVES_WAY) if gives_way else notes,
        mapping=read_by,
        demo_gives_way=gives_way,
        currency=books.currency,
        exponent=books.exponent,
    )


Planned = tuple[dict[str, Any], dict[str, list[dict[str, Any]]], list[dict[str, Any]], Twice]
"""Counts, samples, proposals, and lines that are there twice."""


def _planned(books: ledger.Books, *, afresh: bool) -> Planned:
    made = ledger_plan.plan(books, afresh=afresh)
    return (
        ledger_plan.counts(made), ledger_plan.samples(made), ledger_plan.proposals(made),
        ledger_plan.twice(made),
    )  # fmt: skip


def _as_fault(code: str, message: Words, remedy: Words) -> dict[str, Any]:
    """A fault of the whole import, in the form of a fault of a row."""
    return {"code": code, "message": message, "remedy": remedy, "file": None, "sheet": None,
            "row": None, "column": None, "value": None}  # fmt: skip
