"""Within a request, the company is read once; jobs and commands read it each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("company", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep over the block what is read of the company."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def kept(read: Callable[[], T]) -> T:
    """What the function reads, or what it read before in this request."""
    known = _kept.get()
    if known is None:
        return read()
    if read not in known:
        known[read] = read()
    found: T = known[read]
    return found


def forget() -> None:
    """Read anew: something changed."""
    known = _kept.get()
    if known is not None:
        known.clear()
