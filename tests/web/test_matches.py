"""One customer, two codes, through the pages: confirmed in the wizard, merged, split again."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.foundation.people import FIRST
from mainstay.ledger.models import Document
from mainstay.parties.models import Merge, Refusal
from tests.people import only, with_rights
from tests.web.test_import import LINES, client, upload

pytestmark = pytest.mark.grades(False)

__all__ = ["client"]

NEW = """单据编号,单据日期,客户编码,客户名称,不含税金额
XS-8,2026-04-05,N1,苏州 恒晟,80.00
XS-9,2026-04-06,N2,宁波拓普有限公司,90.00
"""


@pytest.fixture
def boss(client: Client, reader: User) -> Client:
    """An administrator with the first file in the books."""
    only(reader, *FIRST)
    check = upload(client, LINES)
    client.post(f"{check}/apply", {"mapping": "{}"})
    worker.run_pending()
    return client


def dry(browser: Client, check: str) -> str:
    return browser.post(f"{check}/dry-run", {"mapping": "{}"}).content.decode()


def sent(text: str, *chosen: tuple[str, str]) -> dict[str, object]:
    """The form of the dry run with these (new, old) radios chosen."""
    asked = [html.unescape(v) for v in re.findall(r'name="asked" value="([^"]*)"', text)]
    radios = {f"match-{n}": json.dumps(pair) for n, pair in enumerate(chosen)}
    return {"mapping": "{}", "asked": asked, **radios}


def test_the_wizard_asks_and_keeps_the_answers(boss: Client) -> None:
    check = upload(boss, NEW)
    text = dry(boss, check)
    assert "2 new codes look like customers you have" in text
    assert "same name" in text
    assert "2 documents so far, net 1,300.00" in text
    checked = re.findall(r'value="([^"]*)" checked', text)
    assert {html.unescape(value) for value in checked} == {'["N1", ""]', '["N2", ""]'}
    boss.post(f"{check}/apply", sent(text, ("N1", "C1"), ("N2", "")))
    worker.run_pending()
    assert set(Document.objects.filter(customer__code="C1").values_list("number", flat=True)) == {
        "XS-1", "XS-3", "XS-8",
    }  # fmt: skip
    refusal = Refusal.objects.get()
    assert (refusal.code, refusal.other) == ("N2", "C2")
    page = boss.get(reverse("customer", args=["C1"])).content.decode()
    assert "confirmed with an import: same name" in page


def test_what_is_chosen_already_counts_as_the_customer_it_is(boss: Client) -> None:
    check = upload(boss, NEW.replace("N1,苏州 恒晟", "苏州 恒晟,苏州 恒晟"))
    text = dry(boss, check)
    checked = {html.unescape(value) for value in re.findall(r'value="([^"]*)" checked', text)}
    assert checked == {'["苏州 恒晟", "C1"]', '["N2", ""]'}
    assert "1 customer is new" in text
    counted = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "New customers 1 codes of customers you have 1" in counted


def test_who_is_no_administrator_is_not_asked_and_may_not_say(boss: Client, reader: User) -> None:
    with_rights(reader, "customers.see", "data.import", "books.see")
    check = upload(boss, NEW)
    text = dry(boss, check)
    assert "look like customers" not in text
    refused = boss.post(f"{check}/apply", {"mapping": "{}", "match-0": '["N1", "C1"]'})
    assert refused.status_code == 403
    assert boss.get(reverse("same-customer", args=["C1"])).status_code == 403


def test_merge_afterwards_and_split_again(boss: Client) -> None:
    boss.post(f"{upload(boss, NEW)}/apply", {"mapping": "{}"})
    worker.run_pending()
    address = reverse("same-customer", args=["N1"])
    assert address in boss.get(reverse("customer", args=["N1"])).content.decode()
    found = boss.get(address, {"q": "恒晟"}).content.decode()
    assert "into=C1" in found
    assert "into=N1" not in found
    effect = boss.get(address, {"into": "C1"}).content.decode()
    assert "1 document goes along, net 80.00" in effect
    assert boss.post(address, {"into": "C1", "reason": " "}).status_code == 422
    done = boss.post(address, {"into": "C1", "reason": "new system"})
    assert done["Location"] == reverse("customer", args=["C1"])
    assert Job.objects.filter(kind="insights.grade", state="queued").count() == 1
    worker.run_pending()
    for name in ("customer", "money", "documents", "receipts"):
        moved = boss.get(reverse(name, args=["N1"]), {"end": "2026-04-30"})
        assert moved["Location"] == reverse(name, args=["C1"]) + "?end=2026-04-30"
    assert "/customers/N1" not in boss.get(reverse("customers")).content.decode()
    assert "new system" in boss.get(reverse("customer", args=["C1"])).content.decode()
    back = reverse("split-customer", args=[Merge.objects.get().pk])
    assert "1 document goes along, net 80.00" in boss.get(back).content.decode()
    assert boss.post(back, {"reason": "two firms"})["Location"] == "/customers/N1"
    worker.run_pending()
    assert "XS-8" in boss.get(reverse("documents", args=["N1"])).content.decode()
    assert boss.get(back).status_code == 404
