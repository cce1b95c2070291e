"""The first administrator, passwords, preferences, and a trail nobody rewrites."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from mainstay.foundation import people, services
from mainstay.foundation.errors import AuditIsAppendOnly, NotAllowed
from mainstay.foundation.models import AuditEntry, User
from mainstay.foundation.permissions import MANAGE_PEOPLE, may
from mainstay.insights.selectors import latest_runs

pytestmark = pytest.mark.django_db


def test_the_first_administrator_gets_a_one_time_password_once() -> None:
    created = people.first_administrator()
    assert created is not None
    user, password = created
    assert user.check_password(password)
    assert user.must_change_password
    assert may(user, MANAGE_PEOPLE)
    assert people.first_administrator() is None


def test_a_changed_password_opens_the_door_and_is_recorded() -> None:
    created = people.first_administrator()
    assert created is not None
    user, _ = created
    services.change_password(user, "quite another one")
    user.refresh_from_db()
    assert user.check_password("quite another one")
    assert not user.must_change_password
    entry = AuditEntry.objects.get(action="password.changed")
    assert (entry.actor, entry.subject, entry.facts) == (user, f"user:{user.pk}", {})


def test_the_audit_trail_is_neither_changed_nor_deleted() -> None:
    entry = services.audit(None, "test.done", "thing:1", reason="because", amount=5)
    entry.reason = "for another reason"
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(reason="none"),
        lambda: AuditEntry.objects.bulk_update([entry], ["reason"]),
    ):
        with pytest.raises(AuditIsAppendOnly):
            attempt()
    entry.refresh_from_db()
    assert (entry.reason, entry.facts) == ("because", {"amount": 5})


def test_preferences_are_the_users_own_and_only_known_ones() -> None:
    user = User.objects.create_user("lin")
    services.set_preferences(user, language="en", theme="dark")
    user.refresh_from_db()
    assert (user.language, user.theme) == ("en", "dark")
    with pytest.raises(ValidationError):
        services.set_preferences(user, language="tlh")
    with pytest.raises(ValueError, match="neon"):
        services.set_preferences(user, theme="neon")


def test_an_inactive_user_sees_nothing() -> None:
    user = User.objects.create_user("gone", is_active=False)
    with pytest.raises(NotAllowed):
        latest_runs(user)
