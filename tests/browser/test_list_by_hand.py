"""The list by keyboard and by typing; more rows as they are reached."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_keys_search_filter_move_and_open(graded: Page, complaints: list[str]) -> None:
    page = graded
    page.goto("/customers")
    page.keyboard.press("f")
    expect(page.locator("[data-filter]")).to_be_focused()
    page.keyboard.type("Customer 1")
    expect(page.locator("[data-list] tbody tr")).to_have_count(10)
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-list] tbody a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/customers/C011$"))
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("Ningbo Tuo")
    expect(page.locator("#found")).to_be_visible()
    expect(page.locator("[data-hit]")).to_have_text([re.compile("Ningbo Tuopu Auto Parts")])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ningbo Tuopu Auto Parts")).to_be_visible()
    assert complaints == []


def test_choosing_filters_changes_list_views_and_address_without_a_reload(graded: Page) -> None:
    page = graded
    page.goto("/customers")
    page.evaluate("window.stayed = true")
    page.get_by_role("combobox", name="Region").select_option("江苏")
    expect(page.locator("#views a").first).to_have_text(re.compile(r"All\s*20"))
    expect(page).to_have_url(re.compile("region="))
    assert page.evaluate("window.stayed") is True
    href = page.get_by_role("link", name="Excel").get_attribute("href") or ""
    assert "region=" in href


def test_the_way_back_leads_to_the_filtered_list_as_a_whole_page(graded: Page) -> None:
    page = graded
    page.goto("/customers")
    page.get_by_role("combobox", name="Region").select_option("江苏")
    expect(page).to_have_url(re.compile("region="))
    page.locator("[data-list] tbody a").first.click()
    expect(page.get_by_text("Every scheme", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    expect(page.locator("#views a").first).to_have_text(re.compile(r"All\s*20"))
    page.go_back()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
    expect(page.locator("#views a").first).to_have_text(re.compile(r"All\s*60"))


def test_rows_follow_as_they_are_reached(graded: Page) -> None:
    page = graded
    page.goto("/customers")
    expect(page.locator("[data-list] tbody a[href^='/customers/C']")).to_have_count(50)
    page.locator("[data-more]").scroll_into_view_if_needed()
    expect(page.locator("[data-list] tbody a[href^='/customers/C']")).to_have_count(60)
    expect(page.locator("[data-more]")).to_have_count(0)


def test_a_picture_shows_its_table_and_saves_as_png(graded: Page, complaints: list[str]) -> None:
    page = graded
    page.goto("/portfolio")
    figure = page.locator("#pareto")
    figure.get_by_role("button", name="Table").click()
    expect(figure.get_by_role("cell", name="10", exact=True)).to_be_visible()
    with page.expect_download() as download:
        figure.get_by_role("button", name="PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as data:
        figure.get_by_role("link", name="Data").click()
    assert data.value.suggested_filename == "pareto-2026-06-30.csv"
    assert complaints == []


def test_without_scripts_the_reading_pages_still_work(graded: Page) -> None:
    page = graded
    bare = page.context.browser.new_context(  # type: ignore[union-attr]
        base_url=page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2],
        java_script_enabled=False, storage_state=page.context.storage_state(),
    )  # fmt: skip
    tab = bare.new_page()
    tab.goto("/customers?class=A")
    tab.get_by_role("link", name="Suzhou Hengsheng Precision Machinery").click()
    expect(tab.get_by_role("heading", name="Suzhou Hengsheng Precision Machinery")).to_be_visible()
    tab.get_by_label("Sections of this customer").get_by_role("link", name="Documents").click()
    expect(tab.get_by_role("link", name="XS-0001")).to_be_visible()
    bare.close()


def test_the_question_mark_opens_help_about_the_page_unless_one_writes(graded: Page) -> None:
    page = graded
    page.goto("/data/quality")
    page.locator("[data-search]").focus()
    page.keyboard.press("?")
    expect(page.locator("[data-search]")).to_have_value("?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page).to_have_url(re.compile(r"/help\?about=quality$"))
    expect(page.get_by_role("heading", name="See what the books lack")).to_be_visible()
    page.goto("/help#dumping")
    expect(page.locator("#dumping")).to_be_in_viewport()


def test_a_phone_sorts_by_one_choice_and_shows_what_is_overdue(graded: Page) -> None:
    page = graded
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/customers")
    first = page.locator("[data-list] tbody tr").first
    expect(first.locator("a")).to_have_text("Suzhou Hengsheng Precision Machinery")
    expect(first.get_by_text("¥62K overdue")).to_be_visible()
    page.evaluate("window.stayed = true")
    page.get_by_role("combobox", name="Sorted by").select_option(label="Net sales ↑")
    expect(first.locator("a")).to_have_text("Customer 60")
    expect(page).to_have_url(re.compile("sort=net_sales"))
    assert page.evaluate("window.stayed") is True
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_role("combobox", name="Sorted by")).to_be_hidden()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Net sales ↑")
