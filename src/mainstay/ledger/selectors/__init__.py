"""Nouns of the books: documents, receipts, balances, imports, quality. Records: ``records.py``."""

from mainstay.ledger.selectors.balance import balance, balances
from mainstay.ledger.selectors.batches import (
    CHANGES,
    COMMITMENTS,
    batch,
    batch_documents,
    batch_page,
    batches,
    loss,
)
from mainstay.ledger.selectors.currencies import (
    books_currency,
    foreign_currencies,
    standing_rates,
)
from mainstay.ledger.selectors.documents import (
    document,
    document_entries,
    documents,
    documents_of,
    find_documents,
    names_organisations,
)
from mainstay.ledger.selectors.orders import deliveries, orders, with_promises
from mainstay.ledger.selectors.products import products
from mainstay.ledger.selectors.quality import (
    CHECK,
    costless,
    last_check,
    months,
    off_file,
    quality,
    standing_faults,
    unassigned,
    unpaired,
)
from mainstay.ledger.selectors.reach import last_change, reach
from mainstay.ledger.selectors.receipts import allocations, receipt_entries, receipts

__all__ = [
    "CHANGES", "CHECK", "COMMITMENTS", "allocations", "balance", "balances", "batch",
    "batch_documents", "batch_page", "batches", "books_currency", "costless", "deliveries",
    "document", "document_entries", "documents", "documents_of", "find_documents",
    "foreign_currencies", "last_change", "last_check", "loss", "months", "names_organisations",
    "off_file", "orders", "products", "quality", "reach", "receipt_entries", "receipts",
    "standing_faults", "standing_rates", "unassigned", "unpaired", "with_promises",
]  # fmt: skip
