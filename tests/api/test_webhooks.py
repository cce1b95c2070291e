"""Webhooks: told with what happened, signed, again until taken, and to public hosts only."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.server
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import outgoing, webhooks, worker
from mainstay.foundation.errors import AddressNotAllowed, NoSuchWebhook, UnknownKind
from mainstay.foundation.models import Job, User, Webhook, WebhookMessage
from mainstay.foundation.outbox import announce
from mainstay.foundation.services import audit, enqueue
from tests.api.callers import BASE, caller

pytestmark = pytest.mark.grades(False)


class Receiver(http.server.ThreadingHTTPServer):
    """A program that wants to be told: what came, and what it answers next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/told"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOKS_TO_PRIVATE = True
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fall_due() -> None:
    """Let the time of every waiting job come."""
    Job.objects.filter(state="queued").update(not_before=timezone.now())


def test_a_message_is_signed_and_says_what_happened(boss: User, receiver: Receiver) -> None:
    _, secret = webhooks.subscribe(boss, receiver.url, ["grades.run"])
    announce("grades.run", "snapshot:7")
    worker.run_pending()
    [(path, headers, body)] = receiver.came
    message = WebhookMessage.objects.get()
    assert path == "/told"
    assert json.loads(body) == {
        "id": str(message.pk), "kind": "grades.run", "subject": "snapshot:7",
        "at": message.at.isoformat(),
    }  # fmt: skip
    stamp = headers["Mainstay-Timestamp"]
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Mainstay-Signature"] == f"v1={expected}"
    assert abs(int(stamp) - timezone.now().timestamp()) < 60
    assert (message.state, message.status, message.attempts) == ("taken", 204, 1)


def test_the_store_keeps_a_secret_that_it_cannot_read(boss: User, receiver: Receiver) -> None:
    _, secret = webhooks.subscribe(boss, receiver.url, ["grades.run"])
    assert secret not in Webhook.objects.get().secret


def test_under_another_key_nothing_is_told_and_the_message_says_why(
    boss: User, receiver: Receiver, settings: Settings
) -> None:
    webhooks.subscribe(boss, receiver.url, ["grades.run"])
    announce("grades.run", "snapshot:7")
    settings.SECRET_KEY = "another"
    worker.run_pending()
    message = WebhookMessage.objects.get()
    assert (message.state, message.error) == ("waiting", "sealed_by_another_key")
    assert receiver.came == []


@pytest.mark.grades
def test_an_import_tells_of_itself_and_of_the_grading(boss: User, receiver: Receiver) -> None:
    kinds = ["import.applied", "import.undone", "grades.run"]
    webhooks.subscribe(boss, receiver.url, kinds)
    client = caller(boss)
    document = {
        "kind": "invoice", "number": "I1", "date": "2026-05-01", "customer_code": "K1",
        "currency": "CNY", "lines": [{"net": 100}],
    }  # fmt: skip
    client.post(f"{BASE}/events", {"documents": [document]}, content_type="application/json")
    worker.run_pending()
    told = [json.loads(body) for _, _, body in receiver.came]
    assert [one["kind"] for one in told] == ["import.applied", "grades.run"]
    batch = told[0]["subject"].removeprefix("batch:")
    assert client.get(f"{BASE}/imports/{batch}").json()["state"] == "applied"
    client.post(f"{BASE}/imports/{batch}/undo", {}, content_type="application/json")
    worker.run_pending()
    assert json.loads(receiver.came[-1][2])["kind"] == "import.undone"


@pytest.mark.grades
def test_a_failed_job_is_told_of(boss: User, receiver: Receiver) -> None:
    webhooks.subscribe(boss, receiver.url, ["job.failed"])
    job = enqueue("insights.grade", owner=boss, as_of=None, user=boss.pk)  # nothing to grade
    worker.run_pending()
    assert [json.loads(body)["subject"] for _, _, body in receiver.came] == [f"job:{job.pk}"]


def test_only_what_was_asked_for_is_told(boss: User, receiver: Receiver) -> None:
    webhooks.subscribe(boss, receiver.url, ["import.undone"])
    audit(boss, "import.applied", "batch:1")
    audit(boss, "password.changed", "user:1")
    assert not WebhookMessage.objects.exists()


def test_what_did_not_happen_is_not_told(boss: User, receiver: Receiver) -> None:
    webhooks.subscribe(boss, receiver.url, ["grades.run"])
    with transaction.atomic():
        audit(boss, "grades.run", "snapshot:1")
        transaction.set_rollback(True)
    worker.run_pending()
    assert receiver.came == []


