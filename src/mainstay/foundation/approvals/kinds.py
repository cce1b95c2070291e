"""What can be asked for, each declared by the room that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mainstay.foundation.models import User
from mainstay.kernel.errors import Words

Wanted = Mapping[str, Any]
"""What is asked for, as plain data."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would be another afterwards."""

    what: Words
    before: str
    after: str

    def to_dict(self) -> dict[str, Any]:
        return {"what": self.what, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be asked for."""

    name: str
    title: Words
    """What it is: «Another owner of a customer»."""
    steps: Callable[[Wanted], tuple[str, ...]]
    """The rights that decide on it, one after another."""
    within: Callable[[User, str, Sequence[Wanted]], list[bool]]
    """Of each of these: whether this right of this person reaches what it is about."""
    may_ask: Callable[[User, Wanted], bool]
    effects: Callable[[Wanted], list[Effect]]
    """What it would change now. Raises the errors of carrying it out that are already certain."""
    carry_out: Callable[[User, User, Wanted, str], None]
    """Do it: asker, who decided last, what is wanted, and the asker's reason. Called in the
    decision's transaction: an error undoes the decision."""
    about: Callable[[Wanted], tuple[str, ...]]
    """Every subject (``kind:id``) that it may go by; the first is the one it gets."""
    named: Callable[[Wanted], str]
    """What it is about, in a word: «宁波拓普»."""


_KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> str:
    """Make a kind known; returns its name."""
    _KINDS[kind.name] = kind
    return kind.name


def kind_of(name: str) -> Kind:
    """One of them; raises ``KeyError``."""
    return _KINDS[name]
