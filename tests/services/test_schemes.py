"""Schemes: which are in use, who decides on them, and what a grading makes of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from mainstay.foundation import worker
from mainstay.foundation.approvals import deciding
from mainstay.foundation.errors import AlreadyAsked, NobodyDecides, NoReason, NotAllowed
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights import selectors, services
from mainstay.insights.errors import (
    BuildsOn,
    DateNotValid,
    LastScheme,
    NoSuchScheme,
    NotInUse,
    SchemeNameTaken,
    SchemeNotValid,
    SchemeUnchanged,
)
from mainstay.insights.models import Grade, Run, SchemeVersion, Snapshot
from mainstay.insights.schemes import changing, given, in_use
from mainstay.insights.selectors import paths
from mainstay.insights.selectors import schemes as lines
from mainstay.parties.models import Customer
from mainstay_engine import load_scheme
from tests.people import person, seen

pytestmark = pytest.mark.shared_books

TODAY = timezone.localdate


def wanted(do: str, scheme: str, version: int = 1, since: date | None = None) -> dict[str, Any]:
    day = since or TODAY()
    return {"do": do, "scheme": scheme, "version": version, "since": day.isoformat()}


def names() -> list[str]:
    return [scheme.name for scheme in in_use.in_use()]


def newest_runs() -> dict[str, Run]:
    last = Snapshot.objects.filter(state=Snapshot.State.DONE).latest("as_of", "pk")
    return {run.scheme: run for run in last.runs.all()}


def own(**changes: Any) -> dict[str, Any]:
    """A scheme of the firm's own: ABC with a cut at 60 % of sales."""
    definition = load_scheme("abc").definition()
    definition |= {"name": "house", "title": {"en": "House", "zh": "自定"}} | changes
    definition["cuts"]["steps"][0]["up_to"] = "0.6"
    return definition


def test_from_the_first_day_the_standard_presets_run(graded: Job) -> None:
    standard = [scheme.name for scheme in in_use.presets() if scheme.standard]
    assert names() == standard
    assert set(newest_runs()) == set(standard)
    assert {"abc", "composite", "abc_guarded"} <= set(standard)


def test_alone_with_the_right_one_decides_and_everybody_is_graded(owner: User, graded: Job) -> None:
    assert changing.change(owner, wanted("use", "momentum"), "who grows?") is None
    assert "momentum" in names()
    worker.run_pending()
    assert "momentum" in newest_runs()
    entry = AuditEntry.objects.get(action="scheme.used")
    assert (entry.actor, entry.subject, entry.reason) == (owner, "scheme:momentum", "who grows?")

    assert changing.change(owner, wanted("head", "abc_70"), "we cut at 70") is None
    with pytest.raises(LastScheme):
        changing.change(owner, wanted("retire", "abc_70"), "no more")
    worker.run_pending()
    head = selectors.headline_run(owner)
    assert head is not None
    assert head.scheme == "abc_70"
    assert [line.scheme.name for line in lines.schemes(owner) if line.heads] == ["abc_70"]

    assert changing.change(owner, wanted("retire", "abc"), "one is enough") is None
    assert "abc" not in names()
    worker.run_pending()
    assert "abc" not in newest_runs()
    states = {line.scheme.name: line.state for line in lines.schemes(owner)}
    assert (states["abc"], states["momentum"], states["stars"]) == ("retired", "runs", "available")


def test_what_cannot_be_is_refused_and_nothing_is_kept(owner: User, graded: Job) -> None:
    for change, error in (
        (wanted("use", "abc"), SchemeUnchanged),
        (wanted("use", "momentum", since=TODAY() - timedelta(days=1)), DateNotValid),
        (wanted("use", "momentum", since=TODAY() + timedelta(days=400)), DateNotValid),
        (wanted("retire", "momentum"), NotInUse),
        (wanted("retire", "abc"), LastScheme),
        (wanted("head", "momentum"), NotInUse),
        (wanted("use", "nothing"), NoSuchScheme),
        (wanted("use", "abc", 7), NoSuchScheme),
        (wanted("burn", "abc"), NotAllowed),
    ):
        with pytest.raises(error):
            changing.change(owner, change, "because")
    with pytest.raises(NoReason):
        changing.change(owner, wanted("use", "momentum"), " ")
    with pytest.raises(NotAllowed):
        changing.change(person("seller", "salesperson"), wanted("use", "momentum"), "because")
    assert not SchemeVersion.objects.exists()


def test_a_scheme_that_builds_on_another_runs_after_it_and_not_without_it(
    owner: User, graded: Job
) -> None:
    changing.change(owner, wanted("use", "value_potential"), "who may grow?")
    with pytest.raises(BuildsOn):
        changing.change(owner, wanted("retire", "behaviour"), "no more")
    worker.run_pending()
    run = newest_runs()["value_potential"]
    assert run.state == Run.State.DONE
    behaviour = Grade.objects.filter(run=newest_runs()["behaviour"])
    silent = dict(
        behaviour.filter(klass__in=["dormant", "lost"]).values_list("customer__code", "klass")
    )
    found = dict(Grade.objects.filter(run=run).values_list("customer__code", "klass"))
    assert {code: klass for code, klass in found.items() if klass in ("dormant", "lost")} == silent

    changing.change(owner, wanted("retire", "value_potential"), "no more")
    changing.change(owner, wanted("retire", "behaviour"), "no more")
    with pytest.raises(BuildsOn):
        changing.change(owner, wanted("use", "value_potential"), "who may grow?")