def test_what_is_not_taken_is_told_again_later(boss: User, receiver: Receiver) -> None:
    webhooks.subscribe(boss, receiver.url, ["grades.run"])
    receiver.answers = [500, 302]
    announce("grades.run", "snapshot:7")
    worker.run_pending()
    message = WebhookMessage.objects.get()
    assert (message.state, message.status, message.attempts) == ("waiting", 500, 1)
    waiting = Job.objects.get(state="queued")
    assert waiting.not_before is not None and message.tried_at is not None
    assert waiting.not_before - message.tried_at == dt.timedelta(minutes=1)
    worker.run_pending()
    assert len(receiver.came) == 1  # its time has not come
    fall_due()
    worker.run_pending()
    message.refresh_from_db()
    assert (message.state, message.status, message.attempts) == ("waiting", 302, 2)
    fall_due()
    worker.run_pending()
    message.refresh_from_db()
    assert (message.state, message.status, message.attempts) == ("taken", 204, 3)
    assert {path for path, _, _ in receiver.came} == {"/told"}  # no redirect was followed
    assert len({headers["Mainstay-Message"] for _, headers, _ in receiver.came}) == 1


def test_a_message_is_given_up_after_the_last_try(boss: User, receiver: Receiver) -> None:
    webhooks.subscribe(boss, receiver.url, ["grades.run", "job.failed"])
    tries = len(webhooks.BACKOFF) + 1
    receiver.answers = [503] * tries
    announce("grades.run", "snapshot:7")
    for _ in range(tries + 2):
        fall_due()
        worker.run_pending()
    message = WebhookMessage.objects.get()  # and none of a failed job
    assert (message.state, message.attempts, len(receiver.came)) == ("given_up", tries, tries)
    assert not Job.objects.filter(state="queued").exists()


def test_a_receiver_that_is_away_is_no_failed_job(boss: User, settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    webhooks.subscribe(boss, f"http://127.0.0.1:{port}", ["grades.run"])
    announce("grades.run", "snapshot:7")
    worker.run_pending()
    message = WebhookMessage.objects.get()
    assert message.state == "waiting" and "ConnectionRefusedError" in message.error
    assert not Job.objects.filter(state="failed").exists()


def test_a_name_that_is_none_is_no_failed_job(boss: User) -> None:
    webhooks.subscribe(boss, "https://a..b", ["grades.run"])
    announce("grades.run", "snapshot:7")
    worker.run_pending()
    assert WebhookMessage.objects.get().error == "address_not_allowed"
    assert not Job.objects.filter(state="failed").exists()


def test_an_ended_webhook_is_told_nothing_more(boss: User, receiver: Receiver) -> None:
    made, _ = webhooks.subscribe(boss, receiver.url, ["grades.run"])
    announce("grades.run", "snapshot:7")
    webhooks.end(boss, made.id)
    announce("grades.run", "snapshot:8")
    worker.run_pending()
    assert receiver.came == []
    with pytest.raises(NoSuchWebhook):
        webhooks.end(boss, made.id)


def test_the_log_tells_how_it_went(boss: User, receiver: Receiver) -> None:
    client = caller(boss)
    body = {"url": receiver.url, "kinds": ["grades.run"]}
    made = client.post(f"{BASE}/webhooks", body, content_type="application/json").json()
    assert made["secret"].startswith("whs_")
    for number in range(3):
        announce("grades.run", f"snapshot:{number}")
    worker.run_pending()
    address = f"{BASE}/webhooks/{made['id']}/messages?size=2"
    first = client.get(address).json()
    second = client.get(f"{address}&after={first['next']}").json()
    rows = first["rows"] + second["rows"]
    assert [row["subject"] for row in rows] == ["snapshot:2", "snapshot:1", "snapshot:0"]
    assert {row["state"] for row in rows} == {"taken"} and second["next"] is None
    listed = client.get(f"{BASE}/webhooks").json()["rows"]
    assert "secret" not in listed[0] and listed[0]["url"] == receiver.url


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_told_nothing(
    boss: User, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (found, port)) for found in ("93.184.216.34", address)]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    webhooks.subscribe(boss, "https://erp.example.com/told", ["grades.run"])
    announce("grades.run", "snapshot:7")
    worker.run_pending()
    message = WebhookMessage.objects.get()
    assert (message.state, message.error) == ("waiting", "address_not_allowed")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert outgoing.is_public(ipaddress.ip_address(address))


def test_the_address_that_was_checked_is_the_one_called(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])  # a name that leads elsewhere the second time
    called: list[Any] = []

    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (next(answers), port))]

    def connect(address: tuple[str, int], timeout: float) -> None:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        outgoing.post("https://erp.example.com:8443/x", b"{}", {})
    assert called == [("8.8.8.8", 8443)]


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com", "ftp://erp.example.com", "https://", "https://u:p@example.com",
        "https://example.com/#x", "https://example.com:99999", "https://exa mple.com",
        "javascript:1",
        "https://example.com:0/", "//example.com", "https://例子.com", "https://e.com/\r\nX: y",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_refused(boss: User, url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        webhooks.subscribe(boss, url, ["grades.run"])
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("kinds", [[], ["everything"]])
def test_an_unknown_kind_is_refused(boss: User, kinds: list[str]) -> None:
    with pytest.raises(UnknownKind):
        webhooks.subscribe(boss, "https://erp.example.com", kinds)
