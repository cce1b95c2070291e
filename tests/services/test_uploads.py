"""What is kept of an uploaded file, and what is refused."""

from __future__ import annotations

import hashlib
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from mainstay.exchange import services, sources
from mainstay.exchange.errors import (
    FileTooLarge,
    NothingUploaded,
    UnknownFileType,
    UnknownTable,
    UploadNotFound,
)
from mainstay.exchange.models import Upload
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Territory, User
from mainstay.ledger import rates
from tests.people import administrator, only, person, with_rights

CONTENT = "单据编号,客户编码,单据日期,无税金额\nX1,C1,2026-06-01,5.00\n".encode()


def named(name: str, content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_lies_under_a_random_name_and_keeps_its_own_as_data(owner: User) -> None:
    upload = services.start_upload(owner, {"lines": named("六月 <销售>.csv")})
    file = upload.files.get()
    path = services.path_of(file)
    assert file.name == "六月 <销售>.csv"
    assert "销售" not in path.name
    assert path.suffix == ".csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == CONTENT
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_the_preview_shows_what_was_guessed_and_writes_nothing(owner: User) -> None:
    upload = services.start_upload(owner, {"lines": named("x.csv")})
    assert set(services.preview(upload)) == {"lines"}


def test_corrected_columns_count_in_the_preview_of_every_table(owner: User) -> None:
    receipts = "回款流水,往来,哪天,多少\nSK1,C1,2026-06-02,5.00\n".encode()
    customers = "往来,叫什么\nC1,一号\n".encode()
    files = {
        "lines": named("x.csv"),
        "receipts": named("y.csv", receipts),
        "customers": named("z.csv", customers),
    }
    columns = {
        "receipts": {
            "receipt_no": "回款流水", "customer_id": "往来", "date": "哪天", "amount": "多少"
        },
        "customers": {"customer_id": "往来", "customer_name": "叫什么"},
    }  # fmt: skip
    seen = services.preview(services.start_upload(owner, files), columns)
    for table, mapping in columns.items():
        assert {c.canonical: c.heading for c in seen[table].columns} == mapping
        assert not seen[table].faults
    assert seen["receipts"].totals.to_import == 500


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, NothingUploaded),
        ({"lines": "x.csv", "secrets": "y.csv"}, UnknownTable),
        ({"lines": "x.exe"}, UnknownFileType),
        ({"lines": ""}, UnknownFileType),
    ],
)
def test_what_cannot_be_read_is_refused(
    owner: User, files: dict[str, str], error: type[Exception]
) -> None:
    given = {table: named(name or "x") for table, name in files.items()}
    with pytest.raises(error):
        services.start_upload(owner, given)
    assert not Upload.objects.exists()


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    owner: User, settings: Settings
) -> None:
    settings.UPLOAD_LIMIT = 10
    with pytest.raises(FileTooLarge):
        services.start_upload(owner, {"lines": named("x.csv")})
    assert list(Path(settings.UPLOAD_FOLDER).iterdir()) == []


def test_an_upload_belongs_to_whoever_brought_it(owner: User) -> None:
    upload = services.start_upload(owner, {"lines": named("x.csv")})
    assert services.upload_of(owner, upload.pk) == upload
    other = administrator("other")
    with pytest.raises(UploadNotFound):
        services.upload_of(other, upload.pk)


@pytest.mark.parametrize("reach", ["own", "territory"])
def test_what_concerns_the_whole_company_asks_for_the_right_to_all_of_it(
    db: None, reach: str
) -> None:
    near = with_rights(person("near"), "data.import", "data.take_back", "books.rates", reach=reach)
    near.appointments.update(territory=Territory.objects.create(name="华东"))
    with pytest.raises(NotAllowed):
        services.start_upload(near, {"lines": named("a.csv")})
    with pytest.raises(NotAllowed):
        services.ask_undo(near, 1)
    with pytest.raises(NotAllowed):
        sources.sources(near)
    with pytest.raises(NotAllowed):
        rates.enter(near, "USD", date(2024, 1, 1), Decimal(7))
    assert not Upload.objects.exists()


def test_an_upload_is_out_of_reach_of_whoever_may_no_longer_import(owner: User) -> None:
    upload = services.start_upload(owner, {"lines": named("a.csv")})
    only(owner, "finance")
    with pytest.raises(NotAllowed):
        services.upload_of(User.objects.get(pk=owner.pk), upload.pk)