def test_segments_by_trade_are_graded_and_told(owner: User, graded: Job) -> None:
    codes = list(Customer.objects.order_by("code").values_list("code", flat=True)[:3])
    Customer.objects.filter(code__in=codes).update(trade="餐饮")
    catering = {"name": "catering", "title": {"en": "Catering", "zh": "餐饮"}, "of": ["餐饮"]}
    changing.save_draft(owner, own(segments={"by": "trade", "parts": [catering]}))
    changing.change(owner, wanted("use", "house"), "trades differ")
    worker.run_pending()
    grades = Grade.objects.filter(run=newest_runs()["house"])
    inside = grades.filter(customer__code__in=codes, rank__isnull=False)
    assert sorted(inside.values_list("rank", flat=True)) == list(range(1, inside.count() + 1))
    assert grades.exclude(customer__code__in=codes).filter(rank=1).exists()
    told = {code: {view.scheme: view for view in selectors.customer(owner, code).grades}["house"]
            for code in codes}  # fmt: skip
    assert all(view.reason["en"].startswith("among Catering: ") for view in told.values())
    assert {view.of for view in told.values()} == {inside.count()}
    assert paths.paths(owner, codes[0], "house").missing is None


def test_where_another_decides_it_is_asked_for(graded: Job) -> None:
    director = person("director", "sales_director")
    chief = person("chief", "finance")
    row = changing.change(director, wanted("use", "momentum"), "who grows?")
    assert row is not None
    assert "momentum" not in names()
    with pytest.raises(AlreadyAsked):
        changing.change(chief, wanted("use", "momentum"), "me too")
    deciding.approve(chief, row.pk, seen(chief, row))
    assert "momentum" in names()
    entry = AuditEntry.objects.get(action="scheme.used")
    assert (entry.actor, entry.facts["asked_by"]) == (chief, director.pk)


def test_nobody_decides_where_nobody_holds_the_right(owner: User, graded: Job) -> None:
    owner.appointments.exclude(role__name="sales_director").delete()
    director = person("director", "sales_director")
    with pytest.raises(NobodyDecides):
        changing.change(director, wanted("use", "momentum"), "who grows?")


def test_a_scheme_of_the_firm_s_own_has_versions(owner: User, graded: Job) -> None:
    first = changing.save_draft(owner, own(), "sixty")
    assert "house" not in names()
    changing.change(owner, wanted("use", "house"), "trial")
    worker.run_pending()
    run = newest_runs()["house"]
    assert (run.version, run.title["en"]) == ("1", "House")

    second = changing.save_draft(owner, own(title={"en": "House 2", "zh": "自定二"}))
    assert (first.number, second.number) == (1, 2)
    later = TODAY() + timedelta(days=30)
    changing.change(owner, wanted("use", "house", 2, later), "from next month")
    assert [one.version for one in in_use.in_use() if one.name == "house"] == [1]
    assert [one.version for one in in_use.in_use(later) if one.name == "house"] == [2]
    assert [one.state for one in lines.scheme_versions(owner, "house")] == ["waiting", "runs"]


def test_a_draft_with_faults_names_them_all(owner: User, graded: Job) -> None:
    bad = own(unranked="Z", show=["nothing"])
    with pytest.raises(SchemeNotValid) as found:
        changing.save_draft(owner, bad)
    assert "Z" in found.value.text("en")
    assert "nothing" in found.value.text("en")
    with pytest.raises(SchemeNotValid):
        changing.save_draft(owner, {})
    with pytest.raises(SchemeNotValid):
        changing.save_draft(owner, own(name="a" * 61))
    with pytest.raises(SchemeNameTaken):
        changing.save_draft(owner, own(name="abc"))
    with pytest.raises(NotAllowed):
        changing.save_draft(person("seller", "salesperson"), own())
    assert not SchemeVersion.objects.exists()


def test_a_scheme_that_cannot_be_run_keeps_no_other_from_it(owner: User, graded: Job) -> None:
    changing.save_draft(owner, own())
    changing.change(owner, wanted("use", "house"), "trial")
    row = SchemeVersion.objects.get()
    row.definition["window"] = "no window"
    row.save()
    worker.run_pending()
    runs = newest_runs()
    assert runs["abc"].state == Run.State.DONE
    assert "house" not in runs or runs["house"].state == Run.State.NO_DATA


def test_the_grading_before_holds_classes_still(owner: User, graded: Job) -> None:
    """A scheme that changes a class after nine gradings leaves everybody where they were."""
    thresholds = {
        "by": "thresholds", "of": "net_sales", "rest": "C", "steps": [
            {"class": "A", "at_least": 900}, {"class": "B", "at_least": 500}],
    }  # fmt: skip
    steady = {**own(), "cuts": thresholds, "stability": {"runs": 9}}
    changing.save_draft(owner, steady)
    changing.change(owner, wanted("use", "house"), "trial")
    Job.objects.filter(state=Job.State.QUEUED).delete()
    last = Snapshot.objects.latest("as_of")
    Snapshot.objects.all().delete()
    services.grade_all(owner, last.as_of - timedelta(days=120))
    newest = services.grade_all(owner)

    def classes(snapshot: Snapshot) -> dict[str, str]:
        rows = Grade.objects.filter(run__snapshot=snapshot, run__scheme="house")
        return dict(rows.values_list("customer__code", "klass"))

    assert newest.previous is not None
    before, now = classes(newest.previous), classes(newest)
    stayed = {code for code, klass in before.items() if klass in "ABC"} & now.keys()
    assert stayed
    assert {code: now[code] for code in stayed if now[code] in "ABC"}.items() <= before.items()
    table = given.previous(newest, in_use.in_use()[-1])
    assert table is not None
    assert dict(zip(*table.select(["customer_id", "class"]).to_pydict().values(), strict=True)) == (
        before
    )
