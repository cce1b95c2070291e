"""The week: who is a concern, against asking everybody one by one; who is told, and on paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pypdfium2
import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, Notice, User
from mainstay.foundation.notices import mailing
from mainstay.foundation.notices.models import NoticeChoice, Way
from mainstay.insights import jobs, news
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.schemes.placing import DOWN
from mainstay.insights.selectors.week import Week, week
from mainstay.insights.week_sheet import sheet
from mainstay.parties import territories
from mainstay.parties.models import Customer
from tests.people import person

pytestmark = [pytest.mark.shared_books, pytest.mark.usefixtures("graded")]


def snapshots() -> tuple[Snapshot, Snapshot]:
    """The grading a week ago or more, and the newest."""
    newest = Snapshot.objects.latest("as_of", "pk")
    assert newest.previous is not None
    return newest.previous, newest


@pytest.fixture
def moved(owner: User) -> Week:
    """C01 fell, C02 fell silent, C03 owes more; C04 was silent for a month only."""
    old, new = snapshots()
    Snapshot.objects.filter(pk=old.pk).update(as_of=new.as_of - timedelta(days=7))
    scheme = week(owner).run.scheme
    for code, then, now in (
        ("C01", {"net_sales": 900_00}, {"net_sales": 400_00}),
        ("C02", {"recency": 10, "rhythm_gap": 10.0, "order_days": 9},
         {"recency": 31, "rhythm_gap": 10.0, "order_days": 9, "net_sales": 365_00}),
        ("C03", {"overdue_balance": 5_00}, {"overdue_balance": 105_00}),
        ("C04", {"recency": 10, "rhythm_gap": 10.0, "order_days": 2},
         {"recency": 30, "rhythm_gap": 10.0, "order_days": 2}),
    ):  # fmt: skip
        for snapshot, values in ((old, then), (new, now)):
            rows = CustomerMetrics.objects.filter(snapshot=snapshot, customer__code=code)
            rows.update(**values)  # type: ignore[arg-type]
    best, *_, last = Run.objects.get(snapshot=new, scheme=scheme).classes
    for run, klass in ((old, best), (new, last)):
        Grade.objects.filter(run__snapshot=run, run__scheme=scheme, customer__code="C01").update(
            klass=klass["class"]
        )
    return week(owner)


def by_hand(found: Week) -> dict[str, Fraction]:
    """What is at stake by code, each customer read for itself."""
    old, new = snapshots()
    at_stake: dict[str, Fraction] = {}
    days = (new.window_end - new.window_start).days + 1
    for grade in Grade.objects.filter(run=found.run.id).select_related("measured", "customer"):
        before = Grade.objects.filter(
            run__snapshot=old, run__scheme=found.run.scheme, customer=grade.customer
        ).first()
        if before is None:
            continue
        was, now = before.measured, grade.measured
        fell = silent = owed = None
        if found.moves.way(before.klass, grade.klass) == DOWN:
            fell = max(0, (was.net_sales or 0) - (now.net_sales or 0))
        was_silent, is_silent = (
            bool(one.rhythm_gap) and (one.recency or 0) > 30
            and Fraction(one.recency or 0) > 2 * Fraction(one.rhythm_gap or 0)
            for one in (was, now)
        )  # fmt: skip
        if is_silent and not was_silent:
            beyond = Fraction(now.recency or 0) - Fraction(now.rhythm_gap or 0)
            silent = max(0, now.net_sales or 0) * beyond / days
        if (now.overdue_balance or 0) > (was.overdue_balance or 0):
            owed = (now.overdue_balance or 0) - (was.overdue_balance or 0)
        if not (fell is silent is owed is None):
            at_stake[grade.customer.code] = (
                max(Fraction(fell or 0), Fraction(silent or 0)) + (owed or 0)
            )  # fmt: skip
    return at_stake


def test_each_concern_is_found_with_what_is_at_stake(moved: Week) -> None:
    expected = by_hand(moved)
    assert {"C01", "C02", "C03"} <= expected.keys()
    assert moved.concerns == len(expected)
    assert abs(moved.stake - sum(expected.values())) <= len(expected)  # each rounded
    told = {one.code: one for one in moved.customers}
    for code, one in told.items():
        assert abs(one.stake - expected[code]) <= 1
    order = [one.stake for one in moved.customers]
    assert order == sorted(order, reverse=True)
    if len(expected) > len(told):
        assert min(order) >= max(v for c, v in expected.items() if c not in told) - 1
    if "C04" in told:
        assert "silent" not in {each.kind for each in told["C04"].concerns}
    kinds = {code: {each.kind for each in told[code].concerns} for code in ("C01", "C03")}
    assert "fell" in kinds["C01"] and "overdue" in kinds["C03"]


def test_nothing_is_told_of_whom_one_may_not_see(owner: User, moved: Week) -> None:
    east = territories.save(owner, None, name="East", regions=["East"])
    Customer.objects.filter(code__in=["C01", "C03"]).update(territory=east)
    director = person("east", "sales_director", territory=east)
    found = week(director)
    assert {one.code for one in found.customers} <= {"C01", "C03"}
    expected = {code: stake for code, stake in by_hand(moved).items() if code in ("C01", "C03")}
    assert found.concerns == len(expected) > 0
    assert abs(found.stake - sum(expected.values())) <= 2
    assert found.net == sum(cell.net_now for cell in found.moves.cells)
    with pytest.raises(NotAllowed):
        week(person("seller", "salesperson"))


def test_the_week_is_told_against_the_grading_that_is_a_week_older(owner: User) -> None:
    old, new = snapshots()
    for age, told in ((6, True), (7, True)):
        Snapshot.objects.filter(pk=old.pk).update(as_of=new.as_of - timedelta(days=age))
        found = week(owner)
        assert (found.before is not None) is told
    Snapshot.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now())
    others = Snapshot.objects.exclude(pk__in=[old.pk, new.pk]).filter(as_of__lt=new.as_of)
    others.update(withdrawn_at=timezone.now())
    assert week(owner).before is None


def test_the_sheet_says_it_in_both_languages(moved: Week) -> None:
    for lang, heading in (("en", "Talk to these customers"), ("zh", "应沟通的客户")):
        document = pypdfium2.PdfDocument(sheet(moved, lang))
        text = "".join(page.get_textpage().get_text_range() for page in document)
        assert heading in text
        assert moved.run.as_of.isoformat() in text


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A working Monday at half past seven."""
    moment = timezone.make_aware(datetime(2026, 7, 6, 7, 30))  # noqa: DTZ001  made aware
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def tell() -> int:
    job = Job.objects.create(kind="insights.week", arguments={})
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    report = job.report or {}
    return int(report.get("told", 0))


