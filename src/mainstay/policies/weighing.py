"""What a policy costs, beside the request that would change it: only for whoever sees cost."""

from __future__ import annotations

from mainstay.foundation.approvals.kinds import Wanted
from mainstay.foundation.approvals.weighing import Weighed, weighs
from mainstay.kernel.errors import words
from mainstay.parties.permissions import COST
from mainstay.policies import asking, changing, costing, rules


@weighs(asking.CHANGE)
def policy(wanted: Wanted) -> list[Weighed]:
    """What the policy in force costs a year, what the asked one would, and what has no price."""
    row = changing.version(wanted["scheme"], wanted["version"])
    now = changing.in_force(row.scheme)
    before = costing.cost(row.scheme, now.terms if now else {})
    after = costing.cost(row.scheme, row.terms if wanted["do"] == changing.USE else {})
    if before is None or after is None:
        return []
    money = [after.run.currency, after.run.exponent]
    found = [
        Weighed(words("Costs a year now", "现行年成本"), [before.total, *money], "money", COST),
        Weighed(words("Would cost a year", "变更后年成本"), [after.total, *money], "money", COST),
    ]
    names = dict.fromkeys(cell.benefit for cell in after.lacking)
    if names:
        titles = [rules.benefit(name).title for name in names]
        told = words(", ".join(one["en"] for one in titles), "、".join(one["zh"] for one in titles))
        found.append(Weighed(words("Not costed", "未计成本"), told, "words", COST))
    return found
