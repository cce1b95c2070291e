"""A small company in the books, graded, for tests of the pages: no engine, figures by hand.

Sixty customers: C001 sells the most. Money in fen (1/100 yuan); sales of customer i are
1,000,000.00 / i yuan, so that every figure a test expects follows from its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.insights.facts_out import fingerprint
from mainstay.insights.models import (
    CustomerMetrics,
    Grade,
    KeptBridge,
    KeptCohorts,
    KeptConcessions,
    KeptWhiteSpace,
    Run,
    Snapshot,
)
from mainstay.insights.portfolio import growth, white
from mainstay.insights.portfolio.periods import Periods
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties import finding
from mainstay.parties.models import Customer, CustomerCode
from mainstay.policies import changing
from mainstay.retention.models import Loss, LossEvent
from mainstay_engine.portfolio import STEPS, STRATEGIES
from tests.people import person

AS_OF = dt.date(2026, 6, 30)
START = dt.date(2025, 7, 1)
COUNT = 60
PASSWORD = "a-long-test-password"
NAMES = ("苏州恒晟精密机械", "宁波拓普汽车零部件", "无锡瑞泽精密机械", "=SUM(A1:A9) 青岛锦程工贸")
ENGLISH = ("Suzhou Hengsheng Precision Machinery", "Ningbo Tuopu Auto Parts", "", "")
REGIONS = ("浙江", "江苏", "安徽")
OWNERS = ("高飞", "刘妍")
ABC = (
    ("A", "Large", "大客户", 10), ("B", "Middle", "中客户", 20), ("C", "Small", "小客户", 30),
)  # fmt: skip
VALUE = (
    ("key", "Key", "关键", 5), ("major", "Major", "重点", 10), ("general", "General", "一般", 15),
    ("maintenance", "Maintenance", "维持", 25), ("invalid", "Invalid", "无效", 5),
    ("n/a", "No data", "无数据", 0),
)  # fmt: skip


def user(name: str = "lin", *roles: str, **choices: Any) -> User:
    """Someone who may sign in with ``PASSWORD`` and holds roles."""
    return person(name, *roles, password=PASSWORD, **choices)


def sales(number: int) -> int:
    """Net sales of customer ``number`` in fen."""
    return 100_000_000 // number


def build(by: User | None = None) -> Snapshot:
    """Put the company into the database; returns the latest snapshot."""
    batch = ImportBatch.objects.create(
        state="applied", applied_at=timezone.now(), created_by=by, currency="CNY",
        files=[{"name": "销售明细.csv", "table": "lines", "size": 1, "sha256": "0"}],
        counts={"documents_new": COUNT, "lines_new": COUNT, "receipts_new": COUNT},
    )  # fmt: skip
    numbers = range(1, COUNT + 1)
    numbered = list(zip(numbers, add_customers(*numbers), strict=True))
    documents = Document.objects.bulk_create(_document(batch, c, number) for number, c in numbered)
    DocumentLine.objects.bulk_create(
        _line(document, number) for number, document in enumerate(documents, start=1)
    )
    Receipt.objects.bulk_create(_receipt(batch, c, number) for number, c in numbered)
    finding.refresh()
    snapshot = Snapshot.objects.create(
        state="done", as_of=AS_OF, window_start=START, window_end=AS_OF, currency="CNY",
        exponent=2, engine_version="0.1.0", fingerprint=fingerprint(), finished_at=timezone.now(),
        totals={"unassigned_net": 0, "unassigned_lines": 0},
    )  # fmt: skip
    measured = CustomerMetrics.objects.bulk_create(
        _figures(snapshot, customer, number) for number, customer in numbered
    )
    _run(snapshot, "abc", {"en": "ABC classes", "zh": "ABC 分类"}, ABC, measured)
    _run(snapshot, "value5", {"en": "Value classes", "zh": "价值分类"}, VALUE, measured)
    Run.objects.create(
        snapshot=snapshot, scheme="collection", version="1", row="A8", state="no_data",
        title={"en": "Collection classes", "zh": "回款分类"},
        reason={"en": "There are no receipts.", "zh": "没有收款数据。"},
    )  # fmt: skip
    bridge(snapshot)
    suggested(snapshot)
    cohorts(snapshot)
    concessions(snapshot)
    for number in (57, 58, 59):
        lose(f"C{number:03}", back=number == 57)
    return snapshot


def moved(number: int) -> dict[str, Any]:
    """Why sales of customer ``number`` changed: fifty bought in both years and pay a tenth more,
    three quarters of it for more orders; five are new, five lost. A fifth of what those of both
    years buy now are products they had not bought.
    """
    kind = "both" if number <= 50 else "new" if number <= 55 else "lost"
    after = 0 if kind == "lost" else sales(number)
    before = {"both": after * 9 // 10, "new": 0, "lost": sales(number)}[kind]
    change = after - before
    steps = {kind: change} if kind != "both" else {
        "frequency": change - change // 4, "price": change // 4,
    }  # fmt: skip
    resting = {"acquisition": after} if kind == "new" else {
        "loyalty": after - after // 5, "extension": after // 5,
    }  # fmt: skip
    return {"kind": kind, "before": before, "after": after, "change": change, **steps, **resting}


def bridge(snapshot: Snapshot) -> KeptBridge:
    """The usual bridge of the snapshot, by hand; sales without a customer went from 10 to 30."""
    rows = [{"customer_id": f"C{number:03}", **moved(number)} for number in range(1, COUNT + 1)]
    rows.append({"customer_id": None, "kind": None, "before": 1000, "after": 3000,
                 "change": 2000, "unassigned": 2000, "unnamed": 3000})  # fmt: skip
    amounts = ("before", "after", "change", *STEPS, *STRATEGIES)
    table = pa.table({
        "customer_id": pa.array([row["customer_id"] for row in rows], pa.string()),
        "kind": pa.array([row["kind"] for row in rows], pa.string()),
        **{name: pa.array([row.get(name, 0) for row in rows], pa.int64()) for name in amounts},
    })  # fmt: skip
    codes = dict(Customer.objects.values_list("code", "pk"))
    told = [name for name in STEPS if name not in ("currency", "order_value")]
    return KeptBridge.objects.create(
        snapshot=snapshot, **Periods.usual(AS_OF).fields, told=told,
        books_from=dt.date(2024, 1, 5), table=growth.packed(table, codes),
    )  # fmt: skip


def suggested(snapshot: Snapshot) -> None:
    """What customers could buy, by hand: ten of the twelve others who buy A1 buy B2; customers of
    even numbers could buy C3 too, as 4 of 9 others do. Half of them spend 100 × the number or more.
    """
    rows = [
        {"customer_id": f"C{number:03}", "product": product, "because": because,
         "score": score * 1000 + number, "like": like, "buyers": buyers, "typical": 10_000 * number}
        for number in range(1, COUNT + 1)
        for product, because, score, like, buyers in (
            ("B2", "A1", 700, 12, 10), *([("C3", "B4", 300, 9, 4)] if number % 2 == 0 else []),
        )
    ]  # fmt: skip
    codes = dict(Customer.objects.values_list("code", "pk"))
    for by in white.BY:
        KeptWhiteSpace.objects.create(
            snapshot=snapshot, by=by, window_start=AS_OF - dt.timedelta(364), window_end=AS_OF,
            customers=COUNT, products=4, table=white.packed(pa.Table.from_pylist(rows), codes),
        )  # fmt: skip


def quarters(number: int) -> list[str]:
    """The quarters in which a customer orders for what it sells in a year: customers 1 to 40 first
    in the second half of 2024, every second of them again a year later; the others in 2026.
    """
    if number > 40:
        return ["2026-1"]
    return ["2024-3", "2025-4"] if number % 2 else ["2024-3"]


def cohorts(snapshot: Snapshot) -> KeptCohorts:
    """The cohorts of the snapshot, by hand; 30.00 was sold to no customer."""
    found: list[tuple[str | None, int, int, int, int]] = []
    for number in range(1, COUNT + 1):
        placed = [int(q[:4]) * 4 + int(q[5:]) - 1 for q in quarters(number)]
        found += [(f"C{number:03}", min(placed), at, sales(number), 1) for at in placed]
    found.append((None, -1, 2025 * 4, 3000, 1))
    code, *columns = zip(*found, strict=True)
    names = ("first", "quarter", "net", "orders")
    table = pa.table({
        "customer_id": pa.array(code, pa.string()),
        **{n: pa.array(c, pa.int64()) for n, c in zip(names, columns, strict=True)},
    })  # fmt: skip
    return KeptCohorts.objects.create(
        snapshot=snapshot, books_from=dt.date(2024, 7, 3),
        table=growth.packed(table, dict(Customer.objects.values_list("code", "pk"))),
    )  # fmt: skip


def concessions(snapshot: Snapshot) -> KeptConcessions:
    """By hand: one customer's prices crept, one's effort, and one is a burden."""
    codes = dict(Customer.objects.values_list("code", "pk"))
    table = pa.table({
        "customer_id": ["C001", "C002"], "measure": ["price", "effort"],
        "level": [[1.0, 0.98, 0.97, None]] * 2, "own": [[0.02, 0.01, 0.02]] * 2,
        "peers": [[0.0, 0.0, None]] * 2, "drift": [0.05, 0.08],
        "yearly": [900_000, 700_000], "alarm": [True, True],
    })  # fmt: skip
    big = {"customer": codes["C003"], "net_sales": 5_000_000, "profit": -100_000, "margin": -0.02,
           "peers": 0.2}  # fmt: skip
    return KeptConcessions.objects.create(
        snapshot=snapshot, told=["price", "effort"], burdens=[big],
        table=growth.packed(table, codes),
        spans=[["2024-07-01", "2024-12-31"], ["2025-01-01", "2025-06-30"],
               ["2025-07-01", "2025-12-31"], ["2026-01-01", "2026-06-30"]],
    )  # fmt: skip


def lose(code: str, *, back: bool = False) -> Loss:
    """A customer that orders every thirty days and did not for more than 120: lost since the first
    of June, and ``back`` on the twentieth for a tenth of what went.
    """
    customer = Customer.objects.get(code=code)
    net = sales(int(code[1:]))
    row = Loss.objects.create(
        customer=customer, last_purchase=dt.date(2026, 1, 31), lost_on=dt.date(2026, 6, 1),
        usual_gap=30, allowed=120, went=net, care_known=True, complaints=1,
        contacts_since=int(code == "C058"), state="back" if back else "lost",
        back_on=dt.date(2026, 6, 20) if back else None, recovered=net // 10 if back else 0,
    )  # fmt: skip
    days = [("lost", row.lost_on), *([("back", row.back_on)] if back else [])]
    LossEvent.objects.bulk_create(
        LossEvent(loss=row, kind=kind, day=day, facts={"allowed": 120}) for kind, day in days
    )
    return row


def add_customers(*numbers: int) -> list[Customer]:
    """Customers of these numbers with their codes, and no books yet."""
    customers = Customer.objects.bulk_create(_customer(number) for number in numbers)
    CustomerCode.objects.bulk_create(
        CustomerCode(code=customer.code, own=customer, customer=customer, in_use=True)
        for customer in customers
    )
    return customers


def owe(boss: User) -> None:
    """Let the classes be owed something from the first day of the last quarter of the books on, or
    as early as that may be said.
    """
    row = changing.save_draft(boss, "abc", {
        "A": {"visit": "12", "rebate": "0.02", "supply_priority": "1", "credit_period": "45"},
        "C": {"visit": "0"},
    })  # fmt: skip
    since = max(dt.date(2026, 4, 1), timezone.localdate() - changing.LONGEST_BACK)
    wanted = {"do": "use", "scheme": "abc", "version": row.number, "since": since.isoformat()}
    changing.change(boss, wanted, "as agreed")


def _customer(number: int) -> Customer:
    named = number <= len(NAMES)
    return Customer(
        code=f"C{number:03}", name=NAMES[number - 1] if named else f"客户{number}",
        name_en=ENGLISH[number - 1] if named else f"Customer {number}",
        region=REGIONS[number % 3], salesperson=OWNERS[number % 2], trade="机械制造",
        terms_days=30, credit_limit=500_000_00, since=dt.date(2019, 3, 1),
    )  # fmt: skip


def _document(batch: ImportBatch, customer: Customer, number: int) -> Document:
    net = sales(number)
    tax = net * 13 // 100
    return Document(
        key=f"invoice:XS-{number:04}", current=True,
        number=f"XS-{number:04}", kind="invoice", customer=customer, doc_date=dt.date(2026, 3, 10),
        due_date=dt.date(2026, 4, 9), currency="CNY", net=net, tax=tax, gross=net + tax,
        cost=net * 3 // 4, line_count=1, digest=f"{number:064}", batch=batch,
        region=customer.region, salesperson=customer.salesperson,
    )  # fmt: skip


def _line(document: Document, number: int) -> DocumentLine:
    return DocumentLine(
        document=document, line_no=1, item="A-60", item_name="切削液 A-60 18L", quantity=12,
        net=document.net, tax=document.tax, gross=document.gross, cost=document.cost,
        source_row=number + 1,
    )  # fmt: skip


def _receipt(batch: ImportBatch, customer: Customer, number: int) -> Receipt:
    return Receipt(
        key=f"SK-{number:04}", current=True, number=f"SK-{number:04}", customer=customer,
        date=dt.date(2026, 4, 1), amount=sales(number), currency="CNY",
        digest=f"{number:064}", batch=batch,
    )  # fmt: skip


def _figures(snapshot: Snapshot, customer: Customer, number: int) -> CustomerMetrics:
    net = sales(number)
    loss = number > COUNT - 5
    profit = -net // 10 if loss else net // 4
    own: dict[str, Any] = {
        "net_sales": net, "previous_net_sales": net * 9 // 10,
        "growth": 1 / 9 if number % 4 else -0.2,
        "gross_profit": profit, "margin": -0.1 if loss else 0.25, "collection_rate": 0.885,
        "open_balance": net // 8, "overdue_balance": net // 16 if number % 2 else 0,
        "recency": 112 if number % 5 == 0 else 27, "rhythm_gap": 19.0, "order_days": 1,
    }  # fmt: skip
    return CustomerMetrics(
        snapshot=snapshot, customer=customer, **own,
        monthly=[net // 12 * (1 + (month * number) % 3) // 2 for month in range(12)],
        metrics={**own, "orders": 1, "last_purchase": "2026-03-10", "median_gap": 19.0,
                 "overdue_share": 0.5, "days_late": 12.0},
    )  # fmt: skip


def _apart(
    measured: list[CustomerMetrics], classes: tuple[tuple[str, str, str, int], ...]
) -> Iterator[list[CustomerMetrics]]:
    """The customers of each class, from the largest down."""
    begin = 0
    for *_, count in classes:
        yield measured[begin : begin + count]
        begin += count


def _run(
    snapshot: Snapshot,
    scheme: str,
    title: dict[str, str],
    classes: tuple[tuple[str, str, str, int], ...],
    measured: list[CustomerMetrics],
) -> None:
    metric = "net_sales" if scheme == "abc" else "gross_profit"
    run = Run.objects.create(
        snapshot=snapshot, scheme=scheme, version="1", row="A1", title=title,
        value_metric=metric, value_unit="money", window="12m", ranked=len(measured),
        parameters={"scheme": {"about": {"en": "From the largest down.", "zh": "从大到小。"}}},
        classes=[
            {"class": name, "title": {"en": en, "zh": zh}, "customers": count,
             "customer_share": count / COUNT, "value": 0, "value_share": 0.0,
             "least": min((getattr(row, metric) for row in own), default=None)}
            for (name, en, zh, count), own in zip(classes, _apart(measured, classes), strict=True)
        ],
    )  # fmt: skip
    grades = [
        (order, name) for order, (name, _en, _zh, count) in enumerate(classes) for _ in range(count)
    ]
    Grade.objects.bulk_create(
        _grade(run, measured[place], place, order, name)
        for place, (order, name) in enumerate(grades)
    )


def _grade(run: Run, figures: CustomerMetrics, place: int, order: int, name: str) -> Grade:
    value = getattr(figures, run.value_metric)
    return Grade(
        run=run, customer=figures.customer, measured=figures, klass=name, class_order=order,
        previous_class="B" if place == 0 and run.scheme == "abc" else name,
        rank=place + 1, value_minor=value, value_number=float(value), share=0.1,
        cumulative_share=0.1, reason={"en": f"rank {place + 1}", "zh": f"第 {place + 1} 名"},
        explanation={
            "decided_by": "cut", "cut": {},
            "criteria": [{
                "metric": run.value_metric, "title": {"en": "Net sales", "zh": "净销售额"},
                "value": f"{value / 100:.2f}", "unit": "money", "points": None, "max_points": None,
                "weight": None, "rank": place + 1, "of": COUNT, "text": {"en": "", "zh": ""},
            }],
        },
    )  # fmt: skip
