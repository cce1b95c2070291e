"""What grading and the books know of a customer about whom something is to be decided."""

from __future__ import annotations

from datetime import date

from mainstay.foundation.approvals.kinds import Wanted
from mainstay.foundation.approvals.weighing import Weighed, weighs
from mainstay.insights.models import CustomerMetrics, Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import headline, newest_runs
from mainstay.kernel.errors import words
from mainstay.ledger.models import Document, Receipt
from mainstay.parties import asking
from mainstay.parties.models import Customer
from mainstay.parties.permissions import COST, SEE

_MONEY = (
    ("net_sales", words("Net sales of 12 months", "近 12 个月净销售额"), SEE),
    ("gross_profit", words("Profit of 12 months", "近 12 个月毛利"), COST),
    ("open_balance", words("Open balance", "未清余额"), SEE),
    ("overdue_balance", words("of it overdue", "其中逾期"), SEE),
)


@weighs(asking.OWNER)
def customer(wanted: Wanted) -> list[Weighed]:
    """Class, sales and profit of twelve months, what is owed, the last dealing. Figures are of the
    latest grading; what was not measured is left out.
    """
    found = Customer.objects.filter(codes__code=wanted["customer"]).first()
    if found is None:
        return []
    run = headline({run.scheme: run for run in newest_runs()})
    facts = _graded(found, run) if run else []
    last = _last_dealing(found)
    if last is not None:
        title = words("Last document or receipt", "最近一次单据或收款")
        facts.append(Weighed(title, last.isoformat(), "day", SEE))
    return facts


def _graded(found: Customer, run: RunInfo) -> list[Weighed]:
    grade = Grade.objects.filter(run=run.id, customer=found).first()
    row = CustomerMetrics.objects.filter(snapshot=run.snapshot, customer=found).first()
    if grade is None or row is None:
        return []
    values = {name: getattr(row, name) for name, _title, _right in _MONEY}
    money = [
        Weighed(title, [values[name], run.currency, run.exponent], "money", right)
        for name, title, right in _MONEY
        if values[name] is not None
    ]
    titles = {entry.klass: entry.title for entry in run.classes}
    klass = {lang: f"{grade.klass} · {title}" for lang, title in titles[grade.klass].items()}
    as_of = Weighed(words("Figures as of", "数据截至"), run.as_of.isoformat(), "day", SEE)
    return [Weighed(run.scheme_title, klass, "words", SEE), *money, as_of]


def _last_dealing(found: Customer) -> date | None:
    documents = Document.objects.visible().filter(customer=found).order_by("-doc_date")
    receipts = Receipt.objects.filter(current=True, customer=found).order_by("-date")
    days = (
        documents.values_list("doc_date", flat=True).first(),
        receipts.values_list("date", flat=True).first(),
    )
    return max((day for day in days if day is not None), default=None)
