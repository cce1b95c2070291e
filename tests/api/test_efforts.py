"""Efforts for programs: recorded once under a key, listed page by page, refused in words."""

from __future__ import annotations

import pytest
from django.test import Client

from mainstay.effort.models import Effort
from mainstay.foundation.models import User
from tests.api.callers import BASE, INSIDE, caller, client_with, code_of, token_of

pytestmark = pytest.mark.django_db
HERE = f"{BASE}/customers/{INSIDE}/efforts"
VISIT = {"date": "2026-06-01", "activity": "visit", "hours": "1.5", "note": "年框"}


def post(client: Client, path: str, sent: object) -> object:
    return client.post(path, sent, content_type="application/json")


def test_an_effort_is_recorded_and_listed(firm: User) -> None:
    client = caller(firm)
    made = post(client, HERE, VISIT)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["activity"], body["hours"], body["person"]) == ("visit", "1.5000", firm.known_as())
    assert client.get(HERE).json()["rows"][0]["id"] == body["id"]


def test_repeated_under_the_same_key_it_is_recorded_once(firm: User) -> None:
    client = client_with(token_of(firm), **{"Idempotency-Key": "visit-1"})
    first, again = (post(client, HERE, VISIT) for _ in range(2))
    assert first.json() == again.json() and Effort.objects.count() == 1
    other = post(client, HERE, VISIT | {"hours": "2"})
    assert other.status_code == 409 and Effort.objects.count() == 1


def test_pages_follow_each_other(firm: User) -> None:
    client = caller(firm)
    for day in ("2026-06-01", "2026-06-03", "2026-06-03", "2026-05-01"):
        post(client, HERE, VISIT | {"date": day})
    first = client.get(f"{HERE}?size=3").json()
    rest = client.get(f"{HERE}?size=3&after={first['next']}").json()
    days = [row["date"] for row in (*first["rows"], *rest["rows"])]
    assert days == ["2026-06-03", "2026-06-03", "2026-06-01", "2026-05-01"]
    assert rest["next"] is None


@pytest.mark.parametrize("wrong", [
    {"activity": "golf"}, {"date": "yesterday"}, {"hours": "-1"}, {"amount": -5}, {"date": None},
    {"colour": "red"},
])  # fmt: skip
def test_what_cannot_be_is_refused(firm: User, wrong: dict[str, object]) -> None:
    answer = post(caller(firm), HERE, VISIT | wrong)
    assert answer.status_code == 422 and not Effort.objects.exists()


def test_a_day_to_come_and_a_bad_cursor_are_refused_in_words(firm: User) -> None:
    client = caller(firm)
    assert code_of(post(client, HERE, VISIT | {"date": "2999-01-01"})) == "effort_date_not_valid"
    assert client.get(f"{HERE}?after=nonsense").status_code == 404
