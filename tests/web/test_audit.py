"""The audit trail as a page: who did what, filtered, sealed and proved."""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import mainstay
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, User
from mainstay.foundation.services import audit
from mainstay.foundation.trail import sealing
from mainstay.web.actions import action_words

CALL = re.compile(
    r'(?:\baudit(?:_each)?\(|AuditEntry\.objects\.using\([^)]*\)\.create\()([^)]*?)"([a-z_]+\.[a-z_]+)"'
)


def test_every_action_that_is_written_has_words() -> None:
    found = set()
    for path in Path(mainstay.__file__).parent.rglob("*.py"):
        found |= {action for _, action in CALL.findall(path.read_text("utf-8"))}
    assert len(found) > 30
    assert found <= action_words().keys(), found - action_words().keys()


def test_entries_are_listed_and_narrowed(page: Client, books: User) -> None:
    audit(books, "customer.merged", "customer:C001", reason="one firm", merged="C002")
    audit(None, "ledger.faults", "books:all", faults=[{"code": "x"}])
    text = page.get(reverse("audit")).content.decode()
    for word in (
        "Customers merged",
        "one firm",
        "merged: C002",
        reverse("customer", args=["C001"]),
    ):
        assert word in text, word
    only = page.get(reverse("audit"), {"who": "0"}).content.decode()
    assert "Faults found in the books" in only
    assert "one firm" not in only
    assert "one firm" not in page.get(reverse("audit"), {"until": "2020-01-01"}).content.decode()
    rows = page.get(reverse("audit"), {"action": "customer.merged", "as": "csv"})
    assert rows.content.decode("utf-8-sig").count("\n") == 2
    assert AuditEntry.objects.filter(action="list.exported", subject="list:audit").exists()


def test_the_page_says_how_far_it_is_sealed_and_proves_it_when_asked(
    page: Client, books: User, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_HEAD = tmp_path / "head"  # other tests have chains of their own
    audit(books, "role.given", f"user:{books.pk}", role="auditor")
    assert "Nothing is sealed yet" in page.get(reverse("audit")).content.decode()
    sealing.seal(thorough=True)
    job = page.post(reverse("verify-audit"))
    worker.run_pending()
    assert page.get(job["Location"])["Location"] == reverse("audit")
    text = page.get(reverse("audit")).content.decode()
    assert "The last verification found the trail whole" in text
    assert re.search(r"\d+ entries sealed", text)
