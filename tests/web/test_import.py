"""Files through the pages: upload, check, correct a column, import, and what went wrong."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.ledger.models import Allocation
from mainstay.web.check import chosen_mapping
from mainstay.web.forms import Files
from tests.people import administrator

pytestmark = pytest.mark.grades(False)

LINES = """单据编号,单据日期,客户编码,客户名称,物料名称,数量,不含税金额,税额,价税合计,备注
XS-1,2026-01-05,C1,苏州恒晟,主轴油,2,1000.00,130.00,1130.00,甲
XS-2,2026-02-05,C2,宁波拓普,切削液,1,500.00,65.00,565.00,乙
XS-3,2026-03-05,C1,苏州恒晟,主轴油,1,300.00,39.00,339.00,丙
"""
RECEIPTS = """收款单号,客户编码,收款日期,收款金额
SK-1,C1,2026-02-01,1130.00
"""


@pytest.fixture
def client(reader: User, settings: Settings, tmp_path: Path) -> Client:
    """Signed in; files land in the test's own folder."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    browser = Client()
    browser.force_login(reader)
    return browser


def upload(client: Client, lines: str = LINES, receipts: str = "", name: str = "销售.csv") -> str:
    """The address of the check page."""
    files = {"lines": SimpleUploadedFile(name, lines.encode("gb18030"))}
    if receipts:
        files["receipts"] = SimpleUploadedFile("收款.csv", receipts.encode())
    response = client.post(reverse("upload"), files)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def test_the_check_says_what_was_understood_and_writes_nothing(client: Client) -> None:
    text = client.get(upload(client, receipts=RECEIPTS)).content.decode()
    assert "9 of 10 columns are recognised" in text
    assert "GB18030" in text
    assert "1,800.00" in text
    assert "See what 4 rows change" in text
    assert client.get(reverse("home"))["Location"] == reverse("start")


@pytest.mark.grades
def test_importing_leads_to_grades(client: Client) -> None:
    check = upload(client, receipts=RECEIPTS)
    job = client.post(f"{check}/apply")["Location"]
    assert "Working" in client.get(job).content.decode()
    inner = client.get(job, headers={"HX-Request": "true"}).content.decode()
    assert inner.lstrip().startswith("<progress")
    worker.run_pending()
    finished = client.get(job, headers={"HX-Request": "true"})
    assert (finished.status_code, finished["HX-Refresh"]) == (204, "true")
    assert "Everybody is graded as of" in client.get(job).content.decode()
    assert client.get(reverse("home"))["Location"] == reverse("portfolio")
    assert "苏州恒晟" in client.get(reverse("customers")).content.decode()


def test_faulty_rows_stay_out_and_come_back(client: Client) -> None:
    check = upload(client, LINES.replace("2026-02-05", "9.14E+17"))
    text = client.get(check).content.decode()
    assert "1 row has faults" in text
    assert re.search(r'class="f-bad">9\.14E\+17', text)
    book = client.post(f"{check}/faults.xlsx")
    assert book.content[:2] == b"PK"
    job = client.post(f"{check}/apply", {"skip_bad": "1"})["Location"]
    worker.run_pending()
    assert "Rows left out" in client.get(job).content.decode()
    answer = client.get(f"{check}/rejects")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_a_column_can_be_corrected_and_is_checked_again(client: Client) -> None:
    check = upload(client, LINES.replace("客户编码", "代号"))
    first = client.get(check).content.decode()
    index = re.search(r'name="heading-lines-(\d)" value="代号"', first)
    assert index
    number = index[1]
    was = re.search(rf'name="was-lines-{number}" value="([^"]*)"', first)
    assert was
    if was[1] == "customer_id":
        pytest.skip("the reader knows this heading now")
    form = {
        f"heading-lines-{number}": "代号", f"was-lines-{number}": was[1],
        f"map-lines-{number}": "customer_id", "mapping": "{}",
    }  # fmt: skip
    text = client.post(check, form).content.decode()
    assert f'name="was-lines-{number}" value="customer_id"' in text
    assert "See what 3 rows change" in text


def test_what_is_no_table_is_refused_with_the_reason(client: Client) -> None:
    none = client.post(reverse("upload"), {})
    assert none.status_code == 422
    assert "Choose a file first" in none.content.decode()
    other = client.post(
        reverse("upload"), {"lines": SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff")}
    )
    assert other.status_code == 422
    assert "photo.jpg" in other.content.decode()
    rubbish = client.get(upload(client, "hello\n", name="a.csv"))
    assert rubbish.status_code == 200
    assert "disabled" in rubbish.content.decode()


def test_a_check_says_what_it_waits_for(client: Client) -> None:
    unnamed = client.get(upload(client, "单号,日期,甲\n1,2026-01-05,乙\n")).content.decode()
    assert "Choose it below, in the row of the column that holds it." in unnamed
    assert "Choose the missing columns in the list first." in unnamed
    assert ">2</span><em>Columns" in unnamed
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)
    locked += "EncryptedPackage".encode("utf-16-le") + bytes(512)
    sent = client.post(reverse("upload"), {"lines": SimpleUploadedFile("a.xlsx", locked)})
    text = client.get(sent["Location"]).content.decode()
    assert "protected by a password" in text
    assert "Bring the file again once it is mended." in text
    assert ">1</span><em>File" in text


