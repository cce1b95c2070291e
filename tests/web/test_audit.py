"""The audit trail as a page: in words, filtered, sealed, taken out and proved."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings

import mainstay
from mainstay.foundation import worker
from mainstay.foundation.company import settings as company_settings
from mainstay.foundation.models import AuditEntry, Territory, User
from mainstay.foundation.services import audit
from mainstay.foundation.trail import sealing
from mainstay.ledger import identity
from mainstay.web import picking
from mainstay.web.actions import action_words, actions, group_words, of_group
from mainstay.web.decisions import WAS, subject_words
from tests.people import with_rights

pytestmark = [pytest.mark.usefixtures("own_chain"), pytest.mark.grades(False)]
OPEN_ENDED = {
    "customer.merged", "customer.split", "grades.run", "import.applied", "import.undone",
    "territory.saved", "request.asked", "request.approved", "request.refused",
    "request.returned", "request.answered", "request.withdrawn",
}  # fmt: skip
"""Actions whose code writes ``**facts``: tests/services/test_audit_words.py runs them."""


@pytest.fixture
def own_chain(settings: Settings, tmp_path: Path) -> None:
    """A head file for this test alone: other tests have chains of their own."""
    settings.AUDIT_HEAD = tmp_path / "head"


@dataclass(frozen=True)
class Written:
    """One place of the code that writes an entry."""

    action: str
    subject: str
    facts: frozenset[str]
    open_ended: bool


def written() -> Iterator[Written]:
    """Every place in the product that writes to the audit trail."""
    for path in Path(mainstay.__file__).parent.rglob("*.py"):
        if path.name == "services.py" and path.parent.name == "foundation":
            tree = ast.parse(path.read_text("utf-8"))
            tree.body = [one for one in tree.body if getattr(one, "name", "")[:5] != "audit"]
        else:
            tree = ast.parse(path.read_text("utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (found := _written(call)):
                yield found


def _written(call: ast.Call) -> Written | None:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = {word.arg: word.value for word in call.keywords if word.arg}
    if name in {"audit", "audit_each"} and len(call.args) >= 3:
        action, subject, facts = call.args[1], call.args[2], set(given) - {"reason"}
        if name == "audit_each":
            facts = _keys(call)
    elif name == "create" and "AuditEntry" in ast.dump(call.func):
        action, subject, facts = given["action"], given["subject"], _keys(given["facts"])
    else:
        return None
    if not isinstance(action, ast.Constant):  # its callers name it: see ``OPEN_ENDED``
        assert isinstance(action, ast.Name), ast.dump(call)
        return None
    texts = [str(one.value) for one in ast.walk(subject) if isinstance(one, ast.Constant)]
    kind = next((text.partition(":")[0] for text in texts if ":" in text), "")
    return Written(str(action.value), kind, frozenset(facts), len(given) < len(call.keywords))


def _keys(tree: ast.AST) -> set[str]:
    return {
        str(key.value)
        for one in ast.walk(tree) if isinstance(one, ast.Dict)
        for key in one.keys if isinstance(key, ast.Constant)
    }  # fmt: skip


def test_every_action_and_every_fact_that_is_written_has_words() -> None:
    places, words = list(written()), actions()
    assert len({place.action for place in places}) > 40
    for place in places:
        assert place.action in words, place
        labels = words[place.action].facts
        assert {fact.removeprefix(WAS) for fact in place.facts} <= labels.keys(), place
        assert not place.open_ended or place.action in OPEN_ENDED, place
        assert place.subject in {"", *subject_words()}, place
    named = {place.action for place in places} | OPEN_ENDED
    assert words.keys() == named, "words of what nothing writes"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("C001", {"one"}), ("苏州恒晟", {"one"}), ("Customer 苏州恒晟精密机械 (C001)", {"one"}),
        ("客户 C002", {"two"}), ("customer:C002", {"two"}), ("customer", {"one", "two"}),
        ("财务", {"three"}), ("Role Finance chief (finance)", {"three"}), ("角色", {"three"}),
        ("lin", {"four", "two"}),  # and 零, read «ling»
        ("Person lin", {"four"}), ("Import 12", {"five"}), ("导入12", {"five"}),
        ("12", {"five"}), ("华东", {"six"}), ("nothing there", set()), ("Customer nobody", set()),
    ],
)  # fmt: skip
def test_the_subject_is_named_in_words_of_both_languages(
    page: Client, books: User, typed: str, found: set[str]
) -> None:
    east = Territory.objects.create(name="华东")
    told = {
        "customer:C001": "one", "customer:C002": "two", "role:finance": "three",
        f"user:{books.pk}": "four", "batch:12": "five", f"territory:{east.pk}": "six",
    }  # fmt: skip
    for subject, why in told.items():
        audit(None, "person.changed", subject, reason=f"-{why}-")
    for language in ("en", "zh-hans"):
        User.objects.filter(pk=books.pk).update(language=language)
        text = page.get(reverse("audit"), {"subject": typed}).content.decode()
        assert {why for why in told.values() if f"-{why}-" in text} == found, language


def test_what_is_offered_reads_back_as_itself(page: Client, books: User) -> None:
    for typed, title in (
        ("恒晟", "Customer"),
        ("Person lin", "Person"),
        ("总监", "Role"),
        ("Import 12", "Import"),
    ):
        text = page.get(reverse("audit-subjects"), {"subject": typed}).content.decode()
        offered = html.unescape(text.split('value="')[1].split('"', 1)[0])
        assert offered.startswith(title)
        subject = picking.offers(books, typed)[0].subject
        assert picking.read(books, offered).subjects == (subject,)
        assert picking.read(books, subject).shown == offered


def test_a_merged_customer_is_found_by_all_its_codes(page: Client, books: User) -> None:
    audit(None, "customer.owner", "customer:C002", reason="-before-")
    identity.merge(books, "C002", "C001", "one firm")
    for typed in ("C001", "苏州恒晟"):
        assert "-before-" in page.get(reverse("audit"), {"subject": typed}).content.decode()


def test_every_action_is_in_one_group() -> None:
    grouped = [action for group in group_words() for action in of_group(group)]
    assert sorted(grouped) == sorted(action_words())
    assert len(set(grouped)) == len(grouped)
    assert of_group("nothing") == ()


def test_entries_are_listed_in_words_and_narrowed(page: Client, books: User) -> None:
    audit(books, "customer.merged", "customer:C001", reason="one firm", merged="C002", receipts=3)
    audit(books, "role.changed", "role:finance", reach="own", was_reach="company",
          given=["audit.read"], taken=[])  # fmt: skip
    audit(None, "ledger.faults", "books:all", faults=[{"en": "A sum differs.", "zh": "不符"}])
    sealing.seal(thorough=True)

    def shown(**asked: str) -> str:
        return page.get(reverse("audit"), asked).content.decode()

    text = shown()
    for word in (
        "Customers merged", "one firm", "Merged customer: C002", "Receipts moved: 3",
        reverse("customer", args=["C001"]), "Customer C001",
        "For which customers: the whole company → own customers",
        "Rights added: Read the audit trail", "Faults: A sum differs.", "The books",
    ):  # fmt: skip
        assert word in text, word
    assert "Rights removed" not in text
    number = AuditEntry.objects.get(action="customer.merged").seal.sequence
    assert f'">{number}</td>' in text

    assert "Faults found in the books" in shown(who="0")
    assert "one firm" not in shown(who="0")
    assert "one firm" not in shown(until="2020-01-01")
    assert "one firm" in shown(since=timezone.localdate().isoformat())
    assert ("one firm" in shown(subject="C001"), "one firm" in shown(subject="C002")) == (
        True, False,
    )  # fmt: skip
    assert "Rights added" in shown(subject="role:finance")
    assert "one firm" in shown(action="customers")
    assert "one firm" not in shown(action="people")
    assert "Rights added" in shown(action="people")


def test_what_was_done_to_somebody_is_found_by_the_name(page: Client, books: User) -> None:
    audit(None, "password.reset", f"user:{books.pk}")
    text = page.get(reverse("audit"), {"subject": books.username.upper()}).content.decode()
    assert "Password reset</td>" in text or "Password reset<" in text
    assert f"Person {books.username}" in text


def test_the_trail_is_taken_out_by_who_may_take_lists_out(page: Client, books: User) -> None:
    audit(books, "customer.merged", "customer:C001", reason="one firm", merged="C002")
    asked = {"action": "customer.merged", "as": "csv"}
    rows = page.get(reverse("audit"), asked).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "Merged customer: C002" in rows[1]
    assert AuditEntry.objects.filter(action="list.exported", subject="list:audit").exists()
    with_rights(books, "audit.read")
    assert page.get(reverse("audit"), asked).status_code == 403


@pytest.mark.parametrize("holds", [True, False])
def test_facts_that_tell_cost_are_hidden_from_who_may_not_see_it(
    page: Client, books: User, holds: bool
) -> None:
    audit(
        None,
        "customer.merged",
        "customer:C001",
        merged="C2",
        was_margin=777777,
        gross_profit=888888,
    )
    rights = ("audit.read", "customers.see", *(("cost.see",) if holds else ()))
    with_rights(books, *rights)
    text = page.get(reverse("audit")).content.decode()
    assert ("777777" in text, "888888" in text) == (holds, holds)
    assert ("not shown to you" in text) == (not holds)
    assert "Merged customer: C2" in text


def test_the_trail_reads_in_chinese_too(page: Client, books: User) -> None:
    audit(books, "customer.owner", "customer:C001", owner=books.pk, was_owner=None)
    books.language = "zh-hans"
    books.save(update_fields=["language"])
    text = page.get(reverse("audit")).content.decode()
    assert f"负责人：无人 → {books.username}" in text
    with translation.override("zh-hans"):
        for action in actions().values():
            for word in (action.title, *(fact.label for fact in action.facts.values())):
                assert re.search(r"[\u4e00-\u9fff]", word), word


def test_the_trail_costs_no_query_more_for_each_entry(
    page: Client, books: User, django_assert_max_num_queries: object
) -> None:
    for number in range(40):
        audit(books, "customer.owner", f"customer:C{number:03}", owner=books.pk, was_owner=None)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert page.get(reverse("audit")).status_code == 200


def test_the_page_says_how_far_it_is_sealed_and_proves_it_when_asked(
    page: Client, books: User
) -> None:
    audit(books, "role.given", f"user:{books.pk}", role="auditor")
    assert "Nothing is sealed yet" in page.get(reverse("audit")).content.decode()
    sealing.seal(thorough=True)
    job = page.post(reverse("verify-audit"))
    worker.run_pending()
    assert page.get(job["Location"])["Location"] == reverse("audit")
    text = page.get(reverse("audit")).content.decode()
    assert "The last verification found the trail whole" in text
    assert re.search(r"\d+ entries sealed", text)


@pytest.mark.parametrize(
    "asked",
    [
        {"who": "9" * 30}, {"who": "9" * 19}, {"until": "9999-12-31"}, {"since": "0001-01-01"},
        {"since": "9999-12-31", "until": "0001-01-01"}, {"who": "²"},
    ],
    ids=str,
)  # fmt: skip
def test_days_and_numbers_beyond_any_store_ask_for_nothing(
    page: Client, asked: dict[str, str]
) -> None:
    assert page.get(reverse("audit"), asked).status_code == 200


def test_a_setting_is_told_by_its_name_and_in_the_words_of_its_page(
    page: Client, books: User
) -> None:
    company_settings.change(books, "week_starts", 6)
    company_settings.change(books, "fiscal_month", 4)
    company_settings.change(books, "language", "zh-hans")
    shown = html.unescape(page.get(reverse("audit")).content.decode())
    for subject, change in (
        ("First day of the week", "Monday → Sunday"),
        ("Fiscal year begins in", "Jan → Apr"),
        ("Language", "none chosen → 简体中文"),
    ):
        assert f"Setting {subject}" in shown
        assert f"Setting: {change}" in shown


def test_groups_of_actions_are_called_by_what_is_in_them() -> None:
    with translation.override("zh-hans"):
        assert group_words()["system"] == "公司与系统"
