"""What can be asked for of schemes and of classes by whoever may not decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mainstay.foundation import permissions
from mainstay.foundation.approvals.kinds import Effect, Kind, Wanted, declare
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights.permissions import DECIDE, SCHEMES
from mainstay.insights.schemes import changing, in_use, overriding
from mainstay.insights.schemes.placing import DOWN, UP
from mainstay.kernel.errors import words
from mainstay.parties import asking, owners
from mainstay.parties.permissions import APPROVE, SEE
from mainstay.parties.selectors import of_code

_NO = "–"


def _effects(wanted: Wanted) -> list[Effect]:
    changing.check(wanted)
    scheme, row = changing.scheme_of(wanted["scheme"], wanted["version"])
    running = {one.name: one for one in in_use.in_use()}
    runs = running.get(scheme.name)
    now = runs.label if runs else _NO
    match wanted["do"]:
        case "use":
            found = [Effect(words("Graded by", "用于分级"), now, scheme.label)]
            found.append(Effect(words("From", "自"), _NO, wanted["since"]))
            return [*found, *_tried(row.simulated if row else {})]
        case "retire":
            return [Effect(words("Graded by", "用于分级"), now, _NO)]
        case _:
            before = in_use.headline_name() or _NO
            return [Effect(words("Heads the pages", "页面主方案"), before, scheme.name)]


def _tried(simulated: Mapping[str, Any]) -> list[Effect]:
    """What the draft would change, as it was tried before it was asked for."""
    if not simulated:
        return []
    of = f"{simulated['customers']}, {simulated['as_of']}"
    return [
        Effect(words("Would rise", "将上升"), _NO, f"{simulated[UP]} / {of}"),
        Effect(words("Would fall", "将下降"), _NO, f"{simulated[DOWN]} / {of}"),
    ]


def _company(user: User, right: str, wanted: Sequence[Wanted]) -> list[bool]:
    return [permissions.reach(user, right).company] * len(wanted)


def _named(wanted: Wanted) -> str:
    scheme, _row = changing.scheme_of(wanted["scheme"], wanted["version"])
    return scheme.label


declare(
    Kind(
        name=changing.KIND,
        title=words("Change of the schemes to grade by", "变更分级方案"),
        steps=lambda _wanted: (DECIDE,),
        within=_company,
        may_ask=lambda user, _wanted: may(user, SCHEMES),
        effects=_effects,
        carry_out=changing.carry_out,
        about=lambda wanted: (f"scheme:{wanted['scheme']}",),
        named=_named,
    )
)


def _class_effects(wanted: Wanted) -> list[Effect]:
    scheme = overriding.check(wanted)
    customer = owners.known(wanted["customer"])
    titles = {
        klass.id: klass.id if len(klass.id) == 1 else f"{klass.title.zh} {klass.title.en}"
        for klass in scheme.classes
    }
    now = overriding.class_now(customer, scheme.name)
    what = words(f"Class by {scheme.title.en}", f"{scheme.title.zh}等级")
    return [
        Effect(what, titles.get(now, _NO), titles[wanted["class"]]),
        Effect(words("Until", "至"), _NO, wanted["until"]),
    ]


declare(
    Kind(
        name=overriding.KIND,
        title=words("A class set by a person", "人工调整等级"),
        steps=lambda _wanted: (APPROVE,),
        within=asking.within,
        may_ask=lambda user, wanted: of_code(user, wanted["customer"], SEE).exists(),
        effects=_class_effects,
        carry_out=overriding.carry_out,
        about=asking.about,
        named=lambda wanted: owners.known(wanted["customer"]).name or wanted["customer"],
    )
)
