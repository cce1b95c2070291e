"""A signed-in reader before a small graded company."""

from __future__ import annotations

import pytest
from django.test import Client

from mainstay.foundation.models import User
from mainstay.foundation.people import FIRST
from tests.web import company


@pytest.fixture
def reader(db: None) -> User:
    """Someone who reads English."""
    return company.user("lin", *FIRST, language="en")


@pytest.fixture
def books(reader: User) -> User:
    """The reader, with the company in the books and graded."""
    company.build(reader)
    return reader


@pytest.fixture
def page(books: User) -> Client:
    """A browser signed in as the reader."""
    client = Client()
    client.force_login(books)
    return client
