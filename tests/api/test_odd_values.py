"""Every parameter of every reading operation with values that no store or calendar can look up."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client

from mainstay.api.app import api
from mainstay.kernel import cursor
from tests.api.callers import BASE, INSIDE

NOBODY = "00000000-0000-0000-0000-000000000000"
ODD = [
    "9" * 30, "9" * 19, "-1", "²", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00", cursor.encode("\ud800", 1), cursor.encode("a\0", 1),
    cursor.encode(None, 2**63 - 1), cursor.encode("9999-12-31 0", 1),
    cursor.encode(f"0001-01-01T00:00:00+14:00 {NOBODY}", 0),
    cursor.encode(f"9999-12-31T23:59:59-12:00 {NOBODY}", 0),
]  # fmt: skip


def parameters() -> Iterator[tuple[str, str, str]]:
    """Path, name and place of each parameter that a reading operation takes."""
    for path, operations in api.get_openapi_schema(path_prefix="")["paths"].items():
        for one in operations.get("get", {}).get("parameters", ()):
            yield path, one["name"], one["in"]


@pytest.mark.parametrize(("path", "name", "place"), list(parameters()))
def test_an_odd_value_is_answered(program: Client, path: str, name: str, place: str) -> None:
    for value in ODD:
        there = {"code": INSIDE, "id": "1", "step": "lost", "cohort": "2024-H2"} | (
            {name: quote(value)} if place == "path" else {}
        )
        answer = program.get(
            BASE + path.format(**there), {name: value} if place == "query" else {},
            headers={name: value} if place == "header" else {},
        )  # fmt: skip
        assert answer.status_code < 500, (path, name, value, answer.content)
