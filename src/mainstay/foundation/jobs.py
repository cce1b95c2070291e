"""How a room declares a job: ``@job("room.verb")`` in its ``jobs.py``.

A job takes ids, may run twice (a killed worker's job is run again), and returns its report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Report = Mapping[str, Any]


class JobTaken(Exception):
    """The lease ran out (this process stood still), and another worker has the job now.

    What the job has begun is the other's: it must not be tidied away.
    """


class Progress(Protocol):
    """Tells how far a job is. Raises ``JobCancelled`` once its owner asked it to stop, and
    ``JobTaken``."""

    def __call__(self, done: int, total: int, en: str = "", zh: str = "") -> None: ...


Work = Callable[..., Report | None]
_KINDS: dict[str, Work] = {}
_QUICK: set[str] = set()


def job(kind: str, *, quick: bool = False) -> Callable[[Work], Work]:
    """Register the function as the work of jobs of this kind: ``work(progress, **arguments)``.

    ``quick``: done in moments; it waits for no long job (``worker.work_until``).
    """

    def register(work: Work) -> Work:
        if kind in _KINDS and _KINDS[kind] is not work:
            raise ValueError(f"two jobs are called {kind}")
        _KINDS[kind] = work
        if quick:
            _QUICK.add(kind)
        return work

    return register


def work_of(kind: str) -> Work:
    """The function that does jobs of this kind."""
    return _KINDS[kind]


def kind_of(work: Work) -> str:
    """The kind under which the function is registered."""
    return next(kind for kind, known in _KINDS.items() if known is work)


def kinds() -> list[str]:
    """Every kind there is, by name."""
    return sorted(_KINDS)


def quick_kinds() -> frozenset[str]:
    """Kinds whose jobs are done in moments."""
    return frozenset(_QUICK)


def silent(done: int, total: int, en: str = "", zh: str = "") -> None:
    """Progress that nobody watches."""
