"""Every page: accessible in both themes, no complaint of the browser, no overflow on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights.models import Backtest, Override
from mainstay.insights.schemes import changing, judging, overriding
from mainstay.ledger.models import Document
from mainstay.parties import contacts
from mainstay.parties.models import Contact
from mainstay.parties.permissions import PROTECT
from mainstay.retention import services
from tests.backtested import backtested
from tests.browser.conftest import AXE
from tests.people import hold
from tests.web import company

PAGES = (
    "/portfolio", "/portfolio/week", "/portfolio/over-time",
    "/portfolio/over-time?by=region&show=average",
    "/portfolio/matrix", "/portfolio/matrix?row=class:value5&column=metric:margin",
    "/portfolio/matrix/customers?row=size&r=4", "/portfolio/cohorts",
    "/portfolio/cohorts?months=3&show=net", "/portfolio/cohorts/2024-H2?since=2",
    "/portfolio/moves", "/portfolio/moves?scheme=composite&from=A&to=B",
    "/portfolio/concessions", "/portfolio/sales-change", "/portfolio/sales-change/change",
    "/portfolio/sales-change?later=2026-Q1&earlier=before",
    "/portfolio/white-space", "/portfolio/white-space/B2",
    "/customers/C002/could-buy", "/customers", "/customers?class=A&q=none", "/customers/C001",
    "/customers/C002?scheme=value5", "/customers/C001/documents", "/customers/C001/receipts",
    "/documents", "/documents?state=overdue", "/documents?state=all&sort=largest",
    "/customers/C001/documents?state=open", "/customers/C001/money",
    "/customers/C001/money?end=2026-03-31&known=2026-05-01T12:00",
    "/customers/C001/receipts?kind=bill", "/data/quality", "/data/quality/off-file",
    "/data/quality/gaps", "/data/quality/unpaired", "/data/products", "/data/rates",
    "/settings/people", "/settings/roles", "/settings/roles/finance",
    "/settings/company", "/settings/calendar?year=2026&day=2026-10-01",
    "/settings/calendar?year=2099",
    "/settings/territories", "/settings/audit", "/customers/C001/keepers",
    "/customers/C001/path", "/customers/C001/changes?scheme=composite",
    "/customers/C001/contacts", "/customers/C002/contacts",
    "/customers/C001/efforts", "/settings/efforts", "/portfolio/effort",
    "/customers/C001/owed", "/settings/policies", "/settings/policies/abc",
    "/settings/policies/abc/draft", "/portfolio/owed",
    "/portfolio/lost", "/portfolio/lost?neglected=1&state=lost",
    "/customers/C056/lost", "/customers/C057/lost", "/customers/C058/lost", "/customers/C059/lost",
    "/inbox", "/inbox/choices", "/help", "/help?about=data", "/help?q=net", "/help/metrics",
    "/customers/C001/timeline", "/search?q=C00",
    "/terms?terms=月结30天&month=2026-01", "/customers/C001/orders", "/customers/C001/deliveries",
    "/hand-over",
    "/customers/C001/same", "/data/jobs", "/data/jobs?state=failed", "/customers/C001/history",
    "/settings/roles/finance/history",
    "/customers/C001/class?scheme=abc", "/customers/C001/judgements", "/settings/schemes",
    "/settings/schemes/abc", "/settings/schemes/composite", "/settings/schemes/key_potential",
    "/settings/schemes/stars",
    "/settings/schemes/abc/draft", "/settings/schemes/composite/studio",
    "/settings/schemes/stars/studio", "/settings/schemes.compare?left=abc%20v1&right=value5%20v1",
    "/settings/schemes/composite/backtests",
    "/data", "/start", "/me", "/me/second-step", "/password", "/nowhere",
)  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


FAULTS = """单据编号,单据日期,客户编码,客户名称,数量,不含税金额,税额,价税合计
XS-1,2026-02-31,C001,甲公司,1,1000.00,130.00,1130.00
XS-2,2026-01-05,C002,某某精密机械制造（苏州工业园区）股份有限责任公司驻上海办事处,1,壹千,130.00,1130.00
XS-3,2026-01-06,C003,丙公司,1,500.00,65.00,565.00
"""
PROTECTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le")
)
UNSURE = "单号,日期,甲,乙\n1,2026-01-05,老王,100\n"


def addresses() -> list[str]:
    found = Document.objects.get(number="XS-0001")
    batch = f"/data/imports/{found.batch_id}"
    boss = User.objects.earliest("pk")
    person = f"/settings/people/{boss.pk}"
    if not may(boss, PROTECT):
        hold(boss, "data_protection")
    known = Contact.objects.first() or contacts.add(boss, "C001", {
        "name": "王芳", "position": "采购经理", "mobile": "13800138000", "wechat": "wf66",
        "email": "a-rather-long-address-of-the-purchasing-department@hengsheng.example.com",
    })  # fmt: skip
    if not Override.objects.exists():
        _people_said(boss)
        backtested(boss)
    return [
        f"/customers/C001/contacts/{known.pk}",
        *PAGES, person, f"{person}/history", f"/hand-over?from={boss.pk}&to={boss.pk}",
        f"/documents/{found.pk}", batch, f"{batch}/history", f"{batch}?take-back=1",
        f"/settings/backtests/{Backtest.objects.earliest('pk').pk}", f"{batch}/documents/new",
        f"{batch}/documents/changed",
    ]  # fmt: skip


def _people_said(boss: User) -> None:
    """A scheme with judged criteria in use, a judgement, and a class somebody set."""
    today = timezone.localdate()
    changing.change(boss, {"do": "use", "scheme": "stars", "version": 1,
                           "since": today.isoformat()}, "Stars as well")  # fmt: skip
    company.owe(boss)
    loss = company.lose("C056").pk
    why = services.Why("poached", "Their buyer said so", "Rival")
    services.name_reason(boss, "C056", loss, why)
    services.win_back(
        boss, "C056", loss, services.Task(boss.pk, "Offer the new blade", today + timedelta(7))
    )
    scheme, judged = judging.judged()[0]
    judging.judge(boss, "C001", scheme.name, judged.name, judged.levels[0].value, "Seen on a visit")
    overriding.ask(
        boss, {"customer": "C001", "scheme": "abc", "class": "B",
               "until": (today + timedelta(days=60)).isoformat()},
        "A new buyer",
    )  # fmt: skip


def violations(page: Page) -> list[str]:
    """What axe finds, one line each."""
    if not page.evaluate("typeof window.axe !== 'undefined'"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    return [
        f"{page.url} {one['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(graded: Page, user: User, theme: str) -> None:
    User.objects.filter(pk=user.pk).update(theme=theme)
    found = []
    for address in addresses():
        graded.goto(address)
        found += violations(graded)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_way_in(graded: Page, user: User, theme: str) -> None:
    """Checks that cannot go on, one with faults, its dry run, work under way, and its report."""
    User.objects.filter(pk=user.pk).update(theme=theme)
    found, wide = [], []

    def look() -> None:
        found.extend(violations(graded))
        for width in (360, 1440):
            graded.set_viewport_size({"width": width, "height": 844})
            shown = graded.evaluate("document.documentElement.scrollWidth")
            if shown > width:
                wide.append((graded.url, width, shown))

    for name, content in (
        ("locked.xlsx", PROTECTED), ("unsure.csv", UNSURE.encode()),
        ("销售.csv", FAULTS.encode("gb18030")),
    ):  # fmt: skip
        graded.goto("/data")
        file: FilePayload = {
            "name": name,
            "mimeType": "application/octet-stream",
            "buffer": content,
        }
        graded.set_input_files("[name=lines]", files=[file])
        graded.get_by_role("button", name="Check the file").click()
        expect(graded.get_by_role("heading", name="Check before importing")).to_be_visible()
        look()
    graded.get_by_role("button", name="See what 1 row changes").click()
    expect(graded.get_by_role("heading", name="What would change")).to_be_visible()
    look()
    graded.get_by_role("button", name="Import 1 document").click()
    expect(graded.get_by_role("heading", name="Working")).to_be_visible()
    look()
    worker.run_pending()
    expect(graded.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    look()
    assert (found, wide) == ([], [])


def test_axe_finds_nothing_before_sign_in(tab: Page) -> None:
    tab.goto("/sign-in")
    assert violations(tab) == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_is_wider_than_a_phone_or_makes_the_browser_complain(
    graded: Page, user: User, complaints: list[str], language: str
) -> None:
    User.objects.filter(pk=user.pk).update(language=language)
    wide = []
    for width in (1440, 390, 360):
        graded.set_viewport_size({"width": width, "height": 844})
        for address in addresses():
            graded.goto(address)
            shown = graded.evaluate("document.documentElement.scrollWidth")
            if shown > width:
                wide.append((address, width, shown))
    assert wide == []
    assert [line for line in complaints if "404" not in line] == []


def test_the_theme_stands_before_the_first_paint(graded: Page, user: User) -> None:
    User.objects.filter(pk=user.pk).update(theme="dark")
    graded.goto("/portfolio")
    dark = graded.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(18, 20, 22)"
    graded.emulate_media(color_scheme="dark")
    User.objects.filter(pk=user.pk).update(theme="system")
    graded.goto("/portfolio")
    assert graded.evaluate("getComputedStyle(document.body).backgroundColor") == dark
