"""A weight is changed in the studio, proposed, approved and run: the customer's page shows the
class that the preview said.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from pytest_django import Settings

from mainstay.foundation import worker
from mainstay.foundation.models import Request, User
from mainstay.insights.models import SchemeVersion
from tests.browser.test_every_page import violations
from tests.services import company
from tests.services.conftest import apply
from tests.web import company as pages


def test_a_changed_weight_goes_from_the_studio_to_the_customer_s_page(
    signed_in: Page, user: User, settings: Settings, tmp_path: Path, complaints: list[str]
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    apply(user, company.write(tmp_path / "files"))
    pages.user("meng", "sales_director", language="en")
    page = signed_in
    as_somebody(page, "meng")

    page.goto("/settings/schemes/composite/studio")
    expect(page.get_by_role("heading", name="of 12 would move")).to_be_visible()
    weight = page.get_by_label("Net sales", exact=True).and_(
        page.locator("input:not([type=range])")
    )
    weight.fill("80")
    finding = page.locator("#shift h2")
    expect(finding).to_have_text(re.compile(r"[1-9]\d* of 12 would move"))
    expect(page.locator("#c-criteria-0-weight-t")).to_have_text("was 20")
    expect(page.locator("[data-total]")).to_have_text("160")

    weight.fill("much")
    expect(page.get_by_role("alert")).to_contain_text("1 fault")
    expect(page.locator("#c-criteria-0-weight-t")).to_have_text("a number is needed")
    weight.fill("80")
    expect(finding).to_be_visible()
    assert violations(page) == []
    told = finding.inner_text()

    page.get_by_role("button", name="+ Guard").click()
    guard = page.locator("#guards details summary", has_text="New guard")
    guard.click()
    page.get_by_role("button", name="Take away: New guard").click()
    expect(guard).to_have_count(0)
    expect(finding).to_have_text(told)

    mover = page.locator(".movers tbody tr").first
    after = mover.locator(".g").nth(1).get_attribute("aria-label")
    address = mover.get_by_role("link").get_attribute("href")
    assert after
    page.get_by_label("What is new in it?").fill("volume counts more")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Tried on the figures of")).to_be_visible()
    page.get_by_label("Why? The reason").fill("we sell volume")
    page.get_by_role("button", name="Put in use").click()
    expect(page.get_by_text("Asked for. Who decides is told.")).to_be_visible()
    expect(page.locator(".flow [aria-current]")).to_have_text("proposed")

    as_somebody(page, "lin")
    page.goto(f"/inbox/requests/{Request.objects.get().pk}")
    expect(page.get_by_text("Would fall")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("own_composite v1").first).to_be_visible()
    worker.run_pending()
    assert SchemeVersion.objects.get().since is not None
    page.goto(f"{address}?scheme=own_composite")
    badge = page.locator(".grades li.on .g")
    expect(badge).to_have_attribute("aria-label", re.compile(re.escape(after)))
    assert complaints == []


def as_somebody(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.fill("[name=username]", name)
    page.fill("[name=password]", pages.PASSWORD)
    page.click("form.form button")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
