"""Files in, as the wizard takes them: tried out or imported. Faults stay with the upload."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Literal

from django.http import HttpResponse
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile as Uploaded
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.imports import router as imports
from mainstay.api.shapes import IdempotencyKey, Text, Words, answers, of_one
from mainstay.exchange import services as exchange
from mainstay.exchange import sources
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.permissions import IMPORT
from mainstay.exchange.rules import by_table
from mainstay.foundation import idempotency
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand

Flag = Literal["false", "true"]
router = Router(tags=["imports"])


class Accepted(Schema):
    """Taken and put into the queue."""

    upload: uuid.UUID = Field(description="`GET /uploads/{id}` tells its faults.")
    job: uuid.UUID = Field(description="`GET /jobs/{id}` tells how far it is.")


class RowFault(Schema):
    """One fault of one row, or of a whole file."""

    code: str
    message: Words
    remedy: Words | None
    file: str | None
    sheet: str | None
    row: int | None
    column: str | None
    value: str | int | float | None


class Upload(Schema):
    """What became of files that were brought in."""

    id: uuid.UUID
    job: uuid.UUID | None
    batch: int | None = Field(description="The import, once there is one.")
    files: list[str]
    fault_count: int
    faults: list[RowFault] = Field(description="The first 500: what stopped it, or was left out.")


class DryRun(Schema):
    """What an import would do; nothing was written, and nothing is kept."""

    possible: bool
    changes_nothing: bool
    counts: dict[str, Any] = Field(description="New, changed, identical; amounts in minor units.")
    fault_count: int
    faults: list[RowFault]
    notes: list[Words] = Field(description="What the reader remarks on the files.")
    lines_twice: int = Field(
        description="Lines beyond the first of those that a new or changed document holds more "
        "than once with the very same content. They count each time."
    )
    mapping: dict[str, Any] = Field(description="The columns as they were understood.")
    currency: str
    exponent: int


class Options(Schema):
    """How files are read."""

    mapping: str = Field("", max_length=65_536, description="Columns by table, as JSON or YAML.")
    source: Text = Field("", description="Name under which the columns are saved and found.")
    skip_bad: Flag = Field("false", description="Leave faulty rows out instead of stopping.")
    dry_run: Flag = Field("false", description="Only say what the import would do.")


@imports.post(
    "", response={200: DryRun} | answers(Accepted, 404, 409, 413, status=202),
    operation_id="start_import",
)  # fmt: skip
def start_import(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Form[Options],
    lines: File[Uploaded | None] = None,
    receipts: File[Uploaded | None] = None,
    customers: File[Uploaded | None] = None,
    allocations: File[Uploaded | None] = None,
    products: File[Uploaded | None] = None,
    rates: File[Uploaded | None] = None,
    efforts: File[Uploaded | None] = None,
    effort_rates: File[Uploaded | None] = None,
    key: IdempotencyKey = None,
) -> Status[Any]:
    """Import files by table, or with `dry_run` say what that would do."""
    user = request.auth.user
    demand(user, IMPORT)
    given = {
        "lines": lines, "receipts": receipts, "customers": customers, "allocations": allocations,
        "products": products, "rates": rates, "efforts": efforts, "effort_rates": effort_rates,
    }  # fmt: skip
    files = {table: file for table, file in given.items() if file is not None}
    skip_bad, chosen = wanted.skip_bad == "true", _columns(wanted)
    if wanted.dry_run == "true":
        return Status(200, _tried(user, files, chosen, skip_bad=skip_bad))

    def work() -> dict[str, Any]:
        upload = exchange.start_upload(user, files)
        columns = chosen or _recognised(upload)
        exchange.apply(upload, columns, skip_bad=skip_bad, source=wanted.source, via="api")
        return accepted(upload)

    digests = {table: _digest(file) for table, file in files.items()} if key else {}
    return once(request, response, key, ["imports", digests, wanted.model_dump()], work)


@router.get("/{id}", response=of_one(Upload), operation_id="get_upload")
def get_upload(request: ApiRequest, id: uuid.UUID) -> dict[str, Any]:  # noqa: A002
    """What became of one's own files."""
    demand(request.auth.user, IMPORT)
    kept = exchange.upload_of(request.auth.user, id)
    return {
        "id": kept.pk, "job": kept.job_id, "batch": kept.batch_id,
        "files": [file.name for file in kept.files.all()],
        "fault_count": kept.fault_count, "faults": kept.faults,
    }  # fmt: skip


def _columns(wanted: Options) -> dict[str, Any]:
    """The map of columns that was given, else the one saved under the source's name."""
    if wanted.mapping.strip():
        return by_table(sources.from_yaml(wanted.mapping))
    return dict(sources.source_named(wanted.source).mapping) if wanted.source else {}


def _recognised(upload: Any) -> dict[str, Any]:
    """The saved map whose last files had the same headings; none where there is none."""
    known = sources.recognise(sources.headings_of(upload))
    return dict(known.mapping) if known else {}


def _tried(
    user: User, files: Mapping[str, Uploaded], chosen: dict[str, Any], *, skip_bad: bool
) -> dict[str, Any]:
    upload = exchange.start_upload(user, files)
    try:
        found = dry_run(upload, chosen or _recognised(upload), skip_bad=skip_bad)
    finally:
        exchange.forget(upload)
    plain = (
        "possible", "changes_nothing", "counts", "fault_count", "faults", "notes", "mapping",
        "currency", "exponent",
    )  # fmt: skip
    twice = found.twice.lines if found.twice else 0
    return {name: getattr(found, name) for name in plain} | {"lines_twice": twice}


def _digest(file: Uploaded) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()


def accepted(upload: Any) -> dict[str, Any]:
    """The answer to work that was taken, as data."""
    return {"upload": str(upload.pk), "job": str(upload.job_id)}


def once(
    request: ApiRequest,
    response: HttpResponse,
    key: str | None,
    asked: Any,
    work: Callable[[], dict[str, Any]],
) -> Status[dict[str, Any]]:
    """202 with the answer of the work, or with a kept one under the same Idempotency-Key."""
    return Status(202, answer_of(request, response, key, asked, work))


def answer_of(
    request: ApiRequest,
    response: HttpResponse,
    key: str | None,
    asked: Any,
    work: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """The answer of the work, or a kept one under the same Idempotency-Key."""
    if key is None:
        return work()
    answer, again = idempotency.once(request.auth.token.id, key, asked, work)
    if again:
        response.headers["Idempotent-Replayed"] = "true"
    return answer
