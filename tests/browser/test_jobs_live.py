"""The page of jobs follows the work by itself: an import that runs, one that is cancelled."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from mainstay.foundation import worker
from mainstay.foundation.models import Job
from tests.browser.test_there_and_back import JUNE, WRONG, bring


def start_import(page: Page, file: Path, text: str, button: str) -> Job:
    """Bring a file and ask for its import; the job, waiting in the queue."""
    file.write_text(text, encoding="utf-8")
    bring(page, file)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Working")).to_be_visible()
    return Job.objects.filter(kind="exchange.apply").latest("created_at")


def test_an_import_is_seen_live_and_another_cancelled(
    signed_in: Page, tmp_path: Path, complaints: list[str]
) -> None:
    page = signed_in
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    job = start_import(page, tmp_path / "六月.csv", JUNE, "Import 20 documents")
    page.goto("/data")
    page.get_by_role("link", name="Jobs", exact=True).click()
    running = page.locator("#under-way li")
    expect(running).to_have_count(1)
    expect(running).to_contain_text("Waiting for the worker")

    Job.objects.filter(pk=job.pk).update(
        state="running", done=7, total=20, message={"en": "Writing to the books", "zh": "写入"}
    )
    expect(running).to_contain_text("Writing to the books")
    expect(running).to_contain_text("35%")
    expect(running.locator("progress")).to_have_attribute("value", "7")

    Job.objects.filter(pk=job.pk).update(state="queued", done=0, total=0)
    worker.run_pending()
    ended = page.get_by_role("region", name="Ended")
    expect(ended.locator("tbody tr")).to_have_count(1)
    expect(ended).to_contain_text("20 new documents, 0 changed")
    expect(ended.get_by_role("link", name=re.compile("Import [0-9]+"))).to_be_visible()
    expect(page.get_by_text("Nothing runs or waits.")).to_be_visible()
    asked.clear()
    page.wait_for_timeout(4_500)
    assert [url for url in asked if "/data/jobs" in url] == []  # nothing runs: nobody asks

    start_import(page, tmp_path / "错.csv", WRONG, "Import 2 documents")
    page.goto("/data/jobs")
    page.get_by_role("button", name="Cancel Import").click()
    expect(ended.locator("tbody tr")).to_have_count(2)
    expect(ended.locator("tbody tr").first).to_contain_text("Nothing was half done.")
    assert worker.run_pending() == 0
    assert complaints == []


def test_the_history_of_a_customer_comes_as_it_is_reached(graded: Page) -> None:
    page = graded
    page.goto("/customers/C001/keepers")
    page.get_by_label("Person").first.select_option("lin")
    page.get_by_label("Why? The reason stays with the decision").fill("knows the buyer")
    page.get_by_role("button", name="Make owner").click()
    expect(page.get_by_role("cell", name=re.compile("knows the buyer"))).to_be_visible()
    page.goto("/customers/C001")
    page.locator("#decided").scroll_into_view_if_needed()
    expect(page.locator(".decided li").first).to_contain_text("Owner decided")
    expect(page.locator(".decided li").first).to_contain_text("knows the buyer")
    page.get_by_role("link", name="All that was decided").click()
    expect(page.get_by_role("heading", name=re.compile("History of "))).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
