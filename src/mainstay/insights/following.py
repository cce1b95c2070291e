"""What follows a grading in its job: each follower gets the newest snapshot and the books' facts.

Rooms above this one register theirs. A follower that is called twice comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mainstay.foundation.jobs import Progress, silent
from mainstay.insights import facts_out
from mainstay.insights.models import Snapshot
from mainstay.insights.portfolio import white
from mainstay.insights.portfolio.growth import newest

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

Follower = Callable[[Snapshot, "Facts", Progress], None]
_FOLLOWERS: list[Follower] = []


def after_grading(follower: Follower) -> None:
    """Let a room follow gradings."""
    _FOLLOWERS.append(follower)


def follow(snapshot: Snapshot, facts: Facts, progress: Progress = silent) -> None:
    """Let everybody follow a snapshot that was just made of these facts, where that is the newest
    and rests on the books as they are; else the next grading does.
    """
    if snapshot.pk == newest().pk and facts_out.fingerprint() == snapshot.fingerprint:
        for follower in (white.follow, *_FOLLOWERS):
            follower(snapshot, facts, progress)
