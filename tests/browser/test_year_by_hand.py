"""The year of working days by keyboard: one stop for Tab, arrows by day and week."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from mainstay.foundation.models import CalendarDay


def test_a_day_is_reached_by_keys_and_entered(graded: Page, complaints: list[str]) -> None:
    page = graded
    page.goto("/settings/calendar?year=2099")
    stops = page.locator('[data-calendar] a[tabindex="0"]')
    expect(stops).to_have_count(1)
    stops.focus()
    for key, day in (
        ("ArrowRight", "2099-01-02"), ("ArrowDown", "2099-01-09"), ("End", "2099-01-31"),
        ("ArrowRight", "2099-02-01"), ("ArrowUp", "2099-01-25"), ("Home", "2099-01-01"),
        ("ArrowLeft", "2099-01-01"), ("ArrowDown", "2099-01-08"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator(f'[data-day="{day}"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("From")).to_have_value("2099-01-08")
    page.get_by_label("Name").fill("Stocktaking")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("cell", name="Stocktaking", exact=True)).to_be_visible()
    entered = CalendarDay.objects.get()
    assert (entered.day.isoformat(), entered.working) == ("2099-01-08", False)
    page.get_by_role("button", name="Remove 2099-01-08 Stocktaking").click()
    expect(page.get_by_text("None in this year.")).to_be_visible()
    assert complaints == []
