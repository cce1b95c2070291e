"""Pure decisions: reasons and results, whether it was neglect, and what became of each loss.

Practitioners name the reasons. ``CARE_DAYS`` and what counts as neglect are our own: nobody visited
or called from ``CARE_DAYS`` before the last purchase until the day on which it was lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mainstay.kernel.errors import Words, words

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.portfolio.lost import Back, Lost

DROPPED, LEFT, POACHED, FORCED = "dropped", "left", "poached", "forced"
REASONS: Mapping[str, Words] = {
    DROPPED: words("Dropped by us", "我方放弃"),
    LEFT: words("Left", "主动离开"),
    POACHED: words("Poached", "被竞争对手挖走"),
    FORCED: words("Forced", "被迫中止"),
}
"""Why a customer went: we gave it up; it went of its own will; a rival took it; it could not stay
(closed, moved, by law)."""
AGREED, REFUSED, GIVEN_UP = "agreed", "refused", "given_up"
RESULTS: Mapping[str, Words] = {
    AGREED: words("Will buy again", "同意恢复购买"),
    REFUSED: words("Said no", "拒绝"),
    GIVEN_UP: words("We stop trying", "停止挽回"),
}
"""How winning back ended. Whether it buys again is told by the books alone."""
LOST, WINNING, PROMISED, FAILED, BACK = "lost", "winning", "promised", "failed", "back"
STATES = (LOST, WINNING, PROMISED, FAILED, BACK)
"""Nobody tries · somebody does · it said that it will buy again, and did not yet · in vain · it
ordered again."""
CARE_DAYS = 90
CONTACTS = ("visit", "call", "senior_visit")
COMPLAINTS = ("complaint",)
LONGEST_AHEAD = timedelta(days=366)
"""Of the day by which a customer is to be won back."""
LONGEST = {"rival": 120, "text": 2_000}


@dataclass(frozen=True, slots=True)
class Kept:
    """A loss as the register has it. ``customer``: the code it goes by now."""

    pk: int
    customer: str
    last_purchase: date
    lost_on: date


@dataclass(frozen=True, slots=True)
class Fate:
    """What the books tell of a loss by now: it stands (``lost``), it came back (``back``), or
    neither: there was no such silence.
    """

    lost: Lost | None = None
    back: Back | None = None


def lost(facts: Facts, as_of: date) -> Mapping[str, Lost]:
    """Customer → its silence, of those lost as of a day."""
    from mainstay_engine.portfolio.lost import lost as find

    return {each.customer_id: each for each in find(facts, as_of=as_of)}


def backs(facts: Facts, kept: Iterable[Kept], as_of: date) -> Mapping[tuple[str, date], Back]:
    """What became of the register's silences, by customer and last purchase."""
    from mainstay_engine.portfolio.lost import back

    found = back(facts, [(one.customer, one.last_purchase) for one in kept], as_of=as_of)
    return {(each.customer_id, each.last_purchase): each for each in found}


def usual_limit(median_gap: float, unevenness: float) -> int:
    """Days of silence that a rhythm allows."""
    from mainstay_engine.portfolio.lost import limit

    return limit(median_gap, unevenness)


def settled(
    kept: Sequence[Kept],
    found: Mapping[str, Lost],
    backs: Mapping[tuple[str, date], Back],
) -> tuple[Mapping[int, Fate], Sequence[Lost]]:
    """The fate of every loss of the register, and the losses that are new to it.

    A silence that the register has is known by its last purchase. Where the books moved that (an
    order came late, an import was taken back) it is the same loss as long as the new last purchase
    is not after the day it was lost on. A loss came back if there was an order after that day; an
    earlier one says that there was no such silence.
    """
    own: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        own[one.customer].append(one)
    stands = {
        match.pk: silence
        for who, silence in found.items()
        if (match := _same(silence, own[who], backs)) is not None
    }
    matched = {silence.customer_id for silence in stands.values()}
    fates = {}
    for one in kept:
        back = backs.get((one.customer, one.last_purchase))
        if one.pk in stands:
            fates[one.pk] = Fate(lost=stands[one.pk])
        elif back is not None and back.back_on is not None and back.back_on > one.lost_on:
            fates[one.pk] = Fate(back=back)
        else:
            fates[one.pk] = Fate()
    return fates, [silence for who, silence in found.items() if who not in matched]


def _same(
    silence: Lost, kept: Sequence[Kept], backs: Mapping[tuple[str, date], Back]
) -> Kept | None:
    """The loss of the register that a silence is."""
    for one in kept:
        if one.last_purchase == silence.last_purchase:
            return one

    def ended(one: Kept) -> bool:
        back = backs.get((one.customer, one.last_purchase))
        return back is not None and back.back_on is not None and back.back_on > one.lost_on

    open_ = [one for one in kept if not ended(one) and silence.last_purchase <= one.lost_on]
    return max(open_, key=lambda one: (one.last_purchase, one.pk), default=None)


def state(*, back: bool, results: Sequence[str]) -> str:
    """Of a loss: ``results`` of its win-backs in order, an empty one under way."""
    if back:
        return BACK
    if not results:
        return LOST
    return {"": WINNING, AGREED: PROMISED}.get(results[-1], FAILED)


def neglected(before: int, since: int, *, known: bool) -> bool | None:
    """Whether nobody visited or called; ``None``: nothing was recorded that far back."""
    if before or since:
        return False
    return True if known else None


def care_since(last_purchase: date) -> date:
    """The first day that counts for neglect."""
    return last_purchase - timedelta(days=CARE_DAYS)


def year_before(day: date) -> date:
    """Twelve months before a day."""
    from mainstay_engine.periods import months_before

    return months_before(day, 12)
