"""The example's client against a running server, as an ERP would use it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from tests.api.callers import token_of
from tests.conftest import REPOSITORY
from tests.people import administrator

FILE = REPOSITORY / "examples" / "erp_client.py"


def load() -> ModuleType:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("erp_client", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["erp_client"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def erp() -> ModuleType:
    return load()


@pytest.fixture
def working(transactional_db: None) -> Iterator[None]:
    """A worker that serves the queue beside the server."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.work_until, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def test_the_nightly_run_sends_and_reads_grades(
    working: None, live_server: LiveServer, erp: ModuleType
) -> None:
    boss: User = administrator("boss")
    secret = token_of(boss, "customers.see", "data.import")
    client = erp.Mainstay.at(live_server.url, secret)
    grades = erp.run(client)
    assert [(grade.code, grade.class_id, grade.rank) for grade in grades] == [
        ("C0", "A", 1), ("C2", "A", 2), ("C1", "A", 3)
    ]  # fmt: skip
    assert erp.run(client) == grades
    assert Job.objects.filter(kind="exchange.apply").count() == 1  # the second was a repetition
    numbers = [row["number"] for row in client.rows("/documents", size=2)]
    assert sorted(numbers) == [f"XS-2026-{n:04}" for n in range(1, 7)]
    with pytest.raises(erp.Refused, match="not") as refused:
        client.ask("GET", "/users")
    assert (refused.value.status, refused.value.code) == (403, "not_allowed")


def test_a_lost_connection_is_tried_again(erp: ModuleType) -> None:
    asked: list[str] = []

    def flaky(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Idempotency-Key"])
        if len(asked) == 1:
            raise httpx.ConnectError("lost")
        if len(asked) == 2:
            return httpx.Response(503, json={})
        return httpx.Response(202, json={"job": "j", "upload": "u"})

    http = httpx.Client(transport=httpx.MockTransport(flaky), base_url="http://erp.test/api/v1")
    assert erp.Mainstay(http).send([], []) == {"job": "j", "upload": "u"}
    assert len(asked) == 3 and len(set(asked)) == 1


def test_the_client_passes_strict_type_checks() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(FILE)],
        capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_a_refusal_says_why(erp: ModuleType) -> None:
    problem: dict[str, Any] = {
        "code": "not_graded", "message": "Nothing.", "field": None, "remedy": "Import.",
        "faults": [],
    }  # fmt: skip
    transport = httpx.MockTransport(lambda request: httpx.Response(404, json=problem))
    client = erp.Mainstay(httpx.Client(transport=transport, base_url="http://erp.test"))
    with pytest.raises(erp.Refused, match=r"^Nothing\. Import\.$"):
        client.grades()
