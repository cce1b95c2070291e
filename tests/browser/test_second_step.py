"""The second step as a person walks it: set up, sign out, in by a code, in by a recovery code."""

from __future__ import annotations

import base64
import os

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from mainstay.foundation import second_step
from mainstay.foundation.models import SecondStep, User
from mainstay.foundation.vault import unseal
from tests.browser.test_every_page import violations
from tests.web import company


def next_code(user: User) -> str:
    """What the app will show in a moment: the code of this half minute was used at the set-up."""
    row = SecondStep.objects.get(user=user)
    step = max(int(timezone.now().timestamp()) // second_step.PERIOD, row.last_step + 1)
    return second_step.code_at(unseal(row.secret, f"second step of user {user.pk}"), step)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_set_up_sign_out_and_in_again_twice(
    signed_in: Page, user: User, complaints: list[str], theme: str
) -> None:
    page = signed_in
    User.objects.filter(pk=user.pk).update(theme=theme)
    found, wide = [], []

    def look(called: str) -> None:
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function("width => innerWidth === width", arg=width)
            shown = page.evaluate("document.documentElement.scrollWidth")
            if shown > width:
                wide.append((called, width, shown))
            if folder := os.environ.get("MAINSTAY_SHOTS"):
                page.screenshot(path=f"{folder}/{called}-{width}-{theme}.png", full_page=True)
        found.extend(violations(page))

    def give_the_password() -> None:
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", company.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()

    page.goto("/me")
    look("me")
    page.get_by_role("link", name="Second step").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look("set-up")
    typed = page.locator(".todo code").inner_text().replace(" ", "")
    secret = base64.b32decode(typed)
    now = int(timezone.now().timestamp()) // second_step.PERIOD
    page.get_by_label("Code of the app").fill(second_step.code_at(secret, now))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    look("codes")
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()

    page.get_by_role("button", name="Sign out").first.click()
    give_the_password()
    page.get_by_label("Code of the app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("code")
    page.get_by_label("Code of the app").fill(next_code(user))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("navigation", name="Main").first).to_be_visible()

    page.get_by_role("button", name="Sign out").first.click()
    give_the_password()
    page.get_by_label("Code of the app").fill(recovery)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("navigation", name="Main").first).to_be_visible()
    page.goto("/me/second-step")
    expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
    look("on")
    assert (found, wide) == ([], [])
    assert [line for line in complaints if "422" not in line] == []
