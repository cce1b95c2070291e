"""Grading without books or without what a scheme needs, and imports that change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mainstay.exchange import services as exchange
from mainstay.foundation.models import Job, User
from mainstay.insights import facts_out, selectors, services
from mainstay.insights.errors import NothingToGrade
from mainstay.insights.models import Grade
from tests.services import company
from tests.services.conftest import Bring


def test_empty_books_are_not_graded(owner: User) -> None:
    with pytest.raises(NothingToGrade):
        services.grade_all(owner)


def test_books_without_documents_are_not_behind(owner: User) -> None:
    assert selectors.behind(owner) is None


def test_an_import_that_changes_nothing_keeps_the_grades(bring: Bring, tmp_path: Path) -> None:
    first = bring(company.write(tmp_path / "one"))
    again = bring(company.write(tmp_path / "two"))
    assert again.report is not None
    assert first.report is not None
    assert again.report["documents_new"] == 0
    assert again.report["snapshot"] == first.report["snapshot"]
    assert selectors.behind(User.objects.get()) is None


def test_what_an_unchanging_import_confirmed_is_graded_once_it_stands_alone(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    """The first import is taken back, then the second, which had only confirmed it."""
    first = bring(company.write(tmp_path / "one"))
    second = bring(company.write(tmp_path / "two"))
    assert first.report is not None
    assert second.report is not None
    seen = {facts_out.fingerprint()}
    for job in (first, second):
        exchange.undo(owner, job.report["batch"], "wrong")
        seen.add(facts_out.fingerprint())
    assert len(seen) == 3


def test_a_scheme_without_data_says_so_and_grades_nobody(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    job = bring(company.write(tmp_path / "files", receipts=False))
    assert job.state == Job.State.DONE, job.error
    run = selectors.latest_runs(owner)["collection"]
    assert run.state == "no_data"
    assert run.reason is not None
    assert run.reason["en"]
    assert run.reason["zh"]
    assert not Grade.objects.filter(run=run.id).exists()
    page = selectors.customer(owner, "C01")
    assert "collection" in {entry.scheme for entry in page.not_graded}
