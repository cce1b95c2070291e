"""An import from upload to report, and back again: figures as before, in a browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from mainstay.foundation import worker
from mainstay.ledger.models import ImportBatch

HEAD = "单据编号,单据日期,客户编码,客户名称,存货名称,数量,无税金额,税额,价税合计,币种\n"
JUNE = HEAD + "".join(
    f"XS-{n},2026-06-{n:02},C{n % 4},客户{n % 4},主轴油,1,{n}00.00,{n * 13}.00,{n * 113}.00,CNY\n"
    for n in range(1, 21)
)
WRONG = JUNE.replace(",500.00,65.00,565.00,", ",900.00,117.00,1017.00,") + (
    "XS-99,2026-06-21,C9,误入公司,导轨油,1,70.00,9.10,79.10,CNY\n"
)


def bring(page: Page, file: Path) -> None:
    """Upload one file and go on to what it would change."""
    page.goto("/data")
    page.set_input_files("[name=lines]", file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="Check before importing")).to_be_visible()
    page.get_by_role("button", name="See what").click()


def run_next() -> None:
    """Do the oldest job in the queue."""
    job = worker.claim()
    assert job is not None
    worker.run(job)


def balance(page: Page) -> str:
    """What customer C1 owes by the page Orders & money."""
    page.goto("/customers/C1/money?end=2026-06-30")
    return page.locator(".statement tfoot td").last.inner_text()


def test_a_wrong_import_is_seen_before_applied_and_taken_back_after(
    signed_in: Page, tmp_path: Path, complaints: list[str]
) -> None:
    page = signed_in
    june, wrong = tmp_path / "六月.csv", tmp_path / "六月（错）.csv"
    june.write_text(JUNE, encoding="utf-8")
    wrong.write_text(WRONG, encoding="utf-8")

    bring(page, june)
    expect(page.get_by_role("heading", name="20 documents are new")).to_be_visible()
    page.get_by_label("Remember these columns").fill("U8")
    page.get_by_role("button", name="Import 20 documents").click()
    worker.run_pending()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    before = balance(page)

    bring(page, wrong)
    expect(page.get_by_role("heading", name="1 document changes; net +¥400.00")).to_be_visible()
    expect(page.get_by_label("Remember these columns")).to_have_value("U8")
    page.get_by_role("button", name="Import 2 documents").click()
    worker.run_pending()
    expect(page.get_by_text("Documents changed")).to_be_visible()
    page.get_by_role("link", name="See what it changed").click()
    expect(page.get_by_role("heading", name="Changed documents")).to_be_visible()
    imported = page.url
    assert balance(page) != before

    page.goto(imported)
    page.get_by_role("link", name="Take back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 document that is nowhere else")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Take back").click()
    dialog.get_by_label("Why?").fill("the wrong June")
    dialog.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_role("heading", name="Working")).to_be_visible()
    run_next()
    expect(page.locator("section.note").get_by_text("the wrong June")).to_be_visible()
    expect(page.get_by_text("1 grading rested on it and is withdrawn")).to_be_visible()
    page.get_by_role("link", name="See the grading").click()
    worker.run_pending()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    assert balance(page) == before
    page.goto("/data")
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    assert ImportBatch.objects.filter(state="undone").count() == 1
    assert complaints == []


def test_without_scripts_an_import_can_be_taken_back_too(
    graded: Page, complaints: list[str]
) -> None:
    page = graded
    origin = page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2]
    bare = page.context.browser.new_context(  # type: ignore[union-attr]
        base_url=origin, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = bare.new_page()
    tab.goto(f"/data/imports/{ImportBatch.objects.get().pk}")
    tab.get_by_role("link", name="Take back").click()
    tab.get_by_label("Why?").fill("by hand")
    tab.get_by_role("button", name="Take the import back").click()
    expect(tab.get_by_role("heading", name="Working")).to_be_visible()
    run_next()
    tab.reload()
    expect(tab.get_by_text("by hand")).to_be_visible()
    tab.goto("/data")
    tab.get_by_role("link", name="On a page of its own").click()
    expect(tab.get_by_role("heading", name="What the books lack")).to_be_visible()
    bare.close()
    assert complaints == []
