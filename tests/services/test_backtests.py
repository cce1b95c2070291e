"""Backtests in the app: the engine's own on the same books, asked for, kept, audited, by right."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights import facts_out
from mainstay.insights.errors import NoSuchBacktest, NoSuchScheme, NotReplayed
from mainstay.insights.models import Backtest
from mainstay.insights.schemes import replaying
from mainstay.insights.selectors.backtests import backtest, backtests
from mainstay_engine.backtest import backtest as replay
from tests.people import person, with_rights

pytestmark = [pytest.mark.shared_books, pytest.mark.usefixtures("graded")]

ABC = ("abc", 1)


@pytest.fixture
def kept(owner: User) -> Backtest:
    replaying.ask(owner, "value5", 1, ABC, 3, 1)
    worker.run_pending()
    return Backtest.objects.get()


def test_the_report_is_the_engine_s_on_the_same_books(kept: Backtest, owner: User) -> None:
    found = replay(facts_out.facts_of_books(), "value5", against="abc", periods=3, months=1)
    assert kept.report == json.loads(json.dumps(found.to_dict()))
    assert (kept.name, kept.number, kept.against, kept.by) == ("value5", 1, "abc", owner)
    entry = AuditEntry.objects.get(action="scheme.backtested")
    assert (entry.actor, entry.subject) == (owner, "scheme:value5")
    (line,) = backtests(owner, "value5")
    best = found.best("sales")
    assert best is not None
    assert (line.held, line.rival) == (best.share, best.against)


def test_a_reader_without_cost_is_told_no_profit(kept: Backtest, owner: User) -> None:
    blind = with_rights(person("blind"), "customers.see", "schemes.propose")
    assert any("profit" in point["levels"] for point in backtest(owner, kept.pk).report["points"])
    told = json.dumps(backtest(blind, kept.pk).report)
    assert "sales" in told
    assert "profit" not in told


def test_it_takes_the_right_to_propose_for_the_whole_company(kept: Backtest, owner: User) -> None:
    part = with_rights(person("part"), "customers.see", "schemes.propose", reach="own")
    for refused in (person("seller", "salesperson"), part):
        with pytest.raises(NotAllowed):
            replaying.ask(refused, "value5", 1, ABC, 3, 1)
        with pytest.raises(NotAllowed):
            backtests(refused, "value5")
        with pytest.raises(NotAllowed):
            backtest(refused, kept.pk)
    with pytest.raises(NoSuchBacktest):
        backtest(owner, kept.pk + 1)


def test_what_cannot_be_is_refused(owner: User) -> None:
    with pytest.raises(NoSuchScheme):
        replaying.ask(owner, "nothing", 1, ABC, 3, 1)
    with pytest.raises(NotReplayed):
        replaying.ask(owner, "value5", 1, ABC, 4, 1)
    job = replaying.ask(owner, "stars", 1, ABC, 3, 1)  # nobody judged anybody
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "no customer has a value" in str(job.error)
    assert not Backtest.objects.exists()


def test_from_the_pages(owner: User) -> None:
    page = Client()
    page.force_login(owner)
    address = reverse("backtests", args=["value5"])
    assert f'href="{address}"' in page.get(reverse("scheme", args=["value5"])).content.decode()
    sent = {"version": "1", "against": "abc:1", "periods": "3", "months": "1"}
    assert page.post(address, sent).status_code == 302
    assert page.post(address, sent | {"periods": "5"}).status_code == 422
    worker.run_pending()
    row = Backtest.objects.get()
    report = reverse("backtest", args=[row.pk])
    assert f'href="{report}"' in page.get(address).content.decode()
    told = page.get(report).content.decode()
    assert "关键" in told and row.report["points"][0]["as_of"] in told
    lines = page.get(reverse("backtest-days", args=[row.pk])).content.decode().splitlines()
    levels = [len(each) for point in row.report["points"] for each in point["levels"].values()]
    assert len(lines) == 1 + sum(levels)
