"""Help: what it says is there, in both languages, and shown to those who may do it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from mainstay.foundation import roles
from mainstay.foundation.models import Request, User
from mainstay.foundation.permissions import rights
from mainstay.insights.bridge import metric_catalogue
from mainstay.ledger.models import Document
from mainstay.parties import asking, owners
from mainstay.web.help import glossary, topics
from mainstay.web.urls import urlpatterns
from tests.people import hold, only, person, with_rights
from tests.web import company

ROUTES = {pattern.name for pattern in urlpatterns}
HAN = re.compile("[\u4e00-\u9fff]")
TERMS = list(glossary.terms().values())
CODE = "C003"


def text_of(page: Client, address: str) -> str:
    answer = page.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


@pytest.mark.parametrize("topic", topics.every(), ids=lambda topic: topic.id)
def test_a_topic_is_whole_and_leads_somewhere(topic: topics.Topic) -> None:
    known = {right.name for right in rights()}
    assert {topic.right, topic.unless} - {""} <= known
    assert {topic.page, *topic.about, *(step.at for step in topic.steps)} <= ROUTES
    assert topic.address().startswith(reverse(topic.page))
    assert 2 <= len(topic.steps) <= 5
    for texts in (topic.title, *(step.texts for step in topic.steps)):
        assert set(texts) == {"en", "zh"}
        assert texts["en"].strip() and not HAN.search(texts["en"])
        assert HAN.search(texts["zh"])
    for step in topic.steps:
        named = [re.findall(r"\{([^}]+)\}", text) for text in step.texts.values()]
        assert sorted(named[0]) == sorted(named[1]), step


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_a_term_is_whole_and_leads_somewhere(term: glossary.Term) -> None:
    assert HAN.search(term.zh) and term.en and not HAN.search(term.en)
    assert set(term.means) == {"en", "zh"}
    assert term.means["en"] and HAN.search(term.means["zh"])
    assert set(term.see) <= glossary.terms().keys() - {term.id}
    assert set(term.metrics) <= {metric.name for metric in metric_catalogue()}
    assert not term.page or term.page in ROUTES


def test_no_place_on_the_page_is_taken_twice(page: Client) -> None:
    text = text_of(page, reverse("help"))
    places = re.findall(r' id="([^"]+)"', text)
    assert len(places) == len(set(places))
    assert {term.id for term in TERMS} <= set(places)
    assert len(TERMS) == sum(len(group.terms) for group in glossary.groups())


def test_every_link_within_help_has_its_place(page: Client) -> None:
    for name in ("help", "help-metrics"):
        text = text_of(page, reverse(name))
        assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r' id="([^"]+)"', text))
    places = re.findall(r' id="([^"]+)"', text_of(page, reverse("help-metrics")))
    for metric in metric_catalogue():
        assert metric.name in places


@pytest.fixture
def somebody(books: User) -> User:
    """Somebody besides the reader, who owns a customer and asks for another owner."""
    found = person("zhao", "key_account_manager")
    owners.assign(books, CODE, found.pk)
    Request.objects.create(
        kind=asking.OWNER, subject=f"customer:{CODE}", asker=found, steps=["customers.assign"],
        wanted={"customer": CODE, "person": books.pk}, reason="to see",
    )  # fmt: skip
    return found


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("topic", topics.every(), ids=lambda topic: topic.id)
def test_a_topic_names_words_that_stand_on_the_page(
    page: Client, books: User, somebody: User, topic: topics.Topic, language: str
) -> None:
    reader = books
    if topic.unless:
        reader = hold(somebody, "salesperson")
        page.force_login(reader)
        Request.objects.all().delete()
    assert topic.shown_to(reader)
    User.objects.filter(pk=reader.pk).update(language=language)
    values = {
        "code": CODE,
        "name": "momentum",
        "batch": Document.objects.earliest("pk").batch_id,
        "person": somebody.pk,
        "request": getattr(Request.objects.first(), "pk", None),
    }
    if topic.page == "lost":
        company.lose(CODE)
    if topic.id.endswith("is-owed"):
        company.owe(books)
        values["name"] = "abc"
    for step in topic.steps:
        pattern = next(one for one in urlpatterns if one.name == step.at)
        wanted = pattern.pattern.regex.groupindex
        given = {name: values[step.at if name == "pk" else name] for name in wanted}
        text = text_of(page, reverse(step.at, kwargs=given))
        main = unescape(text[text.index("<main") :])
        for word in step.words():
            with override(language):
                shown = re.escape(gettext(word))
                assert re.search(rf">\s*{shown}[\s…]*<", main), (step.at, word)
                if language != "en":
                    assert gettext(word) != word


def test_a_topic_is_shown_to_those_who_may_do_it(page: Client, books: User) -> None:
    take_back = "Take an import back"
    assert take_back in text_of(page, reverse("help"))
    only(books, "salesperson")
    text = text_of(page, reverse("help"))
    assert take_back not in text
    assert "Ask for another owner" in text
    assert "Give a customer another owner" not in text
    assert take_back not in text_of(page, reverse("help") + "?topic=take-an-import-back")
    assert take_back not in text_of(page, reverse("help") + "?about=batch")
    with_rights(books, "data.take_back")
    assert take_back in text_of(page, reverse("help"))


def test_whoever_has_no_role_finds_help_and_no_door(db: None) -> None:
    client = Client()
    client.force_login(person("nobody-yet", language="en"))
    text = text_of(client, reverse("help"))
    assert "Change language, theme or password" in text
    assert reverse("portfolio") not in text
    assert f'href="{reverse("customers")}"' not in text


def test_the_question_mark_opens_help_at_the_page_it_stands_on(page: Client) -> None:
    for name, title in (("data", "Check the books"), ("quality", "See what the books lack")):
        text = text_of(page, reverse(name))
        [address] = re.findall(r'href="([^"]+)" data-help', text)
        opened = text_of(page, address)
        if name == "quality":
            assert address == reverse("help") + "?about=quality"
            assert f"<h2>{title}</h2>" in opened
    for name in ("help", "home"):
        shown = page.get(reverse(name), follow=True).content.decode()
        assert "data-help" in shown
    assert 'href="/help" data-help' in text_of(page, reverse("help"))


def test_help_is_searched_by_word_pinyin_and_meaning(page: Client) -> None:
    for query in ("dumping", "窜货", "cuanhuo", "outside the customer"):
        assert 'id="dumping"' in text_of(page, reverse("help") + f"?q={query}"), query
    text = text_of(page, reverse("help") + "?q=窜货")
    assert 'id="gross-amount"' not in text
    nothing = text_of(page, reverse("help") + "?q=zzzz")
    assert "Help has nothing of that" in nothing
    assert "<script>1" not in text_of(page, reverse("help") + "?q=<script>1")


def test_the_search_box_finds_terms_and_tasks(page: Client, books: User) -> None:
    def box(query: str) -> str:
        answer = page.get(reverse("search"), {"q": query}, headers={"HX-Request": "true"})
        return str(answer.content.decode())

    assert "/help#dumping" in box("窜货")
    assert "/help#net-sales" in box("net sales")
    assert "/help?topic=take-an-import-back" in box("take back")
    only(books, "salesperson")
    assert "/help?topic=take-an-import-back" not in box("take back")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_metric_on_the_customers_page_leads_to_its_formula(
    page: Client, books: User, language: str
) -> None:
    User.objects.filter(pk=books.pk).update(language=language)
    customer = text_of(page, reverse("customer", args=["C001"]))
    assert 'href="/help/metrics#net_sales"' in customer
    named = set(re.findall(r'href="/help/metrics#([^"]+)"', customer))
    assert named <= {metric.name for metric in metric_catalogue()}
    text = unescape(text_of(page, reverse("help-metrics")))
    short = "zh" if language == "zh-hans" else "en"
    for metric in metric_catalogue():
        assert metric.formulas[short] in text, metric.name
        assert metric.missing[short] in text, metric.name


def test_the_list_and_help_tell_the_same_keys(page: Client) -> None:
    listed = set(re.findall(r"<kbd>([^<]+)</kbd>", text_of(page, reverse("customers"))))
    told = set(re.findall(r"<kbd>([^<]+)</kbd>", text_of(page, reverse("help"))))
    assert {"↑", "↓", "Enter", "/", "F", "X"} == listed
    assert listed < told


def test_help_costs_few_queries(page: Client, django_assert_max_num_queries: object) -> None:
    page.get(reverse("help"))
    for name in ("help", "help-metrics"):
        with django_assert_max_num_queries(9):  # type: ignore[operator]
            text_of(page, reverse(name))


def test_roles_that_ship_each_find_something_to_do(db: None) -> None:
    for name in roles.shipped():
        assert len(topics.of(person(f"a-{name}", name))) > 3, name


def test_formulas_call_metrics_as_their_reader_does() -> None:
    """No code in what people read: no names with underscores, nor those that are no plain words."""
    codes = {"recency", "tenure"}
    assert codes <= {metric.name for metric in metric_catalogue()}
    for metric in metric_catalogue():
        for text in (*metric.formulas.values(), *metric.missing.values(), *metric.title.values()):
            assert not re.search(r"[a-z]_[a-z]", text), metric.name
            assert not codes & set(re.findall(r"[a-z]+", text)), metric.name
