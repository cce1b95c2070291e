"""The second step: codes by RFC 6238, each taken once; recovery codes; resets by others."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import accounts, people, roles, second_step, sessions, throttle, vault
from mainstay.foundation.errors import (
    CodeWrong,
    NoSecondStep,
    NotAllowed,
    NothingToReset,
    NotOneself,
    OwnAccount,
    PasswordWrong,
    ReasonMissing,
    SealedByAnotherKey,
    SecondStepNeeded,
    TooManyAttempts,
)
from mainstay.foundation.models import (
    AuditEntry,
    RecoveryCode,
    Role,
    SecondStep,
    Session,
    SignInFailures,
    User,
)
from mainstay.foundation.permissions import forget, needs_second_step
from mainstay.foundation.tokens import make
from tests.people import administrator, person

pytestmark = pytest.mark.django_db

HERE = "10.0.0.1"
VECTORS = {
    59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
    2000000000: "69279037", 20000000000: "65353130",
}  # fmt: skip
"""RFC 6238, appendix B, SHA-1: eight figures; ours are the last six of them (RFC 4226, 5.3)."""
SECRET = b"12345678901234567890"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the time, in seconds since 1970."""

    def at(seconds: int) -> None:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


def with_step(user: User, secret: bytes = SECRET) -> list[str]:
    """Set a known secret up; the recovery codes."""
    sealed = vault.seal(secret, f"second step of user {user.pk}")
    now = int(timezone.now().timestamp()) // 30
    return second_step.confirm(user, sealed, second_step.code_at(secret, now), HERE)


