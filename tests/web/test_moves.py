"""The page of movement: what it finds, whose names it lists, what it hands out."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import AuditEntry, User
from mainstay.insights.models import Grade, Run, Snapshot
from mainstay.insights.schemes.placing import DOWN, UP
from mainstay.insights.selectors.moves import Moves, Wanted, moves

ALL = Wanted(size=None)


@pytest.fixture
def told(books: User) -> Moves:
    """A grading half a year earlier, in which C010 was B, C011 A and C060 not there."""
    now = Snapshot.objects.get()
    run = Run.objects.get(snapshot=now, scheme="abc")
    run.classes = [one | {"badge": one["class"]} for one in run.classes]
    run.save()
    rows = list(Grade.objects.filter(run=run).exclude(customer__code="C060"))
    before = copied(now, as_of=now.as_of - timedelta(days=181))
    run = copied(run, snapshot=before)
    was = {"C010": "B", "C011": "A"}
    for row in rows:
        figures = copied(row.measured, snapshot=before)
        klass = was.get(row.customer.code, row.klass)
        copied(row, run=run, measured=figures, klass=klass, class_order="ABC".index(klass))
    found = moves(books, "abc", wanted=ALL)
    assert (found.count(UP), found.count(DOWN)) == (1, 1)
    return found


def copied(row: Any, **changed: Any) -> Any:
    """The same row anew, with other values."""
    row.pk = None
    row._state.adding = True
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    return row


def test_the_title_says_how_many_rose_and_fell(page: Client, told: Moves) -> None:
    text = page.get(reverse("moves"), {"scheme": "abc"}).content.decode()
    assert "1 customer rose, 1 fell" in text
    assert text.count('class="stream') == 2 * len(told.cells)  # for wide pages and for phones


def test_each_number_of_the_matrix_leads_to_its_customers(page: Client, told: Moves) -> None:
    text = page.get(reverse("moves"), {"scheme": "abc"}).content.decode()
    matrix = text.split('class="t dense cross"')[1].split("</table>")[0]
    links = re.findall(r'href="([^"]*from=[^"]*)#who">(\d+)<', matrix)
    assert len(links) == len(told.cells)
    for href, count in links:
        listed = page.get(href.replace("&amp;", "&")).content.decode().split('id="who"')[1]
        assert len(re.findall(r"<tr><td", listed)) == int(count)


def test_the_file_has_everybody_the_page_lists_and_is_in_the_trail(
    page: Client, told: Moves
) -> None:
    answer = page.get(reverse("moves-data"), {"scheme": "abc"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row[0], row[2], row[3]) for row in rows[1:]] == [
        (one.code, one.was, one.now) for one in told.movers
    ]
    assert AuditEntry.objects.filter(action="list.exported").latest("pk").facts["rows"] == len(
        told.movers
    )


@pytest.mark.parametrize("asked", ["then=2001-01-01", "scheme=none", "now=2001-01-01"])
def test_what_is_not_there_is_not_found(page: Client, asked: str) -> None:
    assert page.get(f"{reverse('moves')}?{asked}").status_code == 404
    assert page.get(f"{reverse('moves-data')}?{asked}").status_code == 404


def test_odd_questions_show_the_usual_list(page: Client) -> None:
    for asked in ("way=sideways", "first=x", "from=Q&to=", "then=yesterday", "way=came"):
        assert page.get(f"{reverse('moves')}?{asked}").status_code == 200


def test_one_grading_alone_says_so(page: Client) -> None:
    text = page.get(reverse("moves"), {"scheme": "abc"}).content.decode()
    assert "one grading by this scheme" in text
