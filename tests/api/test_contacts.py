"""A contact that is sent again under the same Idempotency-Key is added once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from mainstay.foundation.models import KeptAnswer
from mainstay.parties import contacts
from mainstay.parties.models import Contact
from tests.api.callers import BASE, INSIDE, code_of
from tests.people import person

pytestmark = pytest.mark.django_db
HERE = f"{BASE}/customers/{INSIDE}/contacts"
SENT = {"name": "王芳", "mobile": "13800138000"}


def add(client: Client, sent: dict[str, str], key: str | None = "a-key") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(HERE, sent, content_type="application/json", headers=headers)


def test_one_key_adds_one_contact(program: Client) -> None:
    first, again = add(program, SENT), add(program, SENT)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert Contact.objects.count() == 1
    assert add(program, SENT, None).status_code == 201
    assert Contact.objects.count() == 2


def test_a_key_that_was_used_for_something_else_is_refused(program: Client) -> None:
    add(program, SENT)
    answer = add(program, {**SENT, "mobile": "13900139000"})
    assert (answer.status_code, code_of(answer)) == (409, "idempotency_key_reused")
    assert Contact.objects.count() == 1


def test_a_fault_keeps_no_key(program: Client) -> None:
    assert add(program, {"name": " "}).status_code == 422
    assert add(program, SENT).status_code == 201


def test_what_is_kept_of_it_tells_nothing_of_the_person(program: Client) -> None:
    made = add(program, SENT).json()
    kept = json.dumps(list(KeptAnswer.objects.values("answer", "fingerprint")))
    assert json.loads(kept)[0]["answer"] == {"id": made["id"]}
    contacts.forget(person("officer", "data_protection"), INSIDE, made["id"], "asked by letter")
    again = add(program, SENT).json()
    assert (again["name"], again["mobile"], again["until"] is not None) == ("", "", True)
