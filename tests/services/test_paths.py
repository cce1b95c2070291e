"""The ways the app tells are the engine's own on the same books, and say nothing to whom they may
not.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pypdfium2
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import Job, User
from mainstay.insights import ahead, facts_out
from mainstay.insights import services as insights
from mainstay.insights.errors import CustomerNotFound, NotGraded, TargetDayNotValid
from mainstay.insights.measuring import withheld
from mainstay.insights.models import Deciding, Grade, Run, Snapshot
from mainstay.insights.schemes.given import given
from mainstay.insights.selectors.paths import CustomerPaths, paths
from mainstay_engine.path import MONTHLY, Rhythm, find_paths
from mainstay_engine.periods import add_months
from mainstay_engine.schemes import load_scheme
from tests.people import person, with_rights

pytestmark = pytest.mark.shared_books

SCHEMES = ("abc", "abc_capped", "value5", "behaviour")


def told(found: CustomerPaths) -> list[tuple[str, tuple[tuple[str, Decimal, Decimal], ...]]]:
    """Ways up in major units, as the engine states them."""
    exponent = found.run.exponent

    def major(value: float, unit: str) -> Decimal:
        number = Decimal(repr(value))
        return number.scaleb(-exponent) if unit == "money" else number

    return [
        (way.klass, tuple((m.metric, major(m.was, m.unit), major(m.to, m.unit)) for m in way.moves))
        for way in found.up
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_they_are_the_engine_s_on_the_same_books(graded: Job, owner: User, scheme: str) -> None:
    facts = facts_out.facts_of_books()
    run = Run.objects.get(scheme=scheme, snapshot=Snapshot.objects.latest("as_of", "pk"))
    compared = 0
    for grade in Grade.objects.filter(run=run).order_by("-class_order", "pk")[:6]:
        code = grade.customer.code
        ours = paths(owner, code, scheme)
        theirs = find_paths(facts, code, scheme, as_of=run.snapshot.as_of)
        assert ours.klass == grade.klass == theirs.class_id
        assert told(ours) == [
            (path.to_class, tuple((c.metric, c.was, c.to) for c in path.changes))
            for path in theirs.up
        ]
        assert len(ours.down) == len(theirs.down)
        compared += len(ours.up)
    assert compared or scheme == "behaviour"


@pytest.mark.parametrize("scheme", ["abc", "composite"])
def test_by_a_later_day_they_are_the_engine_s_too(graded: Job, owner: User, scheme: str) -> None:
    facts = facts_out.facts_of_books()
    run = Run.objects.get(scheme=scheme, snapshot=Snapshot.objects.latest("as_of", "pk"))
    as_of = run.snapshot.as_of
    by = add_months(as_of, 2)
    before = {} if scheme == "abc" else given(run.snapshot, load_scheme(scheme))
    lifted = 0
    for grade in Grade.objects.filter(run=run).order_by("-class_order", "pk")[:4]:
        code = grade.customer.code
        ours = paths(owner, code, scheme, by)
        theirs = find_paths(
            facts, code, scheme, as_of=as_of, by=by, withheld=withheld(facts, by, "12m"),
            rhythm=ahead.rhythm(), known_as_of=ours.run.finished_at.date(), **before,
        )  # fmt: skip
        assert (ours.by, ours.klass, ours.held) == (by, theirs.class_id, theirs.held)
        assert told(ours) == [
            (path.to_class, tuple((c.metric, c.was, c.to) for c in path.changes))
            for path in theirs.up
        ]
        assert [(w.runs, w.effective) for w in ours.up] == [
            (path.runs, path.effective) for path in theirs.up
        ]
        lifted += len(ours.up)
    assert lifted


def test_a_day_before_the_grading_or_years_ahead_is_none(graded: Job, owner: User) -> None:
    code = of_class("C")
    as_of = paths(owner, code).run.as_of
    for day in (as_of - timedelta(days=1), add_months(as_of, 25)):
        with pytest.raises(TargetDayNotValid):
            paths(owner, code, "abc", day)


def test_a_rhythm_is_told_from_the_gradings_there_were(graded: Job) -> None:
    assert ahead.rhythm() == MONTHLY
    last = Snapshot.objects.latest("as_of", "pk")
    for weeks in range(1, 5):
        Snapshot.objects.create(
            as_of=last.as_of - timedelta(weeks=weeks), window_start=last.window_start,
            window_end=last.window_end, exponent=2, engine_version="0", fingerprint="",
            totals={}, started_at=last.started_at, state=Snapshot.State.DONE,
        )  # fmt: skip
    assert ahead.rhythm() == Rhythm(7)


def test_without_a_scheme_it_is_the_headline_s(graded: Job, owner: User) -> None:
    code = Grade.objects.filter(run__scheme="abc", klass="C")[0].customer.code
    assert paths(owner, code) == paths(owner, code, "abc")


def test_what_rests_on_cost_is_not_told_to_whom_may_not_see_it(graded: Job) -> None:
    blind = with_rights(person("blind"), "customers.see")
    code = Grade.objects.filter(run__scheme="value5")[0].customer.code
    found = paths(blind, code, "value5")
    assert (found.up, found.down, found.klass) == ((), (), "")
    assert found.missing is not None
    assert "cost" in found.missing["en"]
    assert paths(blind, code, "abc").missing is None


def test_only_customers_within_reach_and_schemes_that_ran(graded: Job, owner: User) -> None:
    code = Grade.objects.filter(run__scheme="abc")[0].customer.code
    nobody = with_rights(person("outside"), "customers.see", reach="own")
    with pytest.raises(CustomerNotFound):
        paths(nobody, code)
    with pytest.raises(NotGraded):
        paths(owner, code, "no-such-scheme")


def test_only_the_newest_grading_keeps_what_they_need(graded: Job, owner: User) -> None:
    assert Deciding.objects.values_list("snapshot", flat=True).distinct().count() == 1
    before = Snapshot.objects.latest("as_of", "pk")
    again = insights.grade_all(owner)
    assert set(Deciding.objects.values_list("snapshot", flat=True)) == {again.pk} != {before.pk}


@pytest.fixture
def page(graded: Job, owner: User) -> Client:
    """The owner's browser."""
    client = Client()
    client.force_login(owner)
    return client


