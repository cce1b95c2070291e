"""Snapshots: every scheme's classes, with their reasons, as of a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights import selectors, services, snapshots
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.selectors.history import grade_history
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.shared_books


def abc_by_hand() -> dict[str, str]:
    """Upper class while the sum of strictly larger customers is below 80 and 95 % of all."""
    net = {f"C{n:02}": company.expected_net(n) for n in range(1, company.CUSTOMERS + 1)}
    whole = sum(net.values())
    classes = {}
    for code, own in net.items():
        larger = sum(other for other in net.values() if other > own)
        classes[code] = (
            "A" if larger * 100 < whole * 80 else "B" if larger * 100 < whole * 95 else "C"
        )
    return classes


def test_abc_agrees_customer_by_customer_with_a_computation_by_hand(
    owner: User, graded: Job
) -> None:
    grades = Grade.objects.filter(run__scheme="abc", run__snapshot__as_of=company.AS_OF)
    assert dict(grades.values_list("customer__code", "klass")) == abc_by_hand()
    values = dict(grades.values_list("customer__code", "value_minor"))
    assert values == {f"C{n:02}": company.expected_net(n) for n in range(1, 13)}
    told = grade_history(owner, "C01", "abc")
    assert told[0].reason["zh"]
    assert told[0].reason["en"]


def test_twelve_months_of_sales_add_up_to_net_sales(graded: Job) -> None:
    figures = CustomerMetrics.objects.filter(snapshot__as_of=company.AS_OF)
    for row in figures.select_related("customer"):
        number = int(row.customer.code[1:])
        assert sum(row.monthly) == row.net_sales == company.expected_net(number)
    second = figures.get(customer__code="C02").monthly
    assert second[-1] == int((company.net_of(2) - 1_000) * 100)
    assert second[0] == int(company.net_of(2) * 100)


def test_loss_makers_are_invalid_and_the_rest_are_graded_by_profit(
    graded: Job, owner: User
) -> None:
    run = selectors.latest_runs(owner)["value5"]
    assert run.state == "done"
    grades = dict(Grade.objects.filter(run=run.id).values_list("customer__code", "klass"))
    assert grades["C11"] == "invalid"
    assert grades["C01"] == "key"


def test_changes_of_class_are_told_against_half_a_year_before(graded: Job, owner: User) -> None:
    run = selectors.latest_runs(owner)["behaviour"]
    assert run.previous_as_of == date(2025, 12, 12)
    rows = selectors.customer_page(owner, scheme="behaviour", sort="code").rows
    twelfth = rows[-1]
    assert twelfth.code == "C12"
    assert (twelfth.previous_class, twelfth.klass) == ("active", "dormant")


def test_grading_again_makes_the_same_grades(graded: Job, owner: User) -> None:
    def stored(snapshot: Snapshot) -> list[tuple[object, ...]]:
        grades = Grade.objects.filter(run__snapshot=snapshot).order_by("run__scheme", "customer_id")
        return list(
            grades.values_list(
                "run__scheme", "customer_id", "klass", "rank", "value_number", "reason"
            )
        )

    first = Snapshot.objects.order_by("-pk")[0]
    job = services.ask_for_grades(owner)
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    second = Snapshot.objects.order_by("-pk")[0]
    assert second.pk != first.pk
    assert second.fingerprint == first.fingerprint
    assert stored(second) == stored(first)


def test_an_earlier_day_sees_nothing_later(graded: Job, owner: User) -> None:
    snapshot = services.grade_all(owner, date(2025, 9, 30))
    figures = CustomerMetrics.objects.get(snapshot=snapshot, customer__code="C01")
    assert figures.metrics["last_purchase"] == "2025-09-01"
    assert selectors.headline_run(owner).as_of == company.AS_OF  # type: ignore[union-attr]


def test_a_run_that_breaks_off_leaves_no_snapshot(
    graded: Job, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Snapshot.objects.count()
    monkeypatch.setattr(snapshots, "write_grades", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.grade_all(owner)
    assert Snapshot.objects.count() == before
    assert Run.objects.filter(snapshot__state="writing").count() == 0


def test_a_run_is_in_the_audit_trail_with_all_that_repeats_it(graded: Job) -> None:
    entry = AuditEntry.objects.filter(action="grades.run").latest("pk")
    assert entry.facts["as_of"] == company.AS_OF.isoformat()
    assert "abc v1" in entry.facts["schemes"]
    assert entry.facts["fingerprint"]


def test_overdue_invoices_are_counted_from_the_first_unpaid_one(graded: Job, owner: User) -> None:
    """C10 pays nothing from 10 January on, and each invoice falls due after 30 days: by 12 June
    those of January to May are overdue, the oldest since 9 February.
    """
    fact = selectors.customer(owner, "C10").facts[0]
    assert fact.code == "overdue"
    assert (fact.facts["invoices"], fact.facts["days"]) == (5, 123)


def test_a_month_end_is_told_against_the_month_end_half_a_year_before(
    graded: Job, owner: User
) -> None:
    Snapshot.objects.all().delete()
    snapshot = services.grade_all(owner, date(2026, 6, 30))
    assert snapshot.previous is not None
    assert snapshot.previous.as_of == date(2025, 12, 31)


def test_growth_is_told_only_where_the_books_reach_the_window_before(graded: Job) -> None:
    earlier, now = Snapshot.objects.order_by("as_of")
    of_now = CustomerMetrics.objects.filter(snapshot=now)
    assert of_now.get(customer__code="C01").growth is not None
    of_earlier = CustomerMetrics.objects.filter(snapshot=earlier)  # its window before: no books yet
    assert not of_earlier.filter(growth__isnull=False).exists()
    assert not of_earlier.filter(previous_net_sales__isnull=False).exists()


def test_nothing_shows_before_the_newest_snapshot_does(graded: Job, owner: User) -> None:
    Snapshot.objects.all().delete()
    seen: set[int] = set()

    def look(*_: object) -> None:
        seen.add(Snapshot.objects.filter(state=Snapshot.State.DONE).count())

    services.grade_all(owner, progress=look)
    assert seen == {0}
    assert Snapshot.objects.filter(state=Snapshot.State.DONE).count() == 2


def killed_before_done(job: Job) -> None:
    """As a worker leaves it that died after the work and before it could say so; the next one."""
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, report=None, lease_until=timezone.now(), finished_at=None
    )
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error


def test_a_grading_that_is_there_is_not_made_twice(graded: Job, owner: User) -> None:
    before = list(Snapshot.objects.values_list("pk", flat=True))
    runs = AuditEntry.objects.filter(action="grades.run").count()
    report = graded.report
    killed_before_done(graded)
    assert graded.report == report
    assert list(Snapshot.objects.values_list("pk", flat=True)) == before
    asked = services.ask_for_grades(owner)
    worker.run_pending()
    asked.refresh_from_db()
    assert Snapshot.objects.count() == len(before) + 1  # asked for by somebody: made anew
    killed_before_done(asked)
    assert Snapshot.objects.count() == len(before) + 1
    assert AuditEntry.objects.filter(action="grades.run").count() == runs + 1


@pytest.mark.parametrize("differs", ["books", "scheme", "day", "withdrawn"])
def test_another_grading_is_no_answer(graded: Job, differs: str) -> None:
    newest = Snapshot.objects.order_by("-pk")[0]
    kept = Snapshot.objects.filter(pk=newest.pk)
    if differs == "books":
        kept.update(fingerprint="other")
    elif differs == "scheme":
        Run.objects.filter(snapshot=newest, scheme="abc").update(version="0")
    elif differs == "day":
        kept.update(as_of=date(2026, 6, 11))
    else:
        kept.update(withdrawn_at=timezone.now())
    before = Snapshot.objects.count()
    killed_before_done(graded)
    assert Snapshot.objects.count() == before + 1


def lose_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every worker die over the grading, until the job counts as failed."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(services, "_write", die)
        for _ in range(worker.ATTEMPTS):
            Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
            with pytest.raises(Killed):
                worker.run_pending()
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
    worker.run_pending()


def test_books_left_ungraded_by_dead_workers_are_told_and_graded_with_the_next_import(
    graded: Job, bring: Bring, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert selectors.behind(owner) is None
    paths = company.write(tmp_path / "changed", change="XS2601-05")
    local = {table: exchange.LocalFile(path) for table, path in paths.items()}
    job = exchange.apply(exchange.start_upload(owner, local))
    waiting = selectors.behind(owner)
    assert waiting is None  # the books have not changed yet
    lose_workers(monkeypatch)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    left = selectors.behind(owner)
    assert left is not None
    assert left.job is None
    assert left.error == job.error
    asked = services.ask_for_grades(owner)
    found = selectors.behind(owner)
    assert found is not None
    assert found.job == asked.pk
    Job.objects.filter(pk=asked.pk).delete()
    assert bring(company.write(tmp_path / "again", change="XS2601-06")).state == Job.State.DONE
    assert selectors.behind(owner) is None
