"""What a scheme would change: against an independent grading, by rights, and with nothing measured
anew.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from mainstay.foundation import worker
from mainstay.foundation.approvals import deciding as approvals
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, Job, Territory, User
from mainstay.insights import deciding, facts_out
from mainstay.insights.errors import BooksChanged, CostNotSeen, NoFigures
from mainstay.insights.models import Deciding, Grade, Run, SchemeVersion, Snapshot
from mainstay.insights.schemes import changing, placing, simulating
from mainstay.insights.schemes.given import given
from mainstay.insights.selectors import comparing
from mainstay.insights.selectors import schemes as lines
from mainstay.parties import owners
from mainstay_engine import grade, load_scheme
from mainstay_engine.schemes import Scheme
from tests.people import hold, person, seen, with_rights
from tests.services import company

WANTED = comparing.Wanted(size=50)


def own(name: str = "abc", **changes: Any) -> Scheme:
    """A scheme of the firm's own: ABC with its first cut at 40 % of sales."""
    definition = load_scheme(name).definition() | {"name": "house", "row": "", "standard": False}
    definition.pop("own", None)
    if name == "abc":
        definition["cuts"]["steps"][0]["up_to"] = "0.4"
    return load_scheme(definition | changes)


def classes_of(scheme: str) -> dict[str, str]:
    """As the newest grading stored them."""
    last = Snapshot.objects.filter(state=Snapshot.State.DONE).latest("as_of", "pk")
    rows = Grade.objects.filter(run__snapshot=last, run__scheme=scheme)
    return dict(rows.values_list("customer__code", "klass"))


@pytest.mark.parametrize("scheme", ["abc", "value5", "composite", "momentum", "behaviour"])
def test_a_scheme_tried_gives_the_classes_of_the_engine_on_the_books(
    owner: User, graded: Job, scheme: str
) -> None:
    snapshot = placing.newest()
    definition = load_scheme(scheme)
    found = placing.as_tried(snapshot, definition)
    beside = given(snapshot, definition)
    result = grade(facts_out.facts_of_books(), definition, as_of=snapshot.as_of, **beside)
    expected = dict(zip(*(result.to_arrow()[name].to_pylist() for name in ("customer_id", "class")),
                        strict=True))  # fmt: skip
    assert found.classes == expected


def test_a_preview_counts_who_moves_and_what_they_bring(owner: User, graded: Job) -> None:
    scheme, rival = own(), load_scheme("abc")
    found = comparing.tried(owner, scheme, rival, WANTED)
    before = classes_of("abc")
    after = placing.as_tried(placing.newest(), scheme).classes
    assert before == placing.as_tried(placing.newest(), rival).classes
    moved = {code for code in after if before[code] != after[code]}
    assert moved
    assert {one.code for one in found.movers} == moved
    assert found.ways == {"up": 0, "down": len(moved), "else": 0}  # a narrower A lifts nobody
    assert [one.net for one in found.movers] == sorted(
        (company.expected_net(int(code[1:])) for code in moved), reverse=True
    )
    assert found.worth["down"] == sum(company.expected_net(int(code[1:])) for code in moved)
    assert found.cells == Counter((before[code], after[code]) for code in after)
    for line in found.lines:
        assert line.before is not None
        assert line.after is not None
        inside = [code for code, klass in after.items() if klass == line.klass]
        assert line.before.customers == list(before.values()).count(line.klass)
        assert (line.after.customers, line.after.net) == (
            len(inside), sum(company.expected_net(int(code[1:])) for code in inside))  # fmt: skip
    assert found.whole
    assert found.cost


def test_nothing_is_measured_for_a_preview(
    owner: User, graded: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_named: object) -> None:
        raise AssertionError("the books were read")

    monkeypatch.setattr(facts_out, "facts_of_books", refuse)
    for name in ("abc", "composite", "momentum", "life_stage"):
        comparing.tried(owner, load_scheme(name), load_scheme("abc"), WANTED)


