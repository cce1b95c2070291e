"""Which page shows a subject of the audit trail, of a notice or of a request."""

from __future__ import annotations

from django.urls import reverse

from mainstay.foundation.subjects import shown_at

BY_KEY = {
    "customer": "customer", "batch": "batch", "user": "person", "job": "job", "role": "role",
    "request": "request", "scheme": "scheme", "policy": "policy", "hand_over": "handed-over",
    "loss": "customer-lost",
}  # fmt: skip
"""Route by kind of subject; its argument is the subject's key."""
PLACES = {
    "inbox": "inbox", "choices": "inbox-choices", "customers": "customers", "audit": "audit",
    "books": "data", "setting": "company",
    "effort_rate": "effort-rates", "week": "week",
    "losses": "lost",
}  # fmt: skip
"""Kinds that stand for one page, whatever the key."""


def register() -> None:
    """Make the pages known to every room."""
    for kind, route in BY_KEY.items():
        shown_at(kind, lambda key, route=route: reverse(route, args=[key]))  # type: ignore[misc]
    shown_at("calendar", lambda day: f"{reverse('calendar')}?year={day[:4]}")
    for kind, route in PLACES.items():
        shown_at(kind, lambda _key, route=route: reverse(route))  # type: ignore[misc]
