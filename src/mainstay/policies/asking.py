"""What can be asked for of policies by whoever may not decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mainstay.foundation import permissions
from mainstay.foundation.approvals.kinds import Effect, Kind, Wanted, declare
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights.schemes.overriding import class_now
from mainstay.kernel.errors import words
from mainstay.parties import asking, owners
from mainstay.parties.models import Customer
from mainstay.parties.permissions import APPROVE, SEE
from mainstay.parties.selectors import of_code
from mainstay.policies import changing, excepting, rules
from mainstay.policies.models import PolicyVersion
from mainstay.policies.permissions import DECIDE, PROPOSE

_NO = "–"


def _effects(wanted: Wanted) -> list[Effect]:
    row, now = changing.check(wanted), changing.in_force(wanted["scheme"])
    running = _NO if now is None else f"v{now.number}"
    title = words("Policy in force", "执行的政策")
    if wanted["do"] == changing.END:
        return [Effect(title, f"v{row.number}", _NO), *_changes(row, None)]
    return [
        Effect(title, running, f"v{row.number}"),
        Effect(words("From", "自"), _NO, wanted["since"]),
        *_changes(now, row),
    ]


def _changes(before: PolicyVersion | None, after: PolicyVersion | None) -> Iterator[Effect]:
    """Each benefit of each class that would be another."""
    was, then = (before.terms if before else {}), (after.terms if after else {})
    for klass in dict.fromkeys([*then, *was]):
        for name, benefit in rules.benefits().items():
            old, new = was.get(klass, {}).get(name), then.get(klass, {}).get(name)
            if old != new:
                what = words(*(f"{klass} · {benefit.title[lang]}" for lang in ("en", "zh")))
                yield Effect(what, plain(benefit, old), plain(benefit, new))


def plain(benefit: rules.Benefit, value: str | None) -> str:
    """A value as both languages read it."""
    if value is None:
        return _NO
    if benefit.unit in (rules.RATIO, rules.SAMPLE):
        return rules.percent(value)
    return value


def _company(user: User, right: str, wanted: Sequence[Wanted]) -> list[bool]:
    return [permissions.reach(user, right).company] * len(wanted)


CHANGE = declare(
    Kind(
        name=changing.KIND,
        title=words("Change of what classes are owed", "变更各等级待遇"),
        steps=lambda _wanted: (DECIDE,),
        within=_company,
        may_ask=lambda user, _wanted: may(user, PROPOSE),
        effects=_effects,
        carry_out=changing.carry_out,
        about=lambda wanted: (f"policy:{wanted['scheme']}",),
        named=lambda wanted: f"{wanted['scheme']} v{wanted['version']}",
    )
)


def _exception_effects(wanted: Wanted) -> list[Effect]:
    value = excepting.check(wanted)
    benefit = rules.benefit(wanted["benefit"])
    customer = owners.known(wanted["customer"])
    return [
        Effect(benefit.title, plain(benefit, _value_now(customer, wanted)), plain(benefit, value)),
        Effect(words("Until", "至"), _NO, wanted["until"]),
    ]


def _value_now(customer: Customer, wanted: Wanted) -> str | None:
    of = {"scheme": wanted["scheme"], "benefit": wanted["benefit"]}
    standing = excepting.standing(customer).filter(**of).first()
    if standing is not None:
        return standing.value
    now = changing.in_force(wanted["scheme"])
    klass = class_now(customer, wanted["scheme"])
    found: str | None = None if now is None else now.terms.get(klass, {}).get(wanted["benefit"])
    return found


declare(
    Kind(
        name=excepting.KIND,
        title=words("An exception for one customer", "单个客户例外"),
        steps=lambda _wanted: (APPROVE,),
        within=asking.within,
        may_ask=lambda user, wanted: of_code(user, wanted["customer"], SEE).exists(),
        effects=_exception_effects,
        carry_out=excepting.carry_out,
        about=asking.about,
        named=lambda wanted: owners.known(wanted["customer"]).name or wanted["customer"],
    )
)
