"""Every page: accessible in both themes, no complaint of the browser, no overflow on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from mainstay.foundation.models import User
from mainstay.ledger.models import Document
from tests.browser.conftest import AXE

PAGES = (
    "/portfolio", "/customers", "/customers?class=A&q=none", "/customers/C001",
    "/customers/C002?scheme=value5", "/customers/C001/documents", "/customers/C001/receipts",
    "/data", "/start", "/me", "/password", "/nowhere",
)  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def addresses() -> list[str]:
    return [*PAGES, f"/documents/{Document.objects.get(number='XS-0001').pk}"]


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
    assert found == []


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
