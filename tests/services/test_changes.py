"""What changed since the grading before is what both gradings say, and adds up."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.insights import reasons
from mainstay.insights.errors import CustomerNotFound, NotGraded
from mainstay.insights.models import Grade, Run, Snapshot
from mainstay.insights.schemes import changing, overriding
from mainstay.insights.selectors.changes import changes
from mainstay.insights.selectors.runs import info
from tests.people import person, with_rights
from tests.services.test_schemes import TODAY, own, wanted

pytestmark = [pytest.mark.shared_books, pytest.mark.usefixtures("graded")]


def newest(scheme: str) -> Run:
    return Run.objects.filter(
        scheme=scheme, snapshot=Snapshot.objects.latest("as_of", "pk")
    ).select_related("snapshot", "snapshot__previous").get()  # fmt: skip


def pairs(scheme: str) -> list[tuple[str, Grade, Grade]]:
    """Code, the grade before and the newest one, of those who have both."""
    run = newest(scheme)
    before = {
        grade.customer_id: grade
        for grade in Grade.objects.filter(
            run__snapshot=run.snapshot.previous, run__scheme=scheme
        ).select_related("run", "run__snapshot", "run__snapshot__previous")
    }
    rows = Grade.objects.filter(run=run, customer__in=before).select_related("customer")
    return [(row.customer.code, before[row.customer_id], row) for row in rows]


@pytest.mark.parametrize("scheme", ["abc", "composite", "behaviour"])
def test_each_figure_is_that_of_its_grading_and_points_add_up(owner: User, scheme: str) -> None:
    found = pairs(scheme)
    assert found
    moved = 0
    for code, before, now in found:
        told = changes(owner, code, scheme)
        assert (told.was, told.now) == (before.klass, now.klass)
        old = reasons.explanation(info(before.run), code, before)
        new = reasons.explanation(info(newest(scheme)), code, now)
        was = {one["metric"]: one for one in old["criteria"]}
        same = {
            one["metric"] for one in new["criteria"]
            if was.get(one["metric"], {}).get("value") == one["value"]
            and was[one["metric"]]["points"] == one["points"]
        }  # fmt: skip
        named = {one.shown.metric for one in told.figures}
        assert named == {one["metric"] for one in new["criteria"]} - same
        moved += len(named)
        points = [one.points for one in told.figures]
        if scheme == "composite" and None not in points and old["value"] and new["value"]:
            assert sum(p or 0 for p in points) == pytest.approx(
                float(new["value"]) - float(old["value"])
            )
    assert moved


def test_a_class_moves_by_its_own_figures_or_by_what_others_did(owner: User) -> None:
    """Nobody's class by ABC changed without a figure, a rank or a share that did."""
    for code, before, now in pairs("abc"):
        told = changes(owner, code, "abc")
        if before.klass != now.klass:
            assert told.figures or told.events


def test_decisions_of_people_and_of_the_scheme_are_told(owner: User) -> None:
    code = pairs("abc")[0][0]
    changing.save_draft(owner, own())
    changing.change(owner, wanted("use", "house"), "trial")
    worker.run_pending()
    assert changes(owner, code, "house").before is None

    klass = "A" if changes(owner, code, "abc").now != "A" else "B"
    wish = {"customer": code, "scheme": "abc", "class": klass, "until": TODAY().isoformat()}
    overriding.ask(owner, wish, "a new buyer")
    worker.run_pending()
    told = changes(owner, code, "abc")
    assert told.now == klass
    assert [event.code for event in told.events if event.code == "set"] == ["set"]


def test_what_rests_on_cost_is_kept_from_whom_may_not_see_it() -> None:
    blind = with_rights(person("blind"), "customers.see")
    code = pairs("value5")[0][0]
    told = changes(blind, code, "value5")
    assert (told.figures, told.events) == ((), ())
    assert told.missing is not None and "cost" in told.missing["en"]
    assert changes(blind, code, "abc").missing is None


def test_only_customers_within_reach_and_schemes_that_ran(owner: User) -> None:
    code = pairs("abc")[0][0]
    outside = with_rights(person("outside"), "customers.see", reach="own")
    with pytest.raises(CustomerNotFound):
        changes(outside, code)
    with pytest.raises(NotGraded):
        changes(owner, code, "no-such-scheme")


def test_the_customer_s_page_asks_for_its_part_and_the_page_says_it_all(owner: User) -> None:
    page = Client()
    page.force_login(owner)
    code, _, now = next(
        (row for row in pairs("abc") if row[1].klass != row[2].klass), pairs("abc")[0]
    )
    address = reverse("customer-changes", args=[code])
    whole = page.get(reverse("customer", args=[code])).content.decode()
    assert f'hx-get="{address}?scheme=abc"' in whole
    part = page.get(address, {"scheme": "abc"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "更大的客户当时合计占" in part
    told = page.get(address, {"scheme": "abc"}).content.decode()
    assert "<html" in told and now.klass in told
