"""Jobs for ``measure``: what a changed weight would do, asked for in the studio at 10,000
customers, against one grading run of as many. All work on one store with receipts, graded
beforehand by every scheme in use.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from store import _open, books, prepare_books

CUSTOMERS = 10_000
LINES = 800_000
REQUESTS = 5
SCHEME = "composite"


def prepare_fill(path: str, receipts: str, folder: str) -> Any:
    return prepare_books(path, "", receipts, folder)


def fill(home: Path, path: str, receipts: str, folder: str) -> dict[str, Any]:
    """The store, graded."""
    from mainstay.insights.services import grade_all

    books(home, path, "", receipts, folder)
    return {"customers": grade_all(None).customers.count()}


def prepare_run(folder: str) -> None:
    _open(Path(folder), "")


prepare_engine = prepare_run


def run(_: None, folder: str) -> dict[str, Any]:
    """A grading run of the app: measured, graded by every scheme in use, stored."""
    from mainstay.insights.services import grade_all

    return {"customers": grade_all(None).customers.count()}


def engine(_: None, folder: str) -> dict[str, Any]:
    """The facts out of the store, and everybody graded by the one scheme; nothing stored."""
    from mainstay.insights import facts_out
    from mainstay_engine import grade

    return {"customers": len(grade(facts_out.facts_of_books(), SCHEME))}


def prepare_preview(folder: str) -> Any:
    """A browser of the sales director before the studio, and what it sends."""
    _open(Path(folder), "")
    from django.conf import settings
    from django.test import Client

    from mainstay.foundation.models import User
    from mainstay_engine import load_scheme

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers={"HX-Request": "true"})
    User.objects.update(must_change_password=False, language="en")
    client.force_login(User.objects.order_by("pk")[0])
    definition = load_scheme(SCHEME).definition() | {"name": "house", "row": "", "own": []}
    sent = {"definition": json.dumps(definition), "d.criteria.0.weight": "30"}
    _ask(client, sent)
    return client, sent


def _ask(client: Any, sent: dict[str, str]) -> str:
    answer = client.post(f"/settings/schemes/{SCHEME}/studio", sent)
    if answer.status_code != 200:
        raise SystemExit(f"the studio answers {answer.status_code}")
    text: str = answer.content.decode()
    return text


def preview(prepared: Any, folder: str) -> dict[str, Any]:
    """As many requests, each with another weight."""
    client, sent = prepared
    for weight in range(REQUESTS):
        text = _ask(client, sent | {"d.criteria.0.weight": str(31 + weight)})
        if "would move" not in text:
            raise SystemExit("the studio shows nothing")
    return {"requests": REQUESTS}
