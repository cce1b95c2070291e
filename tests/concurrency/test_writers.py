"""Several threads at one store: no lock errors, and every job once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from mainstay.foundation import worker
from mainstay.foundation.bulk import reserve_ids
from mainstay.foundation.models import Job
from mainstay.foundation.services import audit
from mainstay.ledger.models import Document

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


def in_threads(work: object) -> list[object]:
    """The results of the work, done in four threads at once."""

    def one(number: int) -> object:
        try:
            return work(number)  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_four_workers_claim_every_job_once() -> None:
    for number in range(20):
        Job.objects.create(kind="insights.grade", arguments={"number": number})

    def claim_all(_: int) -> list[object]:
        claimed = []
        while (job := worker.claim()) is not None:
            claimed.append(job.pk)
        return claimed

    claimed = [pk for batch in in_threads(claim_all) for pk in batch]  # type: ignore[attr-defined]
    assert len(claimed) == 20
    assert set(Counter(claimed).values()) == {1}


def test_four_writers_wait_for_each_other() -> None:
    def write(number: int) -> int:
        for turn in range(50):
            audit(None, "test.wrote", f"thing:{number}", turn=turn)
        return 50

    assert in_threads(write) == [50] * THREADS


def test_ids_reserved_at_once_never_meet() -> None:
    reserved = in_threads(lambda _: reserve_ids(Document, 500).to_pylist())
    ids = [number for batch in reserved for number in batch]  # type: ignore[attr-defined]
    assert len(set(ids)) == 500 * THREADS
