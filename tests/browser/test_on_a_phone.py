"""What stands behind one button on a phone: the filters of a list, and the rest of the bar."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import violations


@pytest.fixture
def phone(graded: Page) -> Page:
    """A tab of 390 px on the list of open documents."""
    graded.set_viewport_size({"width": 390, "height": 844})
    graded.goto("/documents")
    return graded


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.parametrize(
    "address",
    ["/documents", "/documents?state=overdue&kind=invoice&start=2026-01-01", "/data/jobs",
     "/customers/C001/documents?state=all&start=2026-01-01&end=2026-06-30", "/settings/audit"],
)  # fmt: skip
def test_filters_take_two_lines_at_most(phone: Page, address: str, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(address)
    bars = phone.locator("main .filters, main .years")
    height = sum(box["height"] for bar in bars.all() if (box := bar.bounding_box()))
    assert height < 120
    expect(phone.get_by_role("searchbox").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("state", ["open", "all"])
def test_a_document_s_amounts_stand_beside_each_other(phone: Page, state: str) -> None:
    phone.set_viewport_size({"width": 360, "height": 844})
    phone.goto(f"/documents?state={state}")
    expect(phone.get_by_role("columnheader", name="Net")).to_be_visible()
    assert (
        phone.evaluate("""() => {
        const table = document.querySelector(".scroll");
        return table.scrollWidth - table.clientWidth;
    }""")
        == 0
    )


def test_filters_open_by_key_and_narrow_the_list(phone: Page, complaints: list[str]) -> None:
    kind = phone.get_by_label("Kind")
    opener = phone.get_by_role("button", name="Filter open ones")
    expect(kind).to_be_hidden()
    opener.focus()
    phone.keyboard.press("Enter")
    expect(kind).to_be_visible()
    assert violations(phone) == []
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("button", name="Close")).to_be_focused()
    phone.keyboard.press("Escape")
    expect(kind).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    phone.locator("[name=state]").select_option("all")
    kind.select_option("invoice")
    phone.get_by_role("button", name="Show", exact=True).click()
    phone.wait_for_url("**/documents?*kind=invoice*")
    expect(phone.get_by_role("button", name="Filter all documents · Invoice")).to_be_visible()
    assert complaints == []


def test_a_tap_beside_the_sheet_shuts_it(phone: Page) -> None:
    phone.get_by_role("button", name="Filter").click()
    expect(phone.get_by_label("Kind")).to_be_visible()
    phone.mouse.click(195, 20)
    expect(phone.get_by_label("Kind")).to_be_hidden()


def test_a_wide_screen_has_the_filters_in_line(phone: Page) -> None:
    phone.set_viewport_size({"width": 1440, "height": 960})
    expect(phone.get_by_label("Kind")).to_be_visible()
    expect(phone.get_by_role("button", name="Filter")).to_have_count(0)
    expect(phone.get_by_role("button", name="More")).to_have_count(0)


def test_the_bar_keeps_what_it_has_no_room_for_behind_more(phone: Page) -> None:
    bar = phone.get_by_role("navigation", name="Main")
    shown = bar.get_by_role("link")
    expect(shown).to_have_text(["Inbox", "Customers", "Documents", "Portfolio"])
    expect(bar.get_by_role("link", name="Documents")).to_have_attribute("aria-current", "page")
    more = bar.get_by_role("button", name="More")
    for control in (*shown.all(), more):
        box = control.bounding_box()
        assert box and box["width"] >= 44 and box["height"] >= 44
    more.focus()
    phone.keyboard.press("Enter")
    expect(shown).to_have_text(
        ["Inbox", "Customers", "Documents", "Portfolio", "Data", "Settings", "Me"]
    )
    assert violations(phone) == []
    phone.keyboard.press("Tab")
    expect(bar.get_by_role("link", name="Data")).to_be_focused()
    phone.keyboard.press("Escape")
    expect(bar.get_by_role("link", name="Data")).to_be_hidden()
    expect(more).to_be_focused()
    phone.keyboard.press("Enter")
    bar.get_by_role("link", name="Data").click()
    phone.wait_for_url("**/data")
    expect(bar.get_by_role("button", name="More")).to_have_attribute("aria-current", "true")
