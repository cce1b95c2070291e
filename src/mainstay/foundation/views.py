"""Saved views of a list: what its address asks for, under a name, for oneself or for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from mainstay.foundation.errors import NoSuchView, ViewNameTaken
from mainstay.foundation.models import SavedView, User
from mainstay.foundation.services import audit

LONGEST = 60
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """One saved view as its reader sees it."""

    id: int
    name: str
    query: str
    """The query string of the list's address."""
    shared: bool
    own: bool


def saved(user: User, page: str) -> list[ViewInfo]:
    """One's own views of a list, and those others share."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True), page=page)
    return [
        ViewInfo(row.pk, row.name, row.query, row.shared, row.owner_id == user.pk)
        for row in rows.order_by("name", "pk")
    ]


def save(user: User, page: str, name: str, query: str, *, shared: bool) -> SavedView:
    """Keep a view under a name, over one's own of that name. Raises ``ViewNameTaken`` without a
    name, or where somebody else shares one by it.
    """
    name = name.strip()[:LONGEST]
    with transaction.atomic():
        others = SavedView.objects.filter(page=page, name=name, shared=True).exclude(owner=user)
        if not name or (shared and others.exists()):
            raise ViewNameTaken(name=name)
        values: dict[str, Any] = {"query": query[:2000], "shared": shared}
        row, _ = SavedView.objects.update_or_create(
            owner=user, page=page, name=name, defaults=values
        )
        if shared:
            audit(user, "view.shared", f"view:{row.pk}", name=name, query=row.query)
    return row


def remove(user: User, view_id: int) -> None:
    """Remove one's own view. Raises ``NoSuchView``."""
    deleted, _ = SavedView.objects.filter(pk=view_id, owner=user).delete()
    if not deleted:
        raise NoSuchView
