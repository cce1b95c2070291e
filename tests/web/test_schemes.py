"""The pages of schemes, of classes set by people and of judgements."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.foundation.models import Job, User
from mainstay.insights.models import Judgement, Override, SchemeVersion
from mainstay.insights.schemes import changing, in_use
from tests.people import person

TODAY = timezone.localdate


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_scheme_is_listed_with_its_state(page: Client) -> None:
    text = page.get(reverse("schemes")).content.decode()
    for scheme in in_use.presets():
        assert scheme.title.en in text
    assert "heads the pages" in text
    assert "not in use" in text


@pytest.mark.parametrize("scheme", [scheme.name for scheme in in_use.presets()])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_scheme_says_what_it_does(page: Client, books: User, scheme: str, language: str) -> None:
    books.language = language
    books.save()
    text = page.get(reverse("scheme", args=[scheme])).content.decode()
    told = next(one for one in in_use.presets() if one.name == scheme)
    assert (told.title.en if language == "en" else told.title.zh) in text
    titles = [told.entry(one.metric).title for one in told.criteria]
    titles += [one.title.model_dump() for one in told.guards]
    assert all(title["en" if language == "en" else "zh"] in text for title in titles)


def test_a_scheme_is_put_in_use_from_its_page(page: Client, books: User) -> None:
    address = reverse("scheme", args=["momentum"])
    answer = page.post(address, {"do": "use", "since": TODAY().isoformat(), "reason": ""})
    assert answer.status_code == 422
    answer = page.post(address, {"do": "use", "since": TODAY().isoformat(), "reason": "who grows?"})
    assert answer.status_code == 302
    assert Job.objects.filter(kind="insights.grade").count() == 1
    assert "in use" in page.get(address).content.decode()
    reader = signed_in(person("seller", "salesperson"))
    assert reader.get(address).status_code == 200
    assert reader.post(address, {"do": "retire", "reason": "no"}).status_code == 403


def test_one_of_our_own_begins_as_a_preset(page: Client, books: User) -> None:
    address = reverse("scheme-draft", args=["abc"])
    text = page.get(address).content.decode()
    assert "name: own_abc" in text
    written = text.split("<textarea", 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]
    written = html.unescape(written)
    bad = page.post(address, {"written": written.replace("unranked: C", "unranked: Q")})
    assert bad.status_code == 422
    assert "Q" in bad.content.decode()
    assert page.post(address, {"written": "a: [", "note": ""}).status_code == 422
    assert not SchemeVersion.objects.exists()
    done = page.post(address, {"written": written, "note": "as a trial"})
    assert done.status_code == 302
    text = page.get(done["Location"]).content.decode()
    assert "as a trial" in text
    assert "draft" in text


def test_a_class_is_set_on_its_page(page: Client, books: User) -> None:
    address = reverse("set-class", args=["C003"])
    until = (TODAY() + timedelta(days=30)).isoformat()
    form = {"do": "set", "scheme": "abc", "class": "A", "until": until, "reason": ""}
    assert page.post(address, form).status_code == 422
    assert page.post(address, form | {"reason": "a promise"}).status_code == 302
    row = Override.objects.get()
    text = page.get(address).content.decode()
    assert "a promise" in text
    assert "End it now" in text
    stranger = signed_in(person("auditor", "auditor"))
    ended = stranger.post(address, {"do": "end", "row": row.pk, "reason": "no"})
    assert ended.status_code == 403
    end = {"do": "end", "row": row.pk, "reason": ""}
    assert page.post(address, end).status_code == 422
    assert page.post(address, end | {"reason": "they did not"}).status_code == 302


def test_judgements_are_given_on_their_page(page: Client, books: User) -> None:
    address = reverse("judge", args=["C003"])
    assert "No scheme in use asks" in page.get(address).content.decode()
    wanted = {"do": "use", "scheme": "stars", "version": 1, "since": TODAY().isoformat()}
    changing.change(books, wanted, "we judge too")
    scheme = next(one for one in in_use.in_use() if one.name == "stars")
    criterion = scheme.judged[0]
    form = {"scheme": "stars", "criterion": criterion.name, "value": criterion.levels[-1].value}
    assert page.post(address, form | {"value": 99}).status_code == 422
    assert page.post(address, form | {"evidence": "three shops"}).status_code == 302
    assert Judgement.objects.get().evidence == "three shops"
    assert "three shops" in page.get(address).content.decode()
    auditor = signed_in(person("auditor", "auditor"))
    assert "<select" not in auditor.get(address).content.decode().split("<main", 1)[1]
    assert auditor.post(address, form).status_code == 403