def test_an_upload_belongs_to_whoever_brought_it(client: Client) -> None:
    check = upload(client)
    other = Client()
    other.force_login(administrator("other"))
    assert other.get(check).status_code == 404
    assert other.post(f"{check}/apply").status_code == 404


def query(**values: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update({key.replace("__", "-"): value for key, value in values.items()})
    return found


def test_only_what_differs_from_the_guess_is_recorded() -> None:
    same = query(map__lines__0="net", was__lines__0="net", heading__lines__0="金额")
    assert chosen_mapping(same) == {}
    other = query(map__lines__0="gross", was__lines__0="net", heading__lines__0="金额")
    assert chosen_mapping(other) == {"lines": {"net": None, "gross": "金额"}}
    none = query(map__lines__0="", was__lines__0="net", heading__lines__0="金额")
    assert chosen_mapping(none) == {"lines": {"net": None}}


def test_two_columns_may_change_places() -> None:
    swap = query(
        map__lines__0="gross", was__lines__0="net", heading__lines__0="甲",
        map__lines__1="net", was__lines__1="gross", heading__lines__1="乙",
    )  # fmt: skip
    assert chosen_mapping(swap) == {"lines": {"gross": "甲", "net": "乙"}}


def test_choices_add_up_over_several_checks() -> None:
    before = json.dumps({"lines": {"net": "甲"}, "receipts": {"amount": None}})
    values = query(map__lines__1="tax", was__lines__1="", heading__lines__1="乙")
    values["mapping"] = before
    assert chosen_mapping(values) == {
        "lines": {"net": "甲", "tax": "乙"}, "receipts": {"amount": None},
    }  # fmt: skip


def test_a_broken_mapping_field_counts_as_none() -> None:
    for text in ("no json", "[1]", '{"lines": 3}', '{"lines": {"net": 5}}'):
        values = query()
        values["mapping"] = text
        found = chosen_mapping(values)
        assert found in ({}, {"lines": {"net": "5"}})


def test_the_form_takes_every_kind_of_file_that_can_be_imported(client: Client) -> None:
    """What the page has a field for, the form reads; a file of allocations comes in."""
    assert set(Files.base_fields) == set(exchange.TABLES)
    page = client.get(reverse("data")).content.decode()
    assert set(re.findall(r'<input type="file" name="(\w+)"', page)) == set(exchange.TABLES)
    parts = "收款单号,单据编号,核销金额\nSK-1,XS-1,1130.00\n"
    files = {"lines": LINES, "receipts": RECEIPTS, "allocations": parts}
    sent = {name: SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()}
    check = str(client.post(reverse("upload"), sent)["Location"])
    text = client.get(check).content.decode()
    assert "Allocations" in text and "allocations.csv" in text
    client.post(f"{check}/apply", {"mapping": "{}"})
    worker.run_pending()
    stated = Allocation.objects.get()
    assert (stated.receipt_no, stated.doc_no, stated.amount) == ("SK-1", "XS-1", 113_000)


def workbook() -> SimpleUploadedFile:
    """Two months alike, the second hidden; a cover; an empty sheet."""
    rows = [row.split(",") for row in LINES.splitlines()]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, of in (("封面", [["x"]]), ("1月", rows), ("2月", rows[:2]), ("空", [])):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(of):
                sheet.write_row(number, 0, row)
            if name == "2月":
                sheet.hide()
    return SimpleUploadedFile("月报.xlsx", content.getvalue())


def beside_the_sheet(text: str) -> str:
    """What stands between the question which sheet to read and the columns."""
    return html.unescape(text[text.index('name="option-lines-sheet"') : text.index("t dense map")])


def test_sheets_that_are_not_read_are_named_beside_the_question_which_is(client: Client) -> None:
    check = client.post(reverse("upload"), {"lines": workbook()})["Location"]
    text = client.get(check).content.decode()
    beside = beside_the_sheet(text)
    assert (
        "«2月» (hidden) holds the same kind of rows and is not read: bring it by an import of its "
        "own." in beside
    )
    assert "Not read: «封面», «空» (empty)" in beside
    assert "look like it too" not in text
    assert re.findall(r"<option[^>]*>(..)</option>", beside)[:3] == ["封面", "1月", "2月"]


def test_a_hidden_sheet_that_is_read_is_told_beside_the_question(client: Client) -> None:
    check = client.post(reverse("upload"), {"lines": workbook()})["Location"]
    text = client.post(check, {"mapping": "{}", "option-lines-sheet": "2月"}).content.decode()
    beside = beside_the_sheet(text)
    assert "The sheet «2月», which is read, is hidden in the workbook." in beside
    assert "«1月» holds the same kind of rows and is not read" in beside


def test_the_question_and_its_note_stand_there_where_the_sheet_holds_something_else(
    client: Client,
) -> None:
    check = client.post(reverse("upload"), {"lines": workbook()})["Location"]
    text = client.post(check, {"mapping": "{}", "option-lines-sheet": "封面"}).content.decode()
    assert "Not read: «1月», «2月» (hidden), «空» (empty)" in beside_the_sheet(text)