def of_class(klass: str) -> str:
    """The code of somebody in that class of ABC."""
    grades = Grade.objects.filter(run__scheme="abc", klass=klass)
    return str(grades.order_by("-run", "rank").values_list("customer__code", flat=True)[0])


def text_of(response: object) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_a_page_says_what_would_lift_and_what_would_lose(page: Client, owner: User) -> None:
    code = of_class("C")
    told = text_of(page.get(reverse("customer-path", args=[code])))
    for way in paths(owner, code).up:
        (move,) = way.moves
        assert f"{move.to / 100:,.2f}" in told
    assert "净销售额" in told


def test_the_customer_s_page_asks_for_its_part(page: Client) -> None:
    code = of_class("C")
    address = reverse("customer-path", args=[code])
    assert f'hx-get="{address}?scheme=abc"' in text_of_source(page, code)
    part = page.get(address, {"scheme": "abc"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "净销售额" in part.content.decode()


def text_of_source(page: Client, code: str) -> str:
    return page.get(reverse("customer", args=[code])).content.decode()


def test_who_is_best_reads_so_and_what_would_lose_it(page: Client) -> None:
    told = text_of(page.get(reverse("customer-path", args=[of_class("A")])))
    assert "已是最高等级" in told
    assert "什么会使其降级" in told


def test_the_page_takes_a_target_day(page: Client) -> None:
    address = reverse("customer-path", args=[of_class("A")])
    as_of = Snapshot.objects.latest("as_of", "pk").as_of
    later = text_of(page.get(address, {"by": add_months(as_of, 3).isoformat()}))
    assert "移出窗口的不再计入" in later
    refused = text_of(page.get(address, {"by": "2001-01-01"}))
    assert "目标日期 2001-01-01 无效" in refused
    assert "什么会使其降级" in refused


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_one_page_of_paper_says_the_same(page: Client, owner: User, lang: str) -> None:
    code = of_class("C")
    found = paths(owner, code)
    owner.language = lang
    owner.save(update_fields=["language"])
    response = page.get(reverse("customer-path-pdf", args=[code]))
    assert response.headers["Content-Type"] == "application/pdf"
    read = text_of_pdf(response.content)
    for text in (found.name["zh" if lang == "zh-hans" else "en"], code, found.by.isoformat()):
        assert text in read
    for way in (*found.up, *found.down):
        (move,) = way.moves
        assert f"{move.to / 100:,.2f}" in read
    words = {
        "zh-hans": ("如何提升等级", "净销售额", "其他客户保持不变"),
        "en": ("What would lift", "Net sales", "the other customers stay as they are"),
    }
    for text in words[lang]:
        assert text in read


def text_of_pdf(content: bytes) -> str:
    """The text of a PDF of one page, lines joined."""
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    lines = document[0].get_textpage().get_text_range().splitlines()
    return re.sub(r"(?<=[\u3000-\uffef]) (?=[\u3000-\uffef])", "", " ".join(lines))


def test_a_page_of_paper_tells_no_more_than_the_page(page: Client, graded: Job) -> None:
    code = of_class("C")
    address = reverse("customer-path-pdf", args=[code])
    assert page.get(address, {"by": "2001-01-01"}).status_code == 404
    blind = with_rights(person("blind"), "customers.see")
    page.force_login(blind)
    told = text_of_pdf(page.get(address, {"scheme": "value5"}).content)
    assert "依据成本数据判定" in told
    assert "净销售额" not in told


def test_no_such_scheme_is_no_page(page: Client) -> None:
    address = reverse("customer-path", args=[of_class("A")])
    assert page.get(address, {"scheme": "nope"}).status_code == 404
