"""The wizard from the check on: what would change, remembered columns, the report."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.ledger.models import Document, ImportBatch
from tests.web import company
from tests.web.test_import import LINES, client, upload

pytestmark = pytest.mark.grades(False)

__all__ = ["client"]


def bring(client: Client, lines: str, source: str = "", receipts: str = "") -> str:
    """Upload, see the dry run, import as it says; the page of the job."""
    check = upload(client, lines, receipts)
    dry = client.post(f"{check}/dry-run", {"source": source, "mapping": "{}"}).content.decode()
    carried = re.search(r'name="mapping" value="([^"]*)"', dry)
    assert carried
    form = {"mapping": html.unescape(carried[1]), "source": source}
    job = str(client.post(f"{check}/apply", form)["Location"])
    worker.run_pending()
    return job


def test_the_dry_run_says_in_numbers_and_samples_what_would_change(client: Client) -> None:
    bring(client, LINES)
    changed = LINES.replace("300.00,39.00,339.00", "350.00,45.50,395.50")
    check = upload(client, changed + "XS-4,2026-04-05,C9,合肥新客,油,1,70.00,9.10,79.10,丁\n")
    text = client.post(f"{check}/dry-run", {"mapping": "{}"}).content.decode()
    assert "1 document changes; net +50.00" in text
    assert "1 document is new; net 70.00" in text
    assert ">300.00<" in text
    assert ">350.00<" in text
    assert "合肥新客" in text
    assert re.search(r"identical, nothing happens</td><td class=\"n q\">2<", text)
    assert "Import 2 documents" in text
    assert Document.objects.visible().count() == 3
    assert not Document.objects.filter(number="XS-4").exists()


def test_the_same_files_again_are_told_to_change_nothing(client: Client) -> None:
    bring(client, LINES)
    text = client.post(f"{upload(client)}/dry-run", {"mapping": "{}"}).content.decode()
    assert "Nothing would change" in text
    assert "Import all the same" in text


def test_what_stands_in_the_way_is_told_and_nothing_can_be_imported(client: Client) -> None:
    check = upload(client, LINES.replace("2026-02-05", "2026-02-31"))
    text = client.post(f"{check}/dry-run", {"mapping": "{}"}).content.decode()
    assert "1 fault stands in the way" in text
    assert f'action="{check}/apply"' not in text
    left_out = client.post(f"{check}/dry-run", {"mapping": "{}", "skip_bad": "1"})
    assert "Import 2 documents" in left_out.content.decode()


def test_columns_are_remembered_under_a_name_and_recognised_by_their_headings(
    client: Client,
) -> None:
    bring(client, LINES, source="用友 U8")
    text = client.get(upload(client, LINES.replace("XS-", "XT-"))).content.decode()
    assert "The columns are those of «用友 U8»" in text
    dry = client.post(f"{upload(client)}/dry-run", {"mapping": "{}", "source": "用友 U8"})
    assert 'name="source" value="用友 U8"' in dry.content.decode()


def test_columns_travel_as_yaml_and_come_back(client: Client) -> None:
    lines = LINES.replace("单据编号", "甲").replace("单据日期", "乙")
    check = upload(client, LINES)
    answer = client.post(f"{check}/columns.yaml", {"mapping": "{}"})
    assert "doc_no: 单据编号" in answer.content.decode()
    yaml = answer.content.decode().replace("单据编号", "甲").replace("单据日期", "乙")
    other = upload(client, lines)
    assert "See what changes" in client.get(other).content.decode()
    file = SimpleUploadedFile("columns.yaml", yaml.encode())
    text = client.post(f"{other}/columns", {"map": file}).content.decode()
    assert "See what 3 rows change" in text


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- 1\n- 2\n", b"lines: {nothing: x}\n"])
def test_a_broken_file_of_columns_is_refused_with_the_reason(
    client: Client, content: bytes
) -> None:
    check = upload(client)
    answer = client.post(f"{check}/columns", {"map": SimpleUploadedFile("a.yaml", content)})
    assert answer.status_code == 422
    assert 'class="note bad" role="alert"' in answer.content.decode()


def test_a_source_needs_a_name_that_fits(client: Client) -> None:
    check = upload(client)
    answer = client.post(f"{check}/apply", {"mapping": "{}", "source": "x" * 200})
    assert answer.status_code == 422
    assert "1 to 120 characters" in answer.content.decode()
    assert not Job.objects.exists()


def test_the_report_names_changed_documents_and_leads_to_the_import(client: Client) -> None:
    bring(client, LINES)
    job = bring(client, LINES.replace("300.00,39.00,339.00", "350.00,45.50,395.50"))
    text = client.get(job).content.decode()
    assert "Documents changed" in text
    assert "net +50" in text
    batch = Document.objects.get(number="XS-3", current=True).batch_id
    assert reverse("batch", args=[batch]) in text


def test_the_report_says_what_was_taken_in_and_received(client: Client) -> None:
    text = client.get(bring(client, LINES)).content.decode()
    assert "<dt>Net taken in</dt><dd>1,800.00</dd>" in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_steps_stand_on_every_page_of_the_wizard(
    client: Client, reader: User, language: str
) -> None:
    User.objects.filter(pk=reader.pk).update(language=language)
    check = upload(client)
    pages = [client.get(check), client.post(f"{check}/dry-run", {"mapping": "{}"})]
    pages.append(client.get(client.post(f"{check}/apply", {"mapping": "{}"})["Location"]))
    for number, page in zip((3, 4, 5), pages, strict=True):
        text = page.content.decode()
        assert f'aria-current="step"><span>{number}</span>' in text
        assert "style=" not in text


def test_the_demo_company_is_told_to_give_way(client: Client, reader: User) -> None:
    company.build(reader)
    ImportBatch.objects.update(is_demo=True)
    before = Document.objects.count()
    text = client.post(f"{upload(client)}/dry-run", {"mapping": "{}"}).content.decode()
    assert "The demo company gives way" in text
    assert "3 documents are new" in text
    assert Document.objects.count() == before
    assert "Remove demo, import 3 documents" in text
    assert 'name="without_demo" value="1" required' in text
    data = client.get(reverse("data")).content.decode()
    assert "When you import, the demo company is removed" in data


def test_nothing_of_the_demo_company_is_removed_before_somebody_says_so(
    client: Client, reader: User
) -> None:
    company.build(reader)
    ImportBatch.objects.update(is_demo=True)
    check, before = upload(client), Document.objects.count()
    refused = client.post(f"{check}/apply", {"mapping": "{}"})
    assert refused.status_code == 422
    assert "Say first that the demo company may be removed." in refused.content.decode()
    assert not Job.objects.exists() and Document.objects.count() == before
    job = client.post(f"{check}/apply", {"mapping": "{}", "without_demo": "1"})
    assert job.status_code == 302
    worker.run_pending()
    assert set(Document.objects.values_list("number", flat=True)) == {"XS-1", "XS-2", "XS-3"}


def test_repeated_lines_are_shown_and_imported_only_when_confirmed(client: Client) -> None:
    first = LINES.splitlines()[1]
    check = upload(client, f"{LINES}{first}\n")
    text = html.unescape(client.post(f"{check}/dry-run", {"mapping": "{}"}).content.decode())
    assert "1 line repeats another of its document" in text
    assert "These lines are right: import each of them" in text
    form = {"mapping": "{}", "ask_repeated": "1"}
    refused = client.post(f"{check}/apply", form)
    assert refused.status_code == 422
    assert "Confirm first that the repeated lines are right" in refused.content.decode()
    assert not Job.objects.exists()
    assert client.post(f"{check}/apply", form | {"repeated": "1"}).status_code == 302
    plain = client.post(f"{upload(client)}/dry-run", {"mapping": "{}"}).content.decode()
    assert "ask_repeated" not in plain
