"""One customer with two codes, as a person does it: asked, merged by hand, split again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_django import Settings

from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.parties.models import Customer
from tests.browser.test_every_page import violations

TAX = "91330100MA2ABCDE0X"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_asked_merged_and_split(
    graded: Page, user: User, settings: Settings, tmp_path: Path, theme: str
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    User.objects.filter(pk=user.pk).update(theme=theme)
    Customer.objects.filter(code="C002").update(tax_no=TAX)
    name = Customer.objects.get(code="C001").name
    found, wide = [], []

    def look(called: str) -> None:
        found.extend(violations(graded))
        for width in (1440, 390):
            graded.set_viewport_size({"width": width, "height": 900})
            shown = graded.evaluate("document.documentElement.scrollWidth")
            if shown > width:
                wide.append((graded.url, width, shown))
            if folder := os.environ.get("MAINSTAY_SHOTS"):
                graded.screenshot(path=f"{folder}/{called}-{width}-{theme}.png", full_page=True)

    lines = (
        "单据编号,单据日期,客户编码,客户名称,购方税号,不含税金额\n"
        f"N-1,2026-04-05,N001,{name},,80.00\nN-2,2026-04-06,N002,新名称贸易,{TAX},90.00\n"
    )
    graded.goto("/data")
    file: FilePayload = {"name": "新.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    graded.set_input_files("[name=lines]", files=[file])
    graded.get_by_role("button", name="Check the file").click()
    graded.get_by_role("button", name="See what 2 rows change").click()
    expect(graded.get_by_text("2 new codes look like customers you have")).to_be_visible()
    look("asked")
    graded.get_by_role("button", name="Import 2 documents").click()
    worker.run_pending()
    expect(graded.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    graded.goto("/customers/N002")  # chosen beforehand by its tax number
    expect(graded.locator("#codes").get_by_text("same tax number")).to_be_visible()
    assert graded.url.endswith("/customers/C002")
    graded.goto("/customers/N001")  # another customer, unless somebody says so
    graded.get_by_role("link", name="This is the same customer as").click()
    graded.get_by_label("Code or name of the customer that stays").fill("C001")
    graded.get_by_role("button", name="Search").click()
    look("search")
    graded.locator("ul.files a").first.click()
    graded.get_by_label("Why?").fill("new system")
    look("effect")
    graded.get_by_role("button", name="Make them one").click()
    expect(graded.locator("#codes").get_by_text("merged afterwards")).to_be_visible()
    look("codes")
    graded.get_by_role("link", name="Split").first.click()
    graded.get_by_label("Why?").fill("two firms after all")
    look("split")
    graded.get_by_role("button", name="Split them").click()
    expect(graded.get_by_text("They are two customers again")).to_be_visible()
    assert (found, wide) == ([], [])
