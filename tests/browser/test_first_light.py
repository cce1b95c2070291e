"""From a spreadsheet to a graded customer and back to the row of the file, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mainstay.foundation import worker
from mainstay.foundation.models import User


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo company as an ERP would export it."""
    from mainstay_engine import synth

    folder = tmp_path_factory.mktemp("company")
    synth.demo(customers=60).write(folder)
    return folder


def test_a_file_becomes_grades_and_every_figure_leads_back_to_it(
    signed_in: Page, files: Path, complaints: list[str]
) -> None:
    page = signed_in
    expect(page.get_by_role("heading", name="Bring your own spreadsheet")).to_be_visible()
    page.get_by_role("link", name="Choose a file").click()
    for table in ("lines", "receipts", "customers"):
        page.set_input_files(f"[name={table}]", files / f"{table}.csv")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="Check before importing")).to_be_visible()
    expect(page.get_by_text("Amounts tie").first).to_be_visible()
    page.get_by_role("button", name="See what").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="Working")).to_be_visible()
    worker.run_pending()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    page.get_by_role("link", name="See the portfolio").click()
    expect(page.get_by_role("heading", name="of the customers bring")).to_be_visible()

    page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Customers").click()
    page.locator("[data-list] tbody a").first.click()
    expect(page.get_by_text("Every scheme", exact=True)).to_be_visible()
    page.locator("#why td.n .fig-link, #why .fig-link[href*=documents]").first.click()
    expect(page).to_have_url(re.compile("/documents"))
    page.locator("tbody a.lk").first.click()
    expect(page.get_by_text("From the file lines.csv")).to_be_visible()
    assert complaints == []


def test_faults_stand_in_their_cells_and_the_good_rows_can_go_in(
    signed_in: Page, files: Path, tmp_path: Path, complaints: list[str]
) -> None:
    page = signed_in
    rows = (files / "lines.csv").read_text(encoding="utf-8-sig").splitlines()[:200]
    heading = rows[0].split(",")
    broken = rows[10].split(",")
    broken[heading.index("单据日期")] = "9.14E+17"
    rows[10] = ",".join(broken)
    file = tmp_path / "销售明细.csv"
    file.write_text("\n".join(rows), encoding="gb18030")
    page.goto("/data")
    page.set_input_files("[name=lines]", file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("td.f-bad")).to_have_text("9.14E+17")
    expect(page.get_by_role("button", name="See what 198 rows change")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the 1 fault").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    # Taking a needed column away is told at once, in place, and stops the import.
    page.get_by_label("单据日期 becomes").select_option("")
    expect(page.get_by_role("button", name="See what changes", exact=True)).to_be_disabled()
    page.get_by_label("单据日期 becomes").select_option("doc_date")
    page.get_by_role("button", name="See what 198 rows change").click()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="Working")).to_be_visible()
    worker.run_pending()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    with page.expect_download():
        page.get_by_role("link", name="Rows left out").click()
    assert complaints == []


def test_the_administrator_changes_the_one_time_password_first(tab: Page, user: User) -> None:
    user.must_change_password = True
    user.save()
    tab.goto("/customers")
    tab.fill("[name=username]", "lin")
    tab.fill("[name=password]", "a-long-test-password")
    tab.click("form.form button")
    expect(tab.get_by_role("heading", name="Choose your password")).to_be_visible()
    tab.fill("[name=new_password1]", "quiet-harbour-72")
    tab.fill("[name=new_password2]", "quiet-harbour-72")
    tab.click("form.form button")
    expect(
        tab.get_by_role("heading", name="Which customers does the firm live from?")
    ).to_be_visible()
