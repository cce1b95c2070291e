"""What every test may ask for: the shared data sets, a PostgreSQL server, a thorough hypothesis."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import SETTING, find_server

REPOSITORY = Path(__file__).resolve().parents[1]

settings.register_profile("quick", deadline=None, derandomize=True, database=None)
settings.register_profile(
    "soak",
    deadline=None,
    database=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("quick")


def pytest_runtest_setup() -> None:
    """Keep the collector off what was there before the test: modules, test cases, schemas.

    An import collects several times (``foundation.memory``), each time all that a process holds:
    under pytest that is far more than where the app serves, and took half the time of such a test.
    """
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let go of it, so that libraries find nothing left when the process ends."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def leave_out_grades(request: pytest.FixtureRequest) -> None:
    """Under the nearest mark ``grades(False)`` imports and undos leave grading out."""
    mark = request.node.get_closest_marker("grades")
    if mark is None or mark.args != (False,):
        return
    from mainstay.exchange import jobs
    from mainstay.foundation.jobs import _KINDS
    from mainstay.insights.errors import NothingToGrade

    def refuse(*args: Any, **options: Any) -> None:
        raise NothingToGrade

    def ungraded(*args: Any, **options: Any) -> Mapping[str, Any]:
        return {}

    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.setattr(jobs, "grade_and_follow", refuse)
    patch.setitem(_KINDS, "insights.grade", ungraded)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public data sets the scenarios work on; skips where it is absent.

    ``MAINSTAY_TEST_DATA`` names it; otherwise ``../shared/data`` beside the repository is used.
    """
    folder = Path(os.environ.get("MAINSTAY_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared data sets are absent: set MAINSTAY_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Address of a PostgreSQL server; skips where none answers, unless one is required."""
    url = find_server()
    if url is None:
        message = f"no PostgreSQL server answers: set {SETTING}"
        if os.environ.get("MAINSTAY_REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return url
