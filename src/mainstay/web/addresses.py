"""Addresses of pages by the names of their routes, as pages and views write them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.urls import reverse


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a route; of one without parts it is looked up once."""
    if args or kwargs:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    return _plain(name)


@cache
def _plain(name: str) -> str:
    return reverse(name)
