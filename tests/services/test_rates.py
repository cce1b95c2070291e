"""So many requests in a span of time, over all processes together."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import rates
from mainstay.foundation.errors import TooManyRequests
from mainstay.foundation.models import RateCount

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
Processes = Callable[[str, str, int], int]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds since 1970, as the test sets them: the beginning of a minute."""
    now = [time.time() // 60 * 60]
    monkeypatch.setattr(rates.time, "time", lambda: now[0])
    return now


@pytest.fixture
def allowed(settings: Settings, clock: list[float]) -> Iterator[Processes]:
    """How many of so many requests a process lets through; each keeps a memory of its own."""
    memories = ("one", "two")

    def ask(process: str, what: str, requests: int) -> int:
        settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": process}}
        passed = 0
        for _ in range(requests):
            try:
                rates.rate(what, 100)
            except TooManyRequests:
                continue
            passed += 1
        return passed

    yield ask
    for name in memories:
        settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": name}}
        caches["default"].clear()


def test_two_processes_share_one_limit(allowed: Processes) -> None:
    assert allowed("one", "a", 45) == 45
    assert allowed("two", "a", 60) == 50  # five that the other took are still to be used there
    assert allowed("one", "a", 60) == 5
    assert allowed("two", "a", 5) == allowed("one", "a", 5) == 0
    assert allowed("two", "b", 101) == 100  # somebody else's


def test_a_new_minute_begins_anew(allowed: Processes, clock: list[float]) -> None:
    assert allowed("one", "a", 101) == 100
    clock[0] += 60
    assert allowed("two", "a", 101) == 100
    assert allowed("one", "a", 1) == 0


def test_the_store_is_asked_once_for_a_tenth_of_the_limit(allowed: Processes) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert allowed("one", "a", 150) == 100
    assert len(queries) == 11  # ten parts, and the one that there was not; then nothing


def test_a_limit_of_less_than_ten_is_exact(settings: Settings, clock: list[float]) -> None:
    settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": "one"}}
    for _ in range(3):
        rates.rate("few", 3)
    with pytest.raises(TooManyRequests) as refused:
        rates.rate("few", 3)
    assert refused.value.facts == {"rate": 3, "wait": 60}
    caches["default"].clear()


def test_counts_that_are_over_go_at_night(allowed: Processes, clock: list[float]) -> None:
    allowed("one", "a", 1)
    assert rates.forget() == 0
    RateCount.objects.update(ends_at=timezone.now() - dt.timedelta(hours=2))
    assert rates.forget() == 1
