"""A small graded company with territories, and a program that may do everything in it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from mainstay.foundation.models import User
from mainstay.parties import territories
from tests.api.callers import caller
from tests.people import administrator
from tests.web import company


@pytest.fixture(autouse=True)
def fresh_minute() -> None:
    """Nobody has asked anything yet."""
    cache.clear()


@pytest.fixture
def boss(db: None) -> User:
    """Somebody who may do everything, in a system without books."""
    return administrator("boss", password=company.PASSWORD)


@pytest.fixture
def firm(boss: User) -> User:
    """The same, with the company and its territories."""
    company.build(boss)
    territories.save(boss, None, name="浙江区", regions=["浙江"])
    company.owe(boss)
    return boss


@pytest.fixture
def program(firm: User) -> Client:
    """A program with every right."""
    return caller(firm)
