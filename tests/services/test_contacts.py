"""Contacts: from customer lists and by hand, taken back, found, told and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation.errors import NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, User
from mainstay.ledger import identity
from mainstay.ledger.models import ImportBatch
from mainstay.parties import contacts, finding, owners
from mainstay.parties.errors import (
    ContactEmpty,
    ContactTooLong,
    ContactUnknown,
    CustomerUnknown,
    ForgettingUnconfirmed,
    MailMalformed,
)
from mainstay.parties.models import Contact, Customer, CustomerCode, CustomerWords
from mainstay.parties.selectors import closest, contacts_of
from tests.people import administrator, person, with_rights
from tests.services.conftest import Bring

pytestmark = [pytest.mark.django_db, pytest.mark.grades(False)]
HEADS = "客户编码,客户名称,联系人,联系电话,手机,E-mail\n"
WANG = {"name": "王芳", "position": "采购经理", "mobile": "13800138000"}

List = Callable[..., dict[str, Path]]


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@pytest.fixture
def customer(db: None) -> Customer:
    return made("C1", "苏州恒晟")


@pytest.fixture
def listing(tmp_path: Path) -> List:
    """A customer list of rows without their heading."""

    def written(*rows: str, heads: str = HEADS) -> dict[str, Path]:
        path = tmp_path / f"客户{len(list(tmp_path.iterdir()))}.csv"
        path.write_text(heads + "\n".join(rows) + "\n", encoding="utf-8")
        return {"customers": path}

    return written


def made(code: str, name: str) -> Customer:
    customer = Customer.objects.create(code=code, name=name)
    CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
    return customer


def shown(user: User, code: str, *, ended: bool = False) -> list[tuple[str, str, bool]]:
    """Name, mobile and whether main, of a customer's contacts."""
    pk = CustomerCode.objects.get(code=code).customer_id
    return [(one.name, one.mobile, one.main) for one in contacts_of(user, pk, ended=ended)]


def found(user: User, query: str) -> list[str]:
    return [one.code for one in closest(user, query, 20)]


def undo(user: User, nth: int) -> None:
    batch = ImportBatch.objects.order_by("pk")[nth - 1]
    exchange.undo(user, batch.pk, "wrong file")


def test_a_list_brings_the_main_contact_and_taking_it_back_the_one_before(
    bring: Bring, owner: User, listing: List
) -> None:
    bring(listing("C1,甲,王芳,0512-66778899,13800138000,wang@example.com", "C2,乙,,,,"))
    first = [("王芳", "13800138000", True)]
    assert (shown(owner, "C1"), shown(owner, "C2")) == (first, [])
    row = Contact.objects.get()
    assert (row.phone, row.email) == ("0512-66778899", "wang@example.com")
    bring(listing("C1,甲,刘强,,13900139000,"))
    assert shown(owner, "C1") == [("刘强", "13900139000", True)]
    assert ImportBatch.objects.order_by("pk")[0].counts["contacts"] == 1
    undo(owner, 2)
    assert shown(owner, "C1") == first
    assert AuditEntry.objects.filter(action="import.undone").get().facts["contacts_gone"] == 1
    undo(owner, 1)
    assert Contact.objects.filter(withdrawn=True).count() == 2


def test_a_list_without_contacts_leaves_who_is_there(
    bring: Bring, owner: User, listing: List
) -> None:
    bring(listing("C1,甲,王芳,,13800138000,"))
    bring(listing("C1,甲,,,,"))
    bring(listing("C1,甲公司", heads="客户编码,客户名称\n"))
    assert shown(owner, "C1") == [("王芳", "13800138000", True)]


def test_what_somebody_decided_stays_whatever_lists_say(
    bring: Bring, owner: User, listing: List
) -> None:
    bring(listing("C1,甲,王芳,,13800138000,", "C2,乙,刘强,,13900139000,"))
    one, two = Contact.objects.order_by("pk")
    contacts.change(owner, "C1", one.pk, {"mobile": "13700137000"})
    contacts.end(owner, "C2", two.pk)
    bring(listing("C1,甲,王芳,,13800138000,", "C2,乙,刘强,,13900139000,"))
    assert shown(owner, "C1") == [("王芳", "13700137000", True)]
    assert shown(owner, "C2") == []
    bring(listing("C1,甲,陈静,,13600136000,", "C2,乙,陈静,,13600136000,"))
    contacts.change(owner, "C1", one.pk, {}, main=True)
    assert shown(owner, "C1")[0] == ("王芳", "13700137000", True)
    assert shown(owner, "C2") == [("陈静", "13600136000", True)]
    undo(owner, 1)
    assert ("王芳", "13700137000", True) in shown(owner, "C1")


