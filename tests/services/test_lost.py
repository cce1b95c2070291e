"""The lost register in the books: it follows gradings, keeps what people say, and adds up right.

In the small company customer 12 bought on the 12th of each month to February 2026 and then no more.
Its usual gap is 31 days without unevenness, so that 124 days of silence are allowed: a sale of
another customer on the 20th of June makes it lost since the 17th.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from mainstay.effort import services as efforts
from mainstay.exchange import customers, undoing
from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.notices.models import Notice
from mainstay.insights import following
from mainstay.insights.facts_out import facts_of_books
from mainstay.insights.models import Snapshot
from mainstay.ledger.models import ImportBatch
from mainstay.parties import owners, territories
from mainstay.parties.models import Customer
from mainstay.parties.timeline import timeline
from mainstay.retention import jobs, rules, selectors, services
from mainstay.retention.errors import (
    EvidenceMissing,
    LossReasonUnknown,
    LossUnknown,
    NotLostNow,
    ResultUnknown,
    WinBackDayNotValid,
    WinBackOwnerNotFit,
    WinBackUnderWay,
    WinBackUnknown,
)
from mainstay.retention.models import Loss, LossEvent, WinBack
from tests.people import person
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.shared_books
LATER = date(2026, 6, 20)
WENT = int(company.net_of(12) * 100) * 12
"""Of the twelve months to the 12th of February 2026, in fen: twelve invoices."""
Sell = Callable[..., ImportBatch]


@pytest.fixture
def sell(graded: Job, bring: Bring, tmp_path: Path) -> Sell:
    """Bring in one more sale of a customer, and grade; the import."""
    count = 0

    def work(code: str, day: date, net: int = 100) -> ImportBatch:
        nonlocal count
        count += 1
        path = tmp_path / f"more-{count}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([
                ["单据编号", "客户编码", "单据日期", "存货编码", "数量", "无税金额"],
                [f"N{count}", code, day.isoformat(), "P1", "1", str(net)],
            ])  # fmt: skip
        job = bring({"lines": path})
        assert job.state == Job.State.DONE, job.error
        worker.run_pending()
        return ImportBatch.objects.order_by("-pk")[0]

    return work


@pytest.fixture
def found(sell: Sell) -> Loss:
    """Customer 12 is lost."""
    assert not Loss.objects.exists()  # 120 of 124 days
    sell("C01", LATER)
    return Loss.objects.get()


@pytest.fixture
def loss(graded: Job) -> Loss:
    """The same, as a grading would have found it."""
    return Loss.objects.create(
        customer=Customer.objects.get(code="C12"), last_purchase=date(2026, 2, 12),
        lost_on=date(2026, 6, 17), usual_gap=31, allowed=124, went=WENT,
    )  # fmt: skip


@pytest.fixture
def seller(graded: Job, owner: User) -> User:
    """Who owns customer 12."""
    found = person("seller", "salesperson")
    owners.assign(owner, "C12", found.pk)
    return found


def task(owner: User, days: int = 14) -> services.Task:
    return services.Task(owner.pk, "Offer the new blade", timezone.localdate() + timedelta(days))


def why(reason: str = "poached") -> services.Why:
    return services.Why(reason, "Their buyer told Liu so", "Rival & Co")


def test_a_grading_finds_who_is_lost(found: Loss, owner: User) -> None:
    assert found.customer.code == "C12"
    assert (found.last_purchase, found.lost_on) == (date(2026, 2, 12), date(2026, 6, 17))
    assert (found.usual_gap, found.allowed, found.went) == (31, 124, WENT)
    assert (found.state, found.void, found.back_on, found.recovered) == ("lost", False, None, 0)
    entry = AuditEntry.objects.get(action="losses.found")
    assert entry.facts == {"as_of": "2026-06-20", "lost": 1, "back": 0, "untrue": 0}
    page = selectors.register(owner)
    (row,) = page.rows
    assert (row.code, row.went, row.neglected, row.attempts) == ("C12", WENT, None, ())
    told = selectors.summary(owner)
    assert (told.sums.losses, told.sums.went, told.sums.year_losses) == (1, WENT, 1)
    assert told.counts == {"lost": 1}


def test_followed_again_nothing_changes(found: Loss) -> None:
    before = list(Loss.objects.values()), list(LossEvent.objects.values())
    following.follow(Snapshot.objects.order_by("-as_of", "-pk")[0], facts_of_books())
    assert (list(Loss.objects.values()), list(LossEvent.objects.values())) == before
    assert AuditEntry.objects.filter(action="losses.found").count() == 1


def test_the_owner_is_told_once_of_all_that_are_new(sell: Sell, owner: User) -> None:
    seller = person("seller", "salesperson")
    owners.assign(owner, "C12", seller.pk)
    Notice.objects.all().delete()
    sell("C01", LATER)
    notice = Notice.objects.get(kind="losses.found")
    assert (notice.user, notice.facts) == (seller, {"lost": 1, "names": "客户12"})
    sell("C01", LATER + timedelta(1))
    assert Notice.objects.filter(kind="losses.found").count() == 1


def test_an_order_brings_it_back_and_what_it_buys_since_is_recovered(
    found: Loss, sell: Sell, owner: User
) -> None:
    sell("C12", date(2026, 7, 1), 300)
    sell("C12", date(2026, 7, 9), -40)
    found.refresh_from_db()
    assert (found.state, found.back_on, found.recovered) == ("back", date(2026, 7, 1), 260_00)
    assert found.lost_on == date(2026, 6, 17)  # it was lost all the same
    sums = selectors.summary(owner).sums
    assert (sums.back, sums.recovered, sums.won, sums.won_recovered) == (1, 260_00, 0, 0)
    assert selectors.standing(owner, "C12") is None
    kinds = LossEvent.objects.order_by("day").values_list("kind", "day")
    assert list(kinds) == [("lost", found.lost_on), ("back", found.back_on)]
    with pytest.raises(NotLostNow):
        services.win_back(owner_of(owner), "C12", found.pk, task(owner_of(owner)))


def owner_of(owner: User) -> User:
    """Somebody who handles all customers."""
    return User.objects.filter(username="director").first() or person("director", "sales_director")


def test_what_was_won_is_told_from_what_came_by_itself(
    found: Loss, sell: Sell, owner: User
) -> None:
    director = owner_of(owner)
    services.win_back(director, "C12", found.pk, task(director))
    WinBack.objects.update(begun_on=date(2026, 7, 1))
    sell("C12", date(2026, 7, 1), 300)  # on the day it began: nobody can tell
    assert selectors.summary(owner).sums.won_recovered == 0
    WinBack.objects.update(begun_on=date(2026, 6, 30))
    sums = selectors.summary(owner).sums
    assert (sums.won, sums.recovered, sums.won_recovered) == (1, 300_00, 300_00)


def test_an_import_taken_back_makes_it_lost_again_with_all_that_was_said(
    found: Loss, sell: Sell, owner: User
) -> None:
    services.name_reason(owner_of(owner), "C12", found.pk, why())
    batch = sell("C12", date(2026, 7, 1), 300)
    sell("C01", date(2026, 7, 2))
    _take_back(owner, batch)
    found.refresh_from_db()
    assert (found.state, found.back_on, found.recovered) == ("lost", None, 0)
    assert (found.reason, found.rival) == ("poached", "Rival & Co")
    assert not LossEvent.objects.filter(kind="back").exists()


def _take_back(owner: User, batch: ImportBatch) -> None:
    undoing.undo(owner, batch.pk, "wrong file")
    worker.run_pending()


def test_an_order_that_came_late_says_there_was_no_silence(
    found: Loss, sell: Sell, owner: User
) -> None:
    batch = sell("C12", date(2026, 5, 2))
    found.refresh_from_db()
    assert (found.void, selectors.register(owner).rows) == (True, ())
    assert not LossEvent.objects.exists()
    _take_back(owner, batch)
    found.refresh_from_db()
    assert (found.void, found.last_purchase) == (False, date(2026, 2, 12))
    assert Loss.objects.count() == 1


def test_an_order_that_came_late_moves_the_same_loss(found: Loss, sell: Sell) -> None:
    sell("C12", date(2026, 3, 1))
    sell("C01", date(2026, 7, 30))
    moved = Loss.objects.get()
    assert (moved.pk, moved.last_purchase, moved.void) == (found.pk, date(2026, 3, 1), False)
    assert moved.lost_on == date(2026, 3, 1) + timedelta(moved.allowed + 1)


def test_merged_with_another_it_is_that_one_and_split_again_its_own(
    found: Loss, sell: Sell, owner: User
) -> None:
    customers.merge(owner, "C12", "C01", "the same")
    sell("C01", date(2026, 7, 1))
    found.refresh_from_db()
    assert found.void  # C01 buys every month
    read = selectors.of_customer(owner, "C01")
    assert read is not None and [row.id for row in read.rows] == [found.pk]


def test_a_reason_has_evidence_and_the_time_line_keeps_each(loss: Loss, seller: User) -> None:
    services.name_reason(seller, "C12", loss.pk, why("left"))
    services.name_reason(seller, "C12", loss.pk, why())
    loss.refresh_from_db()
    assert (loss.reason, loss.rival, loss.named_by) == ("poached", "Rival & Co", seller)
    told = [(e.kind, e.facts.get("reason")) for e in timeline(seller, "C12", only=("losses",)).rows]
    assert told == [("reason", "poached"), ("reason", "left")]
    first, second = AuditEntry.objects.filter(action="loss.named").order_by("pk")
    assert (first.facts["was_why"], second.facts["was_why"]) == ("", "left")
    assert first.facts["rival"] == ""  # nobody is said to have poached who left
    with pytest.raises(EvidenceMissing):
        services.name_reason(seller, "C12", loss.pk, services.Why("left", "  "))
    with pytest.raises(LossReasonUnknown):
        services.name_reason(seller, "C12", loss.pk, services.Why("sulked", "so"))


def test_winning_back_is_somebodys_task_until_its_end_is_told(
    loss: Loss, seller: User, owner: User
) -> None:
    director = owner_of(owner)
    made = services.win_back(director, "C12", loss.pk, task(seller))
    loss.refresh_from_db()
    assert loss.state == "winning"
    notice = Notice.objects.get(kind="losses.given")
    assert (notice.user, notice.subject) == (seller, "loss:C12")
    with pytest.raises(WinBackUnderWay):
        services.win_back(director, "C12", loss.pk, task(director))
    with pytest.raises(ReasonMissing):
        services.end(seller, "C12", loss.pk, made.pk, "refused", " ")
    with pytest.raises(ResultUnknown):
        services.end(seller, "C12", loss.pk, made.pk, "won", "so")
    services.end(seller, "C12", loss.pk, made.pk, "refused", "Price")
    loss.refresh_from_db()
    assert loss.state == "failed"
    with pytest.raises(WinBackUnknown):
        services.end(seller, "C12", loss.pk, made.pk, "refused", "Price")
    again = services.win_back(seller, "C12", loss.pk, task(seller))
    services.end(seller, "C12", loss.pk, again.pk, "agreed", "From September")
    loss.refresh_from_db()
    assert (loss.state, loss.recovered) == ("promised", 0)  # a promise is no sale
    found = selectors.of_customer(seller, "C12")
    assert found is not None
    assert [one.result for one in found.rows[0].attempts] == ["refused", "agreed"]


def test_a_task_needs_an_owner_who_may_and_a_day_ahead(
    loss: Loss, seller: User, owner: User
) -> None:
    other = person("other", "salesperson")
    with pytest.raises(WinBackOwnerNotFit):
        services.win_back(seller, "C12", loss.pk, task(other))
    for days in (-1, 400):
        with pytest.raises(WinBackDayNotValid):
            services.win_back(seller, "C12", loss.pk, task(seller, days))
    with pytest.raises(ReasonMissing):
        services.win_back(
            seller, "C12", loss.pk, services.Task(seller.pk, " ", timezone.localdate())
        )
    assert not WinBack.objects.exists()
    director = owner_of(owner)
    may = {pk for pk, _ in selectors.choices(seller, "C12")}
    assert may == {seller.pk, director.pk, owner.pk}  # the owner of the books holds every role


def test_its_owner_is_told_once_that_it_is_due(loss: Loss, seller: User) -> None:
    services.win_back(seller, "C12", loss.pk, task(seller, 0))
    silent = lambda *_: None  # noqa: E731
    assert [jobs.tell_due(silent)["told"] for _ in range(2)] == [1, 0]
    assert Notice.objects.get(kind="losses.due").user == seller


def test_each_reads_and_does_what_their_right_reaches(
    loss: Loss, seller: User, owner: User
) -> None:
    other = person("other", "salesperson")
    controller = person("controller", "credit_controller")
    assert [row.code for row in selectors.register(seller).rows] == ["C12"]
    assert selectors.register(other).rows == () and selectors.summary(other).sums.went == 0
    assert selectors.of_customer(other, "C12") is None and selectors.standing(other, "C12") is None
    for verb in (lambda: services.name_reason(other, "C12", loss.pk, why()),
                 lambda: services.name_reason(seller, "C11", loss.pk, why())):  # fmt: skip
        with pytest.raises(LossUnknown):
            verb()
    assert [row.code for row in selectors.register(controller).rows] == ["C12"]
    with pytest.raises(NotAllowed):
        services.name_reason(controller, "C12", loss.pk, why())
    made = services.win_back(seller, "C12", loss.pk, task(seller))
    with pytest.raises(NotAllowed):
        services.end(controller, "C12", loss.pk, made.pk, "refused", "no")
    there = territories.save(owner, None, name="浙江", regions=["浙江"])
    director = person("of-zhejiang", "sales_director", territory=there)
    seen = [row.code for row in selectors.register(director).rows]
    assert seen == ["C12"]  # region of numbers that three divides
    away = territories.save(owner, None, name="江苏", regions=["江苏"])
    assert not selectors.register(person("of-js", "sales_director", territory=away)).rows
    with pytest.raises(NotAllowed):
        selectors.register(person("nobody"))


def test_the_register_is_narrowed_and_paged(loss: Loss, seller: User, owner: User) -> None:
    def codes(**wanted: object) -> list[str]:
        return [r.code for r in selectors.register(owner, selectors.Wanted(**wanted)).rows]  # type: ignore[arg-type]

    assert codes(reason=selectors.UNSAID) == codes(owner=seller.pk) == ["C12"]
    assert codes(state="lost") == ["C12"]
    assert codes(reason="left") == codes(owner=owner.pk) == codes(state="back") == []
    assert codes(neglected=True) == []
    services.name_reason(seller, "C12", loss.pk, why("left"))
    assert codes(reason="left") == ["C12"] and codes(reason=selectors.UNSAID) == []
    with pytest.raises(LossReasonUnknown):
        codes(reason="sulked")
    twin = Loss.objects.create(
        customer=loss.customer, last_purchase=date(2025, 1, 1), lost_on=date(2025, 6, 1),
        usual_gap=30, allowed=120, went=5,
    )  # fmt: skip
    first = selectors.register(owner, size=1)
    second = selectors.register(owner, after=first.next_cursor, size=1)
    assert [first.rows[0].id, second.rows[0].id] == [loss.pk, twin.pk]
    assert second.next_cursor is None
    sums = selectors.summary(owner).sums
    assert (sums.losses, sums.year_losses, sums.year_went) == (2, 1, WENT)


def test_neglect_is_told_by_visits_and_calls_alone(
    found: Loss, seller: User, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(code: str, day: date, activity: str = "visit") -> None:
        efforts.record(director, code, efforts.Given(day, activity))

    def after() -> tuple[bool | None, int, int, int]:
        following.follow(newest, facts_of_books())
        row = selectors.register(owner).rows[0]
        return row.neglected, row.contacts_before, row.contacts_since, row.complaints

    director = owner_of(owner)
    newest = Snapshot.objects.order_by("-as_of", "-pk")[0]
    # What is recorded by hand moves the fingerprint: the next grading would tell. Here, at once.
    monkeypatch.setattr("mainstay.insights.facts_out.fingerprint", lambda: newest.fingerprint)
    assert after() == (None, 0, 0, 0)  # nothing is recorded at all
    record("C01", date(2025, 11, 15))
    assert after() == (None, 0, 0, 0)  # the ledger begins 89 days before the last purchase
    record("C01", date(2025, 11, 14))
    assert after() == (True, 0, 0, 0)
    assert selectors.summary(owner, selectors.Wanted(neglected=True)).sums.neglected == 1
    record("C12", date(2026, 1, 1), "gift")
    record("C12", date(2026, 3, 1), "complaint")
    record("C12", date(2025, 11, 13))  # a day too early
    record("C12", date(2026, 6, 18), "call")  # a day too late
    assert after() == (True, 0, 0, 1)
    record("C12", date(2026, 6, 17), "call")
    assert after() == (False, 0, 1, 1)
    record("C12", date(2026, 2, 12))
    assert after() == (False, 1, 1, 1)
    assert not selectors.register(owner, selectors.Wanted(neglected=True)).rows


def test_a_customer_that_buys_shows_how_long_it_may_be_silent(found: Loss, owner: User) -> None:
    read = selectors.of_customer(owner, "C01")
    assert read is not None and read.rows == ()
    assert (read.rhythm.silence, read.rhythm.usual_gap) == (0, 31)
    assert read.rhythm.allowed == 4 * 31
    assert rules.neglected(0, 0, known=False) is None
