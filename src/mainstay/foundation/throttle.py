"""Sign-in slows down after wrong passwords and codes: for the name tried, and for the address.

Counts stand in the store, so that they hold for all workers. A name that nobody has waits as long
as one that somebody has: neither the wait nor the message tells which names exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mainstay.foundation.errors import (
    PasswordWrong,
    TooManyAttempts,
    TooManyLookUps,
    TooManyRequests,
)
from mainstay.foundation.models import SignInFailures, User
from mainstay.foundation.rates import HOUR, rate
from mainstay.foundation.services import audit
from mainstay.kernel.errors import MainstayError

FREE = {"name": 5, "code": 5, "address": 30}
"""Wrong attempts that cost nothing; a firm may share one address."""
LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
"""After which quiet time a count begins anew."""
LOOK_UPS = 300
"""Telephone numbers that somebody may look up in an hour. One that is typed slowly counts several
times."""


def keys(name: str, address: str, kind: str = "name") -> list[str]:
    """What an attempt is counted under; ``kind`` is ``name`` (for passwords) or ``code``."""
    return [f"{kind}:{called(name)}", f"address:{address[:60]}"]


def called(name: str) -> str:
    """What a typed name is written down as: itself where an account has it, else a keyed hash, for
    people type their passwords there too.
    """
    plain = name.strip()[:150]
    if User.objects.filter(username__iexact=plain).exists():
        return plain.casefold()
    return f"unknown {salted_hmac(__name__, plain.casefold(), algorithm='sha256').hexdigest()[:16]}"


@contextmanager
def attempt(kind: str, name: str, address: str, wrong: type[MainstayError]) -> Iterator[None]:
    """Around a look at what somebody gave: not before the wait is over, and counted where ``wrong``
    is raised. Raises ``TooManyAttempts``.
    """
    check(name, address, kind)
    try:
        yield
    except wrong:
        failed(name, address, kind)
        raise
    succeeded(name, kind)


def look_up(user: User, number: str) -> None:
    """Count that somebody looks up whose telephone number this is, once for each request.

    Raises ``TooManyLookUps``; the first time in an hour the trail says so, without the number.
    """
    seen = user.__dict__.setdefault("_looked_up", set())
    if number in seen:
        return
    seen.add(number)
    try:
        rate(f"look-up-{user.pk}", LOOK_UPS, HOUR)
    except TooManyRequests as error:
        if cache.add(f"looked-up-too-often-{user.pk}", True, HOUR):
            audit(user, "look_ups.slowed", f"user:{user.pk}", count=LOOK_UPS)
        raise TooManyLookUps(**error.facts) from None


def password(user: User, given: str, address: str) -> None:
    """Ask somebody who is signed in for the password again. Raises ``PasswordWrong``,
    ``TooManyAttempts``.
    """
    with attempt("name", user.username, address, PasswordWrong):
        if not user.check_password(given):
            raise PasswordWrong


def check(name: str, address: str, kind: str = "name") -> None:
    """Raise ``TooManyAttempts`` while the name or the address must wait."""
    now = timezone.now()
    rows = SignInFailures.objects.filter(key__in=keys(name, address, kind), until__gt=now)
    if waits := [row.until - now for row in rows if row.until]:
        raise TooManyAttempts(seconds=int(max(waits).total_seconds()) + 1)


def failed(name: str, address: str, kind: str = "name") -> None:
    """Count a wrong attempt; from a certain number on each doubles the wait."""
    now = timezone.now()
    for key in keys(name, address, kind):
        with transaction.atomic():
            row, _ = SignInFailures.objects.select_for_update().get_or_create(
                key=key, defaults={"last": now}
            )
            row.count = row.count + 1 if now - row.last < FORGOTTEN else 1
            row.last = now
            over = row.count - FREE[key.partition(":")[0]]
            if over >= 0:
                row.until = now + min(timedelta(seconds=2 ** min(over, 12)), LONGEST)
                if over == 0:
                    audit(None, "sign_in.slowed", key[:80], count=row.count)
            row.save()


def forget() -> int:
    """Drop the counts that would begin anew; how many."""
    return SignInFailures.objects.filter(last__lt=timezone.now() - FORGOTTEN).delete()[0]


def succeeded(name: str, kind: str = "name") -> None:
    """Forget the wrong attempts at a name; the address keeps its own."""
    SignInFailures.objects.filter(key=keys(name, "", kind)[0]).delete()
