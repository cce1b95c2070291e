"""What people add to the figures of one customer: a class that is set, and judgements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mainstay.foundation import worker
from mainstay.foundation.approvals import deciding
from mainstay.foundation.errors import NobodyDecides, NotAllowed
from mainstay.foundation.jobs import silent
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights import jobs, selectors, services
from mainstay.insights.errors import (
    CustomerNotFound,
    DateNotValid,
    NotAClass,
    NotInUse,
    NotOnTheScale,
    SchemeUnchanged,
)
from mainstay.insights.models import Judgement, Override, Snapshot
from mainstay.insights.schemes import changing, judging, overriding
from mainstay.parties import owners
from tests.people import person, seen

pytestmark = pytest.mark.shared_books

TODAY = timezone.localdate


def wanted(klass: str, code: str = "C12", **more: Any) -> dict[str, Any]:
    until = TODAY() + timedelta(days=90)
    return {"customer": code, "scheme": "abc", "class": klass, "until": until.isoformat(), **more}


def view(user: User, code: str, scheme: str = "abc") -> selectors.GradeView:
    return next(one for one in selectors.customer(user, code).grades if one.scheme == scheme)


@pytest.fixture
def seller(owner: User, graded: Job) -> User:
    found = person("seller", "salesperson")
    owners.assign(owner, "C12", found.pk)
    return found


def test_a_class_is_asked_for_decided_and_told_with_its_reason(owner: User, seller: User) -> None:
    by_figures = view(owner, "C12").klass
    assert by_figures != "A"
    row = overriding.ask(seller, wanted("A"), "opens ten shops next month")
    assert row is not None
    assert not Override.objects.exists()
    deciding.approve(owner, row.pk, seen(owner, row))
    worker.run_pending()
    now = view(owner, "C12")
    assert now.klass == "A"
    assert "seller" in now.reason["en"]
    assert "opens ten shops next month" in now.reason["zh"]
    assert f"{by_figures} by the figures" in now.reason["en"]
    entry = AuditEntry.objects.get(action="customer.class_set")
    assert (entry.actor, entry.reason) == (owner, "opens ten shops next month")
    with pytest.raises(SchemeUnchanged):
        overriding.ask(seller, wanted("A"), "again")

    (given,) = overriding.of(seller, "C12")
    with pytest.raises(NotAllowed):
        overriding.end(person("other", "salesperson"), given.pk, "mine")
    overriding.end(seller, given.pk, "they did not")
    worker.run_pending()
    assert view(owner, "C12").klass == by_figures
    with pytest.raises(NotAllowed):
        overriding.end(seller, given.pk, "twice")


def test_alone_one_sets_it_and_it_ends_on_its_day(owner: User, graded: Job) -> None:
    assert overriding.ask(owner, wanted("A"), "a promise") is None
    worker.run_pending()
    assert view(owner, "C12").klass == "A"
    assert jobs.follow(silent) == {}
    yesterday = TODAY() - timedelta(days=1)
    Override.objects.update(since=yesterday, until=yesterday)
    Snapshot.objects.update(held_on=yesterday)
    assert jobs.follow(silent) != {}
    assert view(owner, "C12").klass != "A"
    assert jobs.follow(silent) == {}


def test_a_judgement_by_another_version_s_scale_keeps_nobody_from_being_graded(
    owner: User, graded: Job
) -> None:
    changing.change(owner, changing_to("stars"), "we judge too")
    for scheme, one in judging.judged():
        judging.judge(owner, "C12", scheme.name, one.name, one.levels[-1].value, "seen")
    Judgement.objects.filter(criterion=judging.judged()[0][1].name).update(value=99)
    worker.run_pending()
    assert view(owner, "C12").klass


def test_what_cannot_be_set_is_refused(owner: User, seller: User) -> None:
    far = (TODAY() + timedelta(days=400)).isoformat()
    for given, error in (
        (wanted("Q"), NotAClass),
        (wanted("A", scheme="stars"), NotInUse),
        (wanted("A", until=far), DateNotValid),
        (wanted("A", code="C01"), NotAllowed),
    ):
        with pytest.raises(error):
            overriding.ask(seller, given, "because")
    owner.appointments.all().delete()
    with pytest.raises(NobodyDecides):
        overriding.ask(seller, wanted("A"), "because")
    assert not Override.objects.exists()


def test_judgements_of_several_people_count_by_their_median(owner: User, seller: User) -> None:
    changing.change(owner, changing_to("stars"), "we judge too")
    worker.run_pending()
    scheme, criterion = judging.judged()[0]
    values = [level.value for level in criterion.levels]
    for user, value in ((seller, values[0]), (seller, values[-1]), (owner, values[-1])):
        judging.judge(user, "C12", scheme.name, criterion.name, value, "seen on a visit")
    (told,) = (one for one in judging.opinions(owner, "C12")
               if one.criterion.name == criterion.name)  # fmt: skip
    assert {one.judge_id: one.value for one in told.said} == {
        seller.pk: values[-1], owner.pk: values[-1],
    }  # fmt: skip
    for _scheme, other in judging.judged():
        if other.name != criterion.name:
            level = other.levels[-1].value
            judging.judge(owner, "C12", scheme.name, other.name, level, "seen on a visit")
    services.ask_for_grades(owner)
    worker.run_pending()
    by_metric = {one.metric: one for one in view(owner, "C12", "stars").criteria}
    assert by_metric[f"judged.{criterion.name}"].value == values[-1]
    entry = AuditEntry.objects.filter(action="customer.judged").latest("pk")
    assert (entry.actor, entry.reason) == (owner, "seen on a visit")


def changing_to(scheme: str) -> dict[str, Any]:
    return {"do": "use", "scheme": scheme, "version": 1, "since": TODAY().isoformat()}


def test_a_judgement_off_the_scale_or_out_of_reach_is_refused(owner: User, seller: User) -> None:
    with pytest.raises(NotInUse):
        judging.judge(seller, "C12", "stars", "sound", 1, "")
    changing.change(owner, changing_to("stars"), "we judge too")
    scheme, criterion = judging.judged()[0]
    with pytest.raises(NotOnTheScale):
        judging.judge(seller, "C12", scheme.name, criterion.name, 99, "")
    with pytest.raises(CustomerNotFound):
        judging.judge(seller, "C01", scheme.name, criterion.name, 1, "")
    with pytest.raises(NotAllowed):
        judging.judge(person("eye", "auditor"), "C12", scheme.name, criterion.name, 1, "")
    assert not judging.may_judge(seller, "C01")
    assert not Judgement.objects.exists()
