"""Rights when a job does what was asked for: whoever asked may have lost them meanwhile.

They are read anew from the store, never from a user object that a command or a queue has kept.
"""

from __future__ import annotations

from mainstay.exchange.errors import NoLongerAllowed
from mainstay.exchange.models import Upload
from mainstay.exchange.permissions import IMPORT
from mainstay.foundation.models import User
from mainstay.foundation.permissions import reach, rights
from mainstay.parties.permissions import MERGE


def demand_still(user: int, *named: str) -> None:
    """Raise ``NoLongerAllowed`` unless that person is active and holds these rights for the whole
    company at this moment. ``user``: id.
    """
    person = User.objects.get(pk=user)
    lacking = [name for name in named if not reach(person, name).company]
    if lacking:
        raise NoLongerAllowed(person, [right for right in rights() if right.name in lacking])


def of_import(work: Upload) -> tuple[str, ...]:
    """The rights that the import of an upload takes."""
    return (IMPORT, MERGE) if work.decisions else (IMPORT,)
