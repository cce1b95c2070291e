"""What can be asked for of a customer by whoever may not decide it."""

from __future__ import annotations

from mainstay.foundation.approvals.kinds import Effect, Kind, Wanted, declare
from mainstay.foundation.models import User
from mainstay.kernel.errors import words
from mainstay.parties import owners
from mainstay.parties.permissions import ASSIGN, SEE
from mainstay.parties.selectors import of_code


def _effects(wanted: Wanted) -> list[Effect]:
    before, after = owners.change_of(wanted["customer"], wanted["person"])
    return [Effect(words("Owner", "负责人"), before, after)]


def _carry_out(asker: User, by: User, wanted: Wanted, reason: str) -> None:
    del asker
    owners.settle(by, owners.known(wanted["customer"]), wanted["person"], reason)


def _reaches(user: User, right: str, wanted: Wanted) -> bool:
    return of_code(user, wanted["customer"], right).exists()


OWNER = declare(
    Kind(
        name="customer.owner",
        title=words("Another owner of a customer", "变更客户负责人"),
        steps=lambda _wanted: (ASSIGN,),
        within=_reaches,
        may_ask=lambda user, wanted: _reaches(user, SEE, wanted),
        effects=_effects,
        carry_out=_carry_out,
        named=lambda wanted: owners.name_of(wanted["customer"]),
    )
)
