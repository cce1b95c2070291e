"""A small demo company that somebody has worked with, and a firm's own files that meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights.models import Grade, Snapshot
from mainstay.insights.services import grade_all
from mainstay.ledger import identity
from mainstay.ledger.check import check_books
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import (
    Assignment,
    Contact,
    Customer,
    CustomerCard,
    CustomerCode,
    CustomerWords,
    Merge,
    Refusal,
)
from tests.services import company

OWN_CODE = "A77"
"""A customer of the firm that the demo company does not have; the others it shares."""

BARE = "B88"
"""A customer that both know, and of whom the firm's files say nothing but the code."""


def write_own(folder: Path) -> dict[str, Path]:
    """The firm's own files: numbers and codes of the demo company, one document with other content,
    without C03, with a customer more.
    """
    paths = company.write(folder, change="XS2601-05")
    for path in paths.values():
        rows = [row for row in path.read_text("utf-8-sig").splitlines() if ",C03," not in row]
        path.write_text("\n".join([rows[0], *(r for r in rows[1:] if not r.startswith("C03,"))])
                        + "\n", encoding="utf-8-sig")  # fmt: skip
    with paths["lines"].open("a", encoding="utf-8") as file:
        file.write(f"E1,销售发票,{OWN_CODE},自有客户,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
        file.write(f"E2,销售发票,{BARE},,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
    return paths


def local(paths: dict[str, Path]) -> dict[str, exchange.Incoming]:
    return {table: exchange.LocalFile(path) for table, path in paths.items()}


def run(upload: Upload) -> Job:
    job = exchange.apply(upload)
    worker.run_pending()
    job.refresh_from_db()
    return job


def load_demo(owner: User, tmp_path: Path) -> Job:
    """A small demo company that somebody has worked with: customers merged, given away, filled."""
    paths = company.write(tmp_path / "demo")
    with paths["lines"].open("a", encoding="utf-8") as file:
        file.write(f"D1,销售发票,{BARE},演示客户,2026-06-03,2026-07-03,P9,1,50,6.5,56.5,40\n")
    given = exchange.start_upload(owner, local(paths), is_demo=True)
    job = run(given)
    assert job.state == Job.State.DONE
    identity.merge(owner, "C05", "C04", "the same shop")
    customer = Customer.objects.get(code="C01")
    Assignment.objects.create(
        customer=customer, user=owner, duty="owner", source="hand", since="2026-01-01", by=owner
    )
    Contact.objects.create(customer=customer, name="Demo Person", by=owner)
    Refusal.objects.create(code=OWN_CODE, other="C01", by=owner)
    Customer.objects.filter(code="C01").update(
        name_en="Demo Ltd", trade="demo", terms="月结30天", terms_days=99, credit_limit=5,
        tax_no="DEMO", since="2001-01-01", on_file=True, region="Demo", salesperson="Demo",
    )  # fmt: skip
    grade_all(owner)
    return job


def shown() -> dict[str, list[Any]]:
    """Everything that any page could show, free of ids and moments."""
    plain = [f.name for f in Customer._meta.concrete_fields if f.name not in {"id", "territory"}]
    known = CustomerCode.objects.filter(in_use=True)
    queries: dict[str, Any] = {
        "codes": known.values_list("code", "own__code", "customer__code"),
        "customers": Customer.objects.filter(pk__in=known.values("own")).values_list(*plain),
        "cards": CustomerCard.objects.values_list("customer__code", "said", "values"),
        "owners": Assignment.objects.values_list("customer__code", "user__username", "source"),
        "contacts": Contact.objects.values_list("customer__code", "name"),
        "words": CustomerWords.objects.values_list("customer__code", "source"),
        "merges": Merge.objects.values_list("merged__code", "into__code", "why"),
        "refusals": Refusal.objects.values_list("code", "other"),
        "documents": Document.objects.visible().values_list(
            "key", "part", "digest", "net", "customer__code", "customer_code__code", "is_change"
        ),
        "lines": DocumentLine.objects.filter(document__current=True).values_list(
            "document__key", "item", "net", "cost"
        ),
        "receipts": Receipt.objects.visible().values_list("key", "digest", "customer__code"),
        "imports": ImportBatch.objects.filter(state="applied").values_list("counts", "currency"),
        "days": Snapshot.objects.filter(state="done").values_list("as_of", "totals"),
        "grades": Grade.objects.values_list("run__scheme", "customer__code", "klass"),
    }  # fmt: skip
    found = {name: sorted(map(repr, rows)) for name, rows in queries.items()}
    return found | {"faults": [fault.code for fault in check_books().faults]}


def as_if_alone(own: Upload) -> dict[str, list[Any]]:
    """What shows after the import into empty books, which then are empty again."""
    with transaction.atomic():
        assert run(own).state == Job.State.DONE
        found = shown()
        transaction.set_rollback(True)
    assert not ImportBatch.objects.exists()
    own.refresh_from_db()
    return found