def test_a_mobile_in_a_number_cell_keeps_its_digits(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    path = tmp_path / "客户.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["客户编码", "客户名称", "联系人", "手机号码", "电话"])
    sheet.write_row(1, 0, ["C1", "甲", "王芳", 13800138000, 51266778899.0])
    book.close()
    bring({"customers": path})
    row = Contact.objects.get()
    assert (row.mobile, row.phone) == ("13800138000", "51266778899")


def test_a_mobile_that_was_cut_short_is_a_fault(
    bring: Bring, owner: User, listing: List, latest_upload: Callable[[], Upload]
) -> None:
    bring(listing("C1,甲,王芳,,1.38E+10,"))
    assert not Contact.objects.exists()
    (fault,) = latest_upload().faults
    assert (fault["column"], fault["value"], fault["row"]) == ("手机", "1.38E+10", 2)


def test_the_trail_names_what_changed_and_no_personal_value(boss: User, customer: Customer) -> None:
    row = contacts.add(boss, "C1", WANG)
    contacts.change(boss, "C1", row.pk, {"mobile": "13700137000", "name": "王芳芳"})
    contacts.change(boss, "C1", row.pk, {"mobile": "13700137000 "})  # nothing
    contacts.end(boss, "C1", row.pk)
    entries = AuditEntry.objects.filter(action__startswith="contact.").order_by("pk")
    assert [(one.action, one.subject, one.facts.get("fields")) for one in entries] == [
        ("contact.added", "customer:C1", ["name", "position", "mobile"]),
        ("contact.changed", "customer:C1", ["name", "mobile"]),
        ("contact.ended", "customer:C1", None),
    ]
    told = json.dumps([[one.facts, one.reason] for one in entries], ensure_ascii=False)
    assert "王芳" not in told and "13" not in told.replace(str(row.pk), "")


def test_one_contact_is_the_main_one(boss: User, customer: Customer) -> None:
    contacts.add(boss, "C1", WANG)
    second = contacts.add(boss, "C1", {"name": "刘强"})
    assert [main for *_, main in shown(boss, "C1")] == [True, False]
    contacts.change(boss, "C1", second.pk, {}, main=True)
    assert shown(boss, "C1")[0] == ("刘强", "", True)
    assert Contact.objects.filter(is_main=True).count() == 1
    contacts.end(boss, "C1", second.pk)
    assert [name for name, *_ in shown(boss, "C1", ended=True)] == ["王芳", "刘强"]
    with pytest.raises(ContactUnknown):
        contacts.change(boss, "C1", second.pk, {"name": "x"})


def test_what_a_contact_cannot_be_is_said(boss: User, customer: Customer) -> None:
    for values, fault in (
        ({"name": " "}, ContactEmpty), ({"name": "x" * 121}, ContactTooLong),
        ({"name": "x", "email": "no mail"}, MailMalformed),
    ):  # fmt: skip
        with pytest.raises(fault):
            contacts.add(boss, "C1", values)
    assert not Contact.objects.exists()


def test_whoever_does_not_see_them_changes_no_contacts(boss: User, customer: Customer) -> None:
    made("C2", "乙")
    seller = person("seller", "salesperson")
    owners.assign(boss, "C1", seller.pk)
    contacts.add(seller, "C1", WANG)
    with pytest.raises(CustomerUnknown):
        contacts.add(seller, "C2", WANG)
    for name, *rights in (("blind", "customers.see", "contacts.edit"), ("finance", "personal.see")):
        with pytest.raises(NotAllowed):
            contacts.add(with_rights(person(name), *rights), "C1", WANG)


@pytest.mark.parametrize(
    "query",
    ["王芳", "wangfang", "wf", "13800138000", "8000", "138 0013 8000", "0013", "138-0013-8000",
     "66778899", "恒晟 王芳", "+86 138 0013 8000", "13800138000 苏州"],
)  # fmt: skip
def test_a_contact_finds_the_customer_for_whoever_sees_it(
    boss: User, customer: Customer, query: str
) -> None:
    made("C2", "宁波拓普")
    contacts.add(boss, "C1", {**WANG, "phone": "0512-66778899 / 66778800",
                              "mobile": "+86 13800138000"})  # fmt: skip
    finding.refresh()
    assert found(boss, query) == ["C1"]
    assert found(person("auditor", "auditor"), query) == []
    assert found(person("admin", "administrator"), query) == []


def test_three_digits_find_no_number(boss: User, customer: Customer) -> None:
    contacts.add(boss, "C1", {"name": "Ann", "mobile": "13800138000"})
    assert found(boss, "138") == []
    assert found(person("auditor", "auditor"), "ƿ13800138000") == []


def test_contacts_are_found_only_where_they_are_seen(boss: User, customer: Customer) -> None:
    """Somebody who sees all customers, and the contacts of their own."""
    made("C2", "宁波拓普")
    for code in ("C1", "C2"):
        contacts.add(boss, code, WANG)
    mixed = person("mixed", "auditor", "salesperson")
    owners.assign(boss, "C2", mixed.pk)
    assert found(mixed, "13800138000") == ["C2"]
    assert found(mixed, "拓普") == ["C2"] and found(mixed, "恒晟") == ["C1"]
    seen = [
        [one.shown for one in contacts_of(mixed, c.pk)] for c in Customer.objects.order_by("pk")
    ]
    assert seen == [[False], [True]]


def test_contacts_go_with_their_code_when_customers_merge(boss: User, customer: Customer) -> None:
    made("C2", "苏州恒晟二厂")
    contacts.add(boss, "C2", WANG)
    contacts.add(boss, "C1", {"name": "刘强"})
    identity.merge(boss, "C2", "C1", "one firm")
    finding.refresh()
    assert shown(boss, "C1") == [("刘强", "", True), ("王芳", "13800138000", False)]
    assert found(boss, "13800138000") == ["C1"]


def test_forgetting_blanks_every_row_of_the_person_and_the_index(
    boss: User, customer: Customer, bring: Bring, owner: User, listing: List
) -> None:
    bring(listing("C1,苏州恒晟,王芳,,13800138000,", "C2,乙,王小芳,,13800138000,"))
    bring(listing("C1,苏州恒晟,王芳,,13700137000,", "C2,乙,刘强,,13900139000,"))
    officer = person("officer", "data_protection")
    mine = Contact.objects.get(mobile="13700137000")
    with pytest.raises(ReasonMissing):
        contacts.tell(officer, "C1", mine.pk, " ")
    told = contacts.tell(officer, "C1", mine.pk, "asked by letter")["known"]
    assert [(one["customer"], one["mobile"]) for one in told] == [
        ("C1", "13800138000"), ("C1", "13700137000")
    ]  # fmt: skip
    older = Contact.objects.get(customer__code="C1", mobile="13800138000")
    assert len(contacts.tell(officer, "C1", older.pk, "asked by letter")["known"]) == 3
    assert contacts.forgettable(officer, "C1", older.pk)[0] == 3
    with pytest.raises(ForgettingUnconfirmed):
        contacts.forget(officer, "C1", older.pk, "asked by letter", confirmed=2)
    assert contacts.forget(officer, "C1", older.pk, "asked by letter", confirmed=3) == 3
    for value in ("王芳", "王小芳", "13800138000", "13700137000"):
        assert not CustomerWords.objects.filter(source__contains=value).exists()
        assert not CustomerWords.objects.filter(words__contains=value).exists()
        assert found(boss, value) == []
    gone = Contact.objects.exclude(forgotten_at=None)
    assert set(gone.values_list("name", "mobile", "email", "by")) == {("", "", "", officer.pk)}
    assert [row.forgotten for row in contacts_of(boss, customer.pk, ended=True)] == [True]
    assert shown(boss, "C2") == [("刘强", "13900139000", True)]
    entries = AuditEntry.objects.filter(action="contact.forgotten").order_by("pk")
    assert [(one.subject, one.reason) for one in entries] == [
        ("customer:C1", "asked by letter"), ("customer:C2", "asked by letter"),
        ("customer:C1", "asked by letter"),
    ]  # fmt: skip
    with pytest.raises(ContactUnknown):
        contacts.tell(officer, "C1", mine.pk, "again")


def test_only_the_officer_tells_and_forgets(boss: User, customer: Customer) -> None:
    row = contacts.add(boss, "C1", WANG)
    for role in ("salesperson", "sales_director", "finance", "administrator", "auditor"):
        with pytest.raises(NotAllowed):
            contacts.forget(person(f"a-{role}", role), "C1", row.pk, "no reason is enough")
    assert shown(boss, "C1") == [("王芳", "13800138000", True)]
