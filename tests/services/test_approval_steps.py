"""A request that two authorities decide, one after the other: a kind of these tests alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from mainstay.foundation.approvals import absence, deciding, kinds
from mainstay.foundation.approvals.kinds import Effect, Kind
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, Notice, User
from mainstay.foundation.permissions import may
from mainstay.kernel.errors import MainstayError, words
from tests.people import administrator, person, seen, with_rights

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@pytest.fixture
def seller(boss: User) -> User:
    return person("seller", "salesperson")


done: list[tuple[str, str]] = []


@pytest.fixture
def two_steps() -> Iterator[str]:
    """Something that two authorities decide, one after the other, if it is large."""

    def carry_out(asker: User, by: User, wanted: kinds.Wanted, reason: str) -> None:
        del asker, reason
        if wanted.get("fails"):
            raise Broken
        done.append((by.username, wanted["amount"]))

    done.clear()
    name = kinds.declare(
        Kind(
            name="test.limit", title=words("Limit", "额度"),
            steps=lambda w: ("books.see", "people.manage") if w["amount"] > 9 else ("books.see",),
            within=lambda user, right, wanted: [may(user, right)] * len(wanted),
            may_ask=lambda _user, _wanted: True,
            effects=lambda w: [Effect(words("Limit", "额度"), "0", str(w["amount"]))],
            carry_out=carry_out, about=lambda _wanted: ("limit:1",),
            named=lambda w: str(w["amount"]),
        )
    )  # fmt: skip
    yield name
    kinds._KINDS.pop(name)


class Broken(MainstayError):
    code = "broken"
    message = words("Broken.", "坏了。")


def test_a_large_request_takes_two_steps_by_two_people(
    two_steps: str, boss: User, seller: User
) -> None:
    both = with_rights(person("both"), "books.see", "people.manage")
    row = deciding.ask(seller, two_steps, {"amount": 10}, "grows")
    deciding.approve(both, row.pk, seen(both, row))
    row.refresh_from_db()
    assert (row.state, row.step, done) == ("open", 1, [])
    with pytest.raises(NotAllowed):  # four eyes
        deciding.approve(both, row.pk, seen(both, row))
    absence.go_away(boss, both.pk, TODAY(), TODAY())
    with pytest.raises(NotAllowed):  # nor as a deputy
        deciding.approve(both, row.pk, seen(both, row))
    deciding.approve(boss, row.pk, seen(boss, row))
    row.refresh_from_db()
    assert (row.state, done) == ("approved", [("boss", 10)])


def test_a_deputy_does_not_use_one_authority_for_two_steps(
    two_steps: str, boss: User, seller: User
) -> None:
    row = deciding.ask(seller, two_steps, {"amount": 10}, "grows")
    deciding.approve(boss, row.pk, seen(boss, row))
    deputy = person("deputy")
    absence.go_away(boss, deputy.pk, TODAY(), TODAY())
    with pytest.raises(NotAllowed):
        deciding.approve(deputy, row.pk, seen(boss, row))


def test_a_small_one_takes_one_step(two_steps: str, boss: User, seller: User) -> None:
    row = deciding.ask(seller, two_steps, {"amount": 9}, "small")
    deciding.approve(boss, row.pk, seen(boss, row))
    assert done == [("boss", 9)]


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_carrying_out_undoes_the_decision(
    two_steps: str, boss: User, seller: User
) -> None:
    row = deciding.ask(seller, two_steps, {"amount": 1, "fails": True}, "try")
    with pytest.raises(Broken):
        deciding.approve(boss, row.pk, seen(boss, row))
    row.refresh_from_db()
    assert (row.state, row.step, row.words.count()) == ("open", 0, 0)
    assert not AuditEntry.objects.filter(action="request.approved").exists()
    assert not Notice.objects.filter(kind="request.decided").exists()
