"""People, files and a graded company, through the real reader and the real jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from tests.people import administrator
from tests.services import company

Bring = Callable[..., Job]


def apply(user: User, files: Mapping[str, Path], *, skip_bad: bool = False) -> Job:
    """Upload files by table, apply them and work the queue; the job as it ended."""
    local = {table: exchange.LocalFile(path) for table, path in files.items()}
    job = exchange.apply(exchange.start_upload(user, local), skip_bad=skip_bad)
    worker.run_pending()
    job.refresh_from_db()
    return job


@pytest.fixture(scope="module", autouse=True)
def shared(request: pytest.FixtureRequest) -> tuple[User, Job] | None:
    """In a file marked ``shared_books``: these, brought in before its first test."""
    if request.node.get_closest_marker("shared_books") is None:
        return None
    found: tuple[User, Job] = request.getfixturevalue("shared_books")
    return found


@pytest.fixture
def owner(
    db: None, shared: tuple[User, Job] | None, settings: Settings, tmp_path: Path
) -> User:  # fmt: skip
    """Whoever brings the files; they land in the test's own folder."""
    if shared is not None:
        return shared[0]
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return administrator("he-yun", password="a-long-test-password")


@pytest.fixture
def bring(owner: User) -> Bring:
    """``apply`` as the owner."""
    return partial(apply, owner)


@pytest.fixture
def graded(shared: tuple[User, Job] | None, bring: Bring, tmp_path: Path) -> Job:
    """The small company in the books, graded."""
    if shared is not None:
        shared[1].refresh_from_db()
        return shared[1]
    job = bring(company.write(tmp_path / "files"))
    assert job.state == Job.State.DONE, job.error
    return job


@pytest.fixture
def latest_upload(owner: User) -> Callable[[], Upload]:
    """The upload made last."""
    return lambda: Upload.objects.order_by("-created_at")[0]


@pytest.fixture(scope="module")
def shared_books(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[User, Job]]:
    """The small company, brought in once for a file of tests, in a transaction around them all.

    A file marked ``shared_books`` has it as its ``owner`` and ``graded``; what a test does is
    undone.
    """
    folder = tmp_path_factory.mktemp("books")
    with (
        django_db_blocker.unblock(),
        override_settings(UPLOAD_FOLDER=folder / "uploads"),
        transaction.atomic(),
    ):
        user = administrator("he-yun")
        job = apply(user, company.write(folder / "files"))
        assert job.state == Job.State.DONE, job.error
        yield user, job
        transaction.set_rollback(True)