def test_another_window_is_measured_once_and_kept(
    owner: User, graded: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = own(window="6m")
    snapshot = placing.newest()
    first = placing.as_tried(snapshot, scheme)
    expected = grade(facts_out.facts_of_books(), scheme, as_of=snapshot.as_of)
    assert Counter(first.classes.values()) == Counter(
        {entry["class"]: entry["customers"] for entry in expected.counts() if entry["customers"]}
    )
    assert Deciding.objects.filter(snapshot=snapshot, window="6m").count() == 1
    monkeypatch.setattr(facts_out, "facts_of_books", None)
    assert placing.as_tried(snapshot, scheme).classes == first.classes
    Snapshot.objects.update(fingerprint="other books")
    snapshot.refresh_from_db()
    with pytest.raises(BooksChanged):
        placing.as_tried(snapshot, own(window="3m"))


def test_figures_that_nobody_has_are_named(owner: User, graded: Job) -> None:
    pressed = deciding.stored(placing.newest().pk, "12m")
    assert pressed is not None
    short = deciding.columns(pressed, ["customer_id", "first_purchase", "net_sales"])
    Deciding.objects.all().delete()
    deciding.keep(placing.newest(), {"12m": short})
    with pytest.raises(NoFigures) as found:
        placing.as_tried(placing.newest(), load_scheme("value5"))
    assert "Gross profit" in found.value.text("en")


def test_a_preview_names_and_counts_only_whom_one_reaches(owner: User, graded: Job) -> None:
    place = Territory.objects.create(name="浙江区", regions=["浙江"])
    manager = hold(person("manager"), "regional_manager", territory=place)
    with pytest.raises(NotAllowed):
        comparing.tried(manager, own(), load_scheme("abc"), WANTED)
    narrow = with_rights(
        person("narrow"), "customers.see", "customers.own", "schemes.propose", reach="own"
    )
    owners.assign(owner, "C02", narrow.pk)
    found = comparing.tried(narrow, own(), load_scheme("abc"), WANTED)
    assert found.customers == 1
    assert not found.whole
    assert {one.code for one in found.movers} <= {"C02"}
    assert sum(line.after.customers for line in found.lines if line.after) == 1
    assert all(line.after.profit is None for line in found.lines if line.after)
    with pytest.raises(CostNotSeen):
        comparing.tried(narrow, load_scheme("value5"), load_scheme("abc"), WANTED)


def test_schemes_with_other_classes_are_compared_by_their_steps(owner: User, graded: Job) -> None:
    found = comparing.compared(owner, load_scheme("abc"), load_scheme("value5"), WANTED)
    abc, value = load_scheme("abc"), load_scheme("value5")
    steps = [{klass.id: klass.badge for klass in one.classes} for one in (abc, value)]
    was, now = classes_of("abc"), classes_of("value5")
    expected = {
        code for code in now if steps[0][was[code]] != steps[1][now[code]]
    }  # fmt: skip
    assert {one.code for one in found.movers} == expected
    for one in found.movers:
        if steps[1][one.after] is not None:
            better = str(steps[1][one.after]) < str(steps[0][one.before])
            assert one.way == ("up" if better else "down")
    cell = next(iter(found.cells))
    inside = comparing.compared(owner, abc, value, comparing.Wanted(cell=cell, size=50))
    assert len(inside.movers) == found.cells[cell]
    assert {(one.before, one.after) for one in inside.movers} == {cell}


def test_a_draft_is_compared_with_what_is_most_like_it(owner: User, graded: Job) -> None:
    assert placing.usual_rival("house", own()).name == "abc"
    assert placing.usual_rival("house", own("value5")).name == "value5"
    assert placing.usual_rival("abc_70", own()).name == "abc_70"
    assert placing.usual_rival("house", own("stars")).name == "abc"


def test_a_draft_goes_all_the_way(owner: User, graded: Job) -> None:
    director = person("director", "sales_director")
    row = changing.save_draft(director, own().definition(), "forty")
    assert state(director) == "draft"
    simulating.simulate(director, row)
    row.refresh_from_db()
    found = comparing.tried(owner, own(), load_scheme("abc"), WANTED)
    assert row.simulated == {
        "as_of": found.as_of.isoformat(), "against": "abc v1", "customers": found.customers,
        **found.ways,
    }  # fmt: skip
    assert AuditEntry.objects.get(action="scheme.simulated").facts["down"] == found.ways["down"]
    assert state(director) == "simulated"
    today = timezone.localdate().isoformat()
    wanted = {"do": "use", "scheme": "house", "version": 1, "since": today}
    request = changing.change(director, wanted, "forty is enough")
    assert request is not None
    assert state(director) == "proposed"
    approvals.approve(owner, request.pk, seen(owner, request))
    assert state(director) == "runs"
    worker.run_pending()
    assert classes_of("house") == placing.as_tried(placing.newest(), own()).classes
    run = Run.objects.filter(scheme="house").latest("pk")
    assert run.parameters["scheme"] == SchemeVersion.objects.get().definition


def state(user: User) -> str:
    return next(one.state for one in lines.schemes(user) if one.scheme.name == "house")