@pytest.mark.parametrize(("seconds", "eight"), VECTORS.items())
def test_codes_are_those_of_the_rfc(seconds: int, eight: str) -> None:
    assert second_step.code_at(SECRET, seconds // 30) == eight[-6:]


def test_a_code_is_taken_once_and_none_that_is_older(clock: Callable[[int], None]) -> None:
    user = person("lin")
    clock(1111111000)
    with_step(user)
    clock(1111111111)
    second_step.prove(user, "050 471", HERE)
    for code in ("050471", "081804"):  # the same again; that of the half minute before
        with pytest.raises(CodeWrong):
            second_step.prove(user, code, HERE)


def test_the_code_that_proved_the_set_up_is_used_up(clock: Callable[[int], None]) -> None:
    user = person("lin")
    clock(1111111111)
    with_step(user)
    with pytest.raises(CodeWrong):
        second_step.prove(user, "050471", HERE)


@pytest.mark.parametrize(("late", "taken"), [(-31, True), (31, True), (-46, False), (46, False)])
def test_the_telephone_may_be_half_a_minute_wrong(
    clock: Callable[[int], None], late: int, taken: bool
) -> None:
    user = person("lin")
    clock(1111100000)
    with_step(user)
    clock(1111111125)  # in the middle of the code 050471
    code = second_step.code_at(SECRET, (1111111125 + late) // 30)
    if taken:
        second_step.prove(user, code, HERE)
    else:
        with pytest.raises(CodeWrong):
            second_step.prove(user, code, HERE)


def test_a_wrong_code_at_set_up_changes_nothing() -> None:
    user = person("lin")
    draft = second_step.propose(user)
    with pytest.raises(CodeWrong):
        second_step.confirm(user, draft.sealed, "abcdef", HERE)
    assert not second_step.is_set_up(user)


def test_the_proposed_secret_is_the_one_the_app_is_told() -> None:
    user = person("林 志远")
    draft = second_step.propose(user)
    secret = base64.b32decode(draft.text.replace(" ", ""))
    assert len(secret) == 20
    assert f"secret={draft.text.replace(' ', '')}&issuer=Mainstay" in draft.uri
    step = int(timezone.now().timestamp()) // 30
    second_step.confirm(user, draft.sealed, second_step.code_at(secret, step), HERE)
    assert second_step.is_set_up(user)
    assert AuditEntry.objects.get(action="second_step.set_up").actor == user


def test_neither_secret_nor_recovery_codes_stand_in_the_store() -> None:
    user = person("lin")
    codes = with_step(user)
    row = SecondStep.objects.get(user=user)
    for form in (SECRET.decode(), base64.b32encode(SECRET).decode(), SECRET.hex()):
        assert form not in row.secret
    assert len(codes) == len(set(codes)) == 10
    kept = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_secret_is_of_its_owner_and_this_system_alone(settings: Settings) -> None:
    one, other = person("one"), person("other")
    with_step(one)
    with_step(other)
    stolen = SecondStep.objects.get(user=one).secret
    SecondStep.objects.filter(user=other).update(secret=stolen)
    with pytest.raises(SealedByAnotherKey):
        second_step.prove(other, "123456", HERE)
    settings.SECRET_KEY = "another"
    with pytest.raises(SealedByAnotherKey):
        second_step.prove(one, "123456", HERE)


def test_a_recovery_code_helps_once_even_under_another_key(settings: Settings) -> None:
    user = person("lin")
    codes = with_step(user)
    settings.SECRET_KEY = "another"
    second_step.prove(user, codes[3].lower().replace("-", " "), HERE)
    entry = AuditEntry.objects.get(action="recovery_code.used")
    assert (entry.actor, entry.facts) == (user, {"left": 9})
    with pytest.raises(CodeWrong):
        second_step.prove(user, codes[3], HERE)
    assert second_step.of_user(user).codes_left == 9


def test_new_recovery_codes_replace_those_before() -> None:
    user = person("lin")
    with pytest.raises(NoSecondStep):
        second_step.renew_codes(user)
    old = with_step(user)
    new = second_step.renew_codes(user)
    with pytest.raises(CodeWrong):
        second_step.prove(user, old[0], HERE)
    second_step.prove(user, new[0], HERE)
    assert AuditEntry.objects.filter(action="recovery_codes.renewed").count() == 1


def test_anothers_codes_are_nobody_elses() -> None:
    one, other = person("one"), person("other")
    codes = with_step(one)
    with_step(other, b"another-secret-of-20")
    with pytest.raises(CodeWrong):
        second_step.prove(other, codes[0], HERE)


def test_after_five_wrong_codes_it_waits_and_a_right_one_is_not_looked_at() -> None:
    user = person("lin")
    codes = with_step(user)
    for number in range(5):
        with pytest.raises(CodeWrong):
            second_step.prove(user, "abcdef", f"10.0.1.{number}")
    with pytest.raises(TooManyAttempts):
        second_step.prove(user, codes[0], "10.0.2.1")
    assert SignInFailures.objects.get(key="code:lin").count == 5
    assert not SignInFailures.objects.filter(key="name:lin").exists()
    SignInFailures.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    second_step.prove(user, codes[0], "10.0.2.1")
    assert not SignInFailures.objects.filter(key="code:lin").exists()


def test_the_password_asked_again_slows_down_too() -> None:
    user = person("lin", password="right one 42")
    throttle.password(user, "right one 42", HERE)
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            throttle.password(user, "wrong", HERE)
    with pytest.raises(TooManyAttempts):
        throttle.password(user, "right one 42", HERE)


def test_a_renewed_secret_takes_the_place_of_the_old() -> None:
    user = person("lin")
    with_step(user)
    draft = second_step.propose(user)
    assert SecondStep.objects.get(user=user).secret != draft.sealed
    with_step(user, b"another-secret-of-20")
    assert AuditEntry.objects.filter(action="second_step.renewed").count() == 1
    assert SecondStep.objects.filter(user=user).count() == 1


def test_turned_off_unless_a_role_asks_for_it() -> None:
    user = person("lin", "salesperson")
    with pytest.raises(NoSecondStep):
        second_step.turn_off(user)
    with_step(user)
    boss = administrator("boss")
    rights = roles.shipped()["salesperson"].rights
    people.change_role(boss, "salesperson", reach="own", rights=rights, second_step=True)
    forget(user)
    assert needs_second_step(user)
    with pytest.raises(SecondStepNeeded):
        second_step.turn_off(user)
    people.change_role(
        boss, "salesperson", reach="own", rights=["customers.see"], second_step=False
    )
    forget(user)
    second_step.turn_off(user)
    assert not second_step.is_set_up(user)
    assert not RecoveryCode.objects.filter(user=user).exists()
    assert AuditEntry.objects.filter(action="second_step.off", actor=user).count() == 1


def test_a_shipped_role_with_a_second_step_stays_as_shipped() -> None:
    boss = administrator("boss")
    rights = roles.shipped()["salesperson"].rights
    people.change_role(boss, "salesperson", reach="own", rights=rights, second_step=True)
    row = Role.objects.get(name="salesperson")
    assert (row.rights, row.second_step) == (None, True)
    assert AuditEntry.objects.get(action="role.changed").facts["second_step"] is True


def test_nobody_drops_the_second_step_of_a_role_they_hold() -> None:
    one, _ = administrator("one"), administrator("two")
    rights = ["people.manage"]
    Role.objects.filter(name="administrator").update(
        second_step=True, reach="company", rights=rights
    )
    with pytest.raises(NotOneself):
        people.change_role(one, "administrator", reach="company", rights=rights)


def test_an_administrator_resets_anothers_with_a_reason() -> None:
    boss, clerk = administrator("boss"), person("clerk", "finance")
    with_step(clerk)
    Client().force_login(clerk)
    with pytest.raises(ReasonMissing):
        accounts.reset_second_step(boss, clerk.pk, " ")
    with pytest.raises(NotAllowed):
        accounts.reset_second_step(person("other"), clerk.pk, "because")
    with pytest.raises(OwnAccount):
        accounts.reset_second_step(boss, boss.pk, "because")
    accounts.reset_second_step(boss, clerk.pk, "lost the telephone")
    assert not second_step.is_set_up(clerk)
    assert not Session.objects.filter(user=clerk).exists()
    entry = AuditEntry.objects.get(action="second_step.reset")
    assert (entry.actor, entry.reason) == (boss, "lost the telephone")
    with pytest.raises(NothingToReset):
        accounts.reset_second_step(boss, clerk.pk, "again")


def test_recovery_by_command_opens_the_account_again() -> None:
    boss = administrator("boss", password="forgotten 42")
    with_step(boss)
    make(boss, "robot", ["people.manage"], 30)
    Client().force_login(boss)
    for _ in range(5):
        throttle.failed("boss", HERE)
    password = accounts.recover("boss")
    boss.refresh_from_db()
    assert boss.check_password(password) and boss.must_change_password
    assert not second_step.is_set_up(boss)
    assert sessions.count(boss) == 0
    assert boss.tokens.filter(revoked_at=None).count() == 0
    throttle.check("boss", "10.9.9.9")
    assert AuditEntry.objects.get(action="account.recovered").actor is None


def test_a_role_that_asks_for_it_is_one_of_several() -> None:
    user = person("lin", "salesperson", "auditor")
    assert not needs_second_step(user)
    Role.objects.filter(name="auditor").update(second_step=True)
    forget(user)
    assert needs_second_step(user)
