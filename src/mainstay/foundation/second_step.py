"""The second step of sign-in: codes of an app (TOTP, RFC 6238), and recovery codes in its place.

A code is taken once. Wrong ones are counted as wrong passwords are. The app's secret is sealed
(``vault``); recovery codes are kept as hashes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils import timezone

from mainstay.foundation import throttle, vault
from mainstay.foundation.errors import CodeWrong, NoSecondStep, SecondStepNeeded
from mainstay.foundation.models import RecoveryCode, SecondStep, User
from mainstay.foundation.permissions import needs_second_step, standing
from mainstay.foundation.services import audit

PERIOD = 30
"""Seconds that a code is shown."""
DIGITS = 6
DRIFT = 1
"""Periods that the clock of the telephone may be wrong by, either way."""
CODES = 10
"""Recovery codes in a set."""
_GROUPS, _GROUP = 6, 4
"""A recovery code: 24 characters of base32, which are 120 bits."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A secret that is shown until a code proves that the app has it."""

    sealed: str
    text: str
    """As people type it."""
    uri: str
    """As the QR code says it."""


@dataclass(frozen=True, slots=True)
class StepInfo:
    """Whether somebody has a second step, and what is left of it."""

    set_up_at: datetime | None
    codes_left: int
    needed: bool
    """Whether a role asks for it."""


def of_user(user: User) -> StepInfo:
    """Somebody's second step."""
    row = SecondStep.objects.filter(user=user).first()
    left = RecoveryCode.objects.filter(user=user, used_at=None).count() if row else 0
    return StepInfo(row.set_up_at if row else None, left, needs_second_step(user))


def is_set_up(user: User) -> bool:
    """Whether sign-in asks the user for a code."""
    return SecondStep.objects.filter(user=user).exists()


def lacking(role: str) -> list[User]:
    """Who holds a role today and has no second step: where the role asks for one, nothing opens to
    them before they set it up. By name.
    """
    held = standing().filter(role__name=role)
    without = User.objects.exclude(pk__in=SecondStep.objects.values("user"))
    return list(
        without.filter(is_active=True, pk__in=held.values("user")).order_by("username")
    )  # fmt: skip


def code_at(secret: bytes, step: int) -> str:
    """The code of a period, counted from 1970 on."""
    return TOTP(secret, DIGITS, SHA1(), PERIOD).generate(step * PERIOD).decode()  # noqa: S303  HMAC-SHA-1 is what apps speak


def propose(user: User) -> Draft:
    """A new secret for the user's app. Nothing is kept until ``confirm``."""
    return shown(user, vault.seal(secrets.token_bytes(20), _purpose(user)))


def shown(user: User, sealed: str) -> Draft:
    """A proposed secret again. Raises ``SealedByAnotherKey``."""
    text = base64.b32encode(vault.unseal(sealed, _purpose(user))).decode().rstrip("=")
    label = quote(f"Mainstay:{user.username}")
    asked = urlencode({"secret": text, "issuer": "Mainstay", "digits": DIGITS, "period": PERIOD})
    spaced = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return Draft(sealed, spaced, f"otpauth://totp/{label}?{asked}")


def confirm(user: User, sealed: str, code: str, address: str) -> list[str]:
    """Take the proposed secret once a code proves it, in place of the one before; the recovery
    codes, which nobody can be told again. Raises ``CodeWrong``, ``TooManyAttempts``.
    """
    secret = vault.unseal(sealed, _purpose(user))
    with throttle.attempt("code", user.username, address, CodeWrong):
        step = _step_of(secret, _plain(code), after=-1)
    with transaction.atomic():
        _, is_new = SecondStep.objects.update_or_create(
            user=user,
            defaults={"secret": sealed, "last_step": step, "set_up_at": timezone.now()},
        )
        codes = _new_codes(user)
        if is_new:
            audit(user, "second_step.set_up", f"user:{user.pk}")
        else:
            audit(user, "second_step.renewed", f"user:{user.pk}")
    return codes


def prove(user: User, code: str, address: str) -> None:
    """Take a code of the app, or a recovery code, each of them once.

    Raises ``CodeWrong``, ``TooManyAttempts``; ``SealedByAnotherKey`` where the app's secret cannot
    be read: a recovery code still helps.
    """
    with throttle.attempt("code", user.username, address, CodeWrong):
        plain = _plain(code)
        if plain.isascii() and plain.isdigit() and len(plain) == DIGITS:
            _take(user, plain)
        else:
            _take_recovery(user, plain)


def renew_codes(user: User) -> list[str]:
    """Ten other recovery codes; those before hold no more. Raises ``NoSecondStep``."""
    with transaction.atomic():
        if not is_set_up(user):
            raise NoSecondStep
        codes = _new_codes(user)
        audit(user, "recovery_codes.renewed", f"user:{user.pk}")
    return codes


def turn_off(user: User) -> None:
    """Sign in by password alone again. Raises ``SecondStepNeeded`` where a role asks for it."""
    if needs_second_step(user):
        raise SecondStepNeeded
    with transaction.atomic():
        if not forget(user):
            raise NoSecondStep
        audit(user, "second_step.off", f"user:{user.pk}")


def forget(user: User) -> bool:
    """Remove the second step as part of a decision that has an entry of its own; whether there
    was one.
    """
    RecoveryCode.objects.filter(user=user).delete()
    return bool(SecondStep.objects.filter(user=user).delete()[0])


def _take(user: User, code: str) -> None:
    row = SecondStep.objects.filter(user=user).first()
    if row is None:
        raise CodeWrong
    step = _step_of(vault.unseal(row.secret, _purpose(user)), code, after=row.last_step)
    if not SecondStep.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step):
        raise CodeWrong  # another request took it in between


def _step_of(secret: bytes, code: str, *, after: int) -> int:
    now = int(timezone.now().timestamp()) // PERIOD
    for step in range(max(now - DRIFT, after + 1), now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    raise CodeWrong


def _take_recovery(user: User, code: str) -> None:
    with transaction.atomic():
        unused = RecoveryCode.objects.filter(user=user, used_at=None)
        if not unused.filter(digest=_digest(code)).update(used_at=timezone.now()):
            raise CodeWrong
        audit(user, "recovery_code.used", f"user:{user.pk}", left=unused.count())


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    raw = [base64.b32encode(secrets.token_bytes(15)).decode() for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(one)) for one in raw)
    size = _GROUPS * _GROUP
    return ["-".join(one[at : at + _GROUP] for at in range(0, size, _GROUP)) for one in raw]


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()[:64]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()


def _purpose(user: User) -> str:
    return f"second step of user {user.pk}"
