"""What can be asked for of a customer by whoever may not decide it."""

from __future__ import annotations

from collections.abc import Sequence

from mainstay.foundation.approvals.kinds import Effect, Kind, Wanted, declare
from mainstay.foundation.models import User
from mainstay.kernel.errors import words
from mainstay.parties import owners
from mainstay.parties.permissions import APPROVE, SEE
from mainstay.parties.selectors import of_code, visible_to


def about(wanted: Wanted) -> tuple[str, ...]:
    """The customer, by the code it goes by now and by every other that leads to it."""
    customer = owners.known(wanted["customer"])
    others = customer.codes.exclude(code=customer.code).values_list("code", flat=True)
    return tuple(f"customer:{code}" for code in (customer.code, *others))


def _effects(wanted: Wanted) -> list[Effect]:
    before, after = owners.change_of(wanted["customer"], wanted["person"])
    effects = [Effect(words("Owner", "负责人"), before, after)]
    customer = owners.known(wanted["customer"])
    if owners.outside_of(owners.person_here(wanted["person"]), owners.alone(customer)):
        place = customer.territory.name if customer.territory else customer.region or "–"
        title = words("Outside the new owner's territory", "不在新负责人的辖区内")
        effects.append(Effect(title, "–", place))
    return effects


def _carry_out(asker: User, by: User, wanted: Wanted, reason: str) -> None:
    del asker
    owners.settle(by, owners.known(wanted["customer"]), wanted["person"], reason)


def within(user: User, right: str, wanted: Sequence[Wanted]) -> list[bool]:
    """Of each: whether a right that the user holds reaches the customer."""
    codes = {one["customer"] for one in wanted}
    reached = set(
        visible_to(user, right).filter(codes__code__in=codes).values_list("codes__code", flat=True)
    )
    return [one["customer"] in reached for one in wanted]


OWNER = declare(
    Kind(
        name="customer.owner",
        title=words("Another owner of a customer", "变更客户负责人"),
        steps=lambda _wanted: (APPROVE,),
        within=within,
        may_ask=lambda user, wanted: of_code(user, wanted["customer"], SEE).exists(),
        effects=_effects,
        carry_out=_carry_out,
        about=about,
        named=lambda wanted: owners.known(wanted["customer"]).name or wanted["customer"],
    )
)
