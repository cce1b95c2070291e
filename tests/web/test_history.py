"""History of a record: who may read it, what it says, and that it costs its page nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import people
from mainstay.foundation.models import AuditEntry, User
from mainstay.foundation.people import FIRST
from mainstay.foundation.services import audit
from mainstay.foundation.trail import sealing
from mainstay.ledger import identity
from mainstay.ledger.models import ImportBatch
from mainstay.parties import handover, owners
from tests.people import only, person

HTMX = {"HX-Request": "true"}
C003 = reverse("customer-history", args=["C003"])


@pytest.fixture
def boss(books: User) -> User:
    only(books, *FIRST)
    return User.objects.get(pk=books.pk)


@pytest.fixture
def seller(boss: User) -> User:
    """A salesperson who owns C003 and nothing else; sees neither the trail nor cost."""
    found = person("gao", "salesperson", language="en", first_name="Gao Fei")
    owners.assign(boss, "C003", found.pk, "knows the buyer")
    return found


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def last(user: User, address: str) -> str:
    """The part that a record's page asks for."""
    response = browser(user).get(address, {"last": "1"}, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_who_sees_a_customer_reads_what_was_decided_on_it(seller: User, boss: User) -> None:
    liu = person("liu", "salesperson", first_name="Liu Yan")
    owners.join(boss, "C003", liu.pk)
    text = last(seller, C003)
    for words in (
        "Owner decided", "Owner: nobody → Gao Fei", "knows the buyer", "lin", "Person: Liu Yan",
        "not sealed yet",
    ):  # fmt: skip
        assert words in text, words
    assert text.index("Taken into a customer&#39;s team") < text.index("Owner decided")
    whole = browser(seller).get(C003).content.decode()
    assert "Owner: nobody → Gao Fei" in whole
    assert "as=csv" not in whole
    assert browser(seller).get(C003, {"as": "csv"}).status_code == 403
    assert browser(seller).get(reverse("customer-history", args=["C001"])).status_code == 404


def test_the_seal_stands_beside_a_decision(
    seller: User, settings: object, tmp_path: object
) -> None:
    settings.AUDIT_HEAD = tmp_path / "head"  # type: ignore[attr-defined, operator]
    sealing.seal(thorough=True)
    number = AuditEntry.objects.get(action="customer.owner").seal.sequence
    assert f"seal {number}" in last(seller, C003)


def test_a_page_shows_the_last_five_and_the_list_all(seller: User, boss: User) -> None:
    for number in range(7):
        audit(boss, "customer.told_apart", "customer:C003", code=f"X-{number}")
    text = last(seller, C003)
    assert ("X-6" in text, "X-2" in text, "X-1" in text) == (True, True, False)
    assert "X-0" in browser(seller).get(C003).content.decode()


def test_facts_that_tell_cost_are_masked_and_unknown_ones_left_out(
    seller: User, boss: User
) -> None:
    audit(boss, "customer.merged", "customer:C003", merged="C9", cost="555.00", margin=0.4321,
          secret="nobody asked")  # fmt: skip
    chief = person("zhao", "sales_director", language="en")
    for text in (last(seller, C003), last(chief, C003)):
        assert "Merged customer: C9" in text
        for words in ("555.00", "4321", "nobody asked"):
            assert words not in text


def test_a_known_fact_of_cost_shows_to_its_holders_only(
    seller: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mainstay.web import actions as table

    titled = table._facts() | {"customer.split": {"margin": table.Fact("Margin")}}
    monkeypatch.setattr(table, "_facts", lambda: titled)
    audit(boss, "customer.split", "customer:C003", margin="0.41", was_margin="0.12")
    assert "Margin: not shown to you" in last(seller, C003)
    assert "0.41" not in last(seller, C003)
    chief = person("zhao", "sales_director", language="en")
    assert "Margin: 0.12 → 0.41" in last(chief, C003)


def test_a_merged_customer_brings_its_history(seller: User, boss: User) -> None:
    audit(boss, "customer.told_apart", "customer:C002", code="Z9")
    assert "Code: Z9" not in last(seller, C003)
    identity.merge(boss, "C002", "C003", "one firm")
    for address in (C003, reverse("customer-history", args=["C002"])):
        text = last(seller, address)
        assert ("Code: Z9" in text, "Merged customer: C002" in text) == (True, True)


def test_a_handed_over_customer_says_so(seller: User, boss: User) -> None:
    liu = person("liu", "salesperson", first_name="Liu Yan", language="en")
    handover.give(boss, liu.pk, "moves away", giver_id=seller.pk)
    text = last(liu, C003)
    assert "Owner: Gao Fei → Liu Yan" in text
    assert "moves away" in text


def test_people_and_roles_have_theirs_for_who_manages_people(seller: User, boss: User) -> None:
    people.describe(boss, seller.pk, full_name="Gao Fei", email="g@example.com", books_name="高飞")
    people.change_role(boss, "salesperson", reach="territory", rights=["customers.see"])
    audit(None, "sign_in.slowed", "name:gao", count=5)
    about = reverse("person-history", args=[seller.pk])
    for words in (
        "Name in the books: nothing → 高飞",
        "Mail address changed: yes",
        "Wrong attempts",
    ):
        assert words in last(boss, about), words
    assert "g@example.com" not in last(boss, about)
    role = reverse("role-history", args=["salesperson"])
    assert "For which customers: own customers → its territory" in last(boss, role)
    for address in (about, role):
        assert browser(seller).get(address).status_code == 403
    assert browser(boss).get(reverse("role-history", args=["no-such"])).status_code == 404
    assert browser(boss).get(reverse("person-history", args=[99_999])).status_code == 404


def test_an_import_has_its_own_for_who_sees_the_books(seller: User, boss: User) -> None:
    batch = ImportBatch.objects.get()
    audit(boss, "import.applied", f"batch:{batch.pk}", documents_new=60, net_new=1_234_56)
    address = reverse("batch-history", args=[batch.pk])
    text = last(person("acc", "credit_controller", language="en"), address)
    assert ("New documents: 60" in text, "Net, new: ¥1,234.56" in text) == (True, True)
    assert browser(seller).get(address).status_code == 403
    assert browser(boss).get(reverse("batch-history", args=[99_999])).status_code == 404


@pytest.mark.parametrize(
    ("page", "argument"),
    [("customer", "C003"), ("person", 0), ("role", "finance"), ("batch", 0)],
)
def test_each_record_page_asks_for_its_history(boss: User, page: str, argument: str | int) -> None:
    own = {"person": boss.pk, "batch": ImportBatch.objects.get().pk}
    given = own.get(page, argument)
    text = browser(boss).get(reverse(page, args=[given])).content.decode()
    assert f'hx-get="{reverse(f"{page}-history", args=[given])}?last=1"' in text


def test_the_history_of_a_customer_costs_few_queries(
    boss: User, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        audit(boss, "customer.owner", "customer:C003", owner=boss.pk, was_owner=number)
    client = browser(boss)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(C003, {"last": "1"}, headers=HTMX)
