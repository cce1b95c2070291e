"""The books come out as they went in, whichever way they are read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights import extracting, facts_out
from tests.services import company


@pytest.mark.django_db(transaction=True)
def test_adbc_and_the_cursor_read_the_same_rows(owner: User, tmp_path: Path) -> None:
    local = {t: exchange.LocalFile(p) for t, p in company.write(tmp_path / "files").items()}
    job = exchange.apply(exchange.start_upload(owner, local))
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    extracts = (facts_out._LINES, facts_out._RECEIPTS, facts_out._CUSTOMERS)
    for extract, read in zip(extracts, extracting.read(*extracts), strict=True):
        assert read.num_rows > 0
        assert _sorted(read) == _sorted(extracting.by_cursor(extract).select(read.column_names))


def _sorted(table: pa.Table) -> list[dict[str, object]]:
    return table.sort_by([(name, "ascending") for name in table.column_names]).to_pylist()


def test_columns_that_were_never_filled_are_absent(graded: Job) -> None:
    facts = facts_out.facts_of_books()
    assert facts.has("lines", "cost")
    assert not facts.has("lines", "discount")
    assert not facts.has("lines", "region")
    assert facts.has("customers", "terms_days")
    assert facts.lines.count().to_pyarrow().as_py() == len(list(company.invoices())) + 2


def test_the_fingerprint_tells_books_apart(graded: Job) -> None:
    from mainstay.ledger.models import ImportBatch

    before = facts_out.fingerprint()
    assert facts_out.fingerprint() == before
    ImportBatch.objects.update(counts={"changed": 1})
    assert facts_out.fingerprint() != before