@pytest.mark.usefixtures("moved", "monday")
def test_whoever_listens_is_told_once_a_week_and_gets_it_on_paper(
    owner: User, settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = True
    User.objects.filter(pk=owner.pk).update(email="boss@example.com")
    deaf = person("deaf", "sales_director")
    NoticeChoice.objects.create(user=deaf, kind=news.WEEK, way=Way.OFF)
    assert tell() == 1
    assert tell() == 0
    notice = Notice.objects.get(kind=news.WEEK)
    assert notice.user_id == owner.pk
    assert mailing.send(Way.DIGEST)["mails"] == 1
    (letter,) = mail.outbox
    ((name, content, kind),) = [tuple(one) for one in letter.attachments]
    assert (str(name).endswith(".pdf"), kind) == (True, "application/pdf")
    assert isinstance(content, bytes) and content.startswith(b"%PDF")


@pytest.mark.usefixtures("moved")
def test_nobody_is_told_on_a_day_off_nor_twice_of_the_same_grading(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"sunday": (2026, 7, 5), "monday": (2026, 7, 6), "next monday": (2026, 7, 13)}
    told = {}
    for name, (year, month, day) in days.items():
        moment = timezone.make_aware(datetime(year, month, day, 7, 30))  # noqa: DTZ001
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        report = jobs.tell_week(lambda *_: None)
        told[name] = (report or {}).get("told", 0)
    assert told == {"sunday": 0, "monday": 1, "next monday": 0}
    assert owner.pk == Notice.objects.get(kind=news.WEEK).user_id
