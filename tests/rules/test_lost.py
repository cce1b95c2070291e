"""What becomes of losses when the books change: worked cases, and what holds of any books.

The worlds of the property are plain: a customer's silence is lost after ninety days, and the same
code says so of any books, so that a register that followed every change can be held against one
that saw only the last.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from mainstay.retention import rules
from mainstay.retention.rules import Fate, Kept
from mainstay_engine.portfolio.lost import Back, Lost

FIRST = date(2025, 1, 1)
ALLOWED = 90


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def silence(last: int, who: str = "a") -> Lost:
    """Lost since the ninety-first day after the last order."""
    return Lost(who, day(last), day(last + ALLOWED + 1), ALLOWED + 1, 10.0, 0.0, ALLOWED, 100)


def kept(pk: int, last: int, who: str = "a") -> Kept:
    return Kept(pk, who, day(last), day(last + ALLOWED + 1))


def backs(kept_: list[Kept], orders: dict[str, list[int]]) -> dict[tuple[str, date], Back]:
    """What became of each, of these order days."""
    found = {}
    for one in kept_:
        later = [day(n) for n in sorted(orders[one.customer]) if day(n) > one.last_purchase]
        key = (one.customer, one.last_purchase)
        found[key] = Back(*key, later[0] if later else None, 0)
    return found


def test_the_same_silence_is_the_same_loss() -> None:
    one = kept(1, 10)
    fates, new = rules.settled([one], {"a": silence(10)}, backs([one], {"a": [10]}))
    assert (fates[1].lost, new) == (silence(10), [])


def test_an_order_after_the_loss_brings_it_back_and_silence_again_is_another() -> None:
    one = kept(1, 10)
    found = backs([one], {"a": [10, 102]})
    fates, new = rules.settled([one], {}, found)
    assert (fates[1].back, new) == (found["a", day(10)], [])
    fates, new = rules.settled([one], {"a": silence(102)}, found)
    assert fates[1].back is not None and new == [silence(102)]


def test_an_order_within_the_silence_moves_the_loss_or_ends_it() -> None:
    one = kept(1, 10)
    within = backs([one], {"a": [10, 50]})
    fates, new = rules.settled([one], {"a": silence(50)}, within)
    assert (fates[1].lost, new) == (silence(50), [])
    fates, new = rules.settled([one], {}, within)
    assert (fates[1], new) == (Fate(), [])
    on_the_day = backs([one], {"a": [10, 101]})  # it would not have been lost on it
    assert rules.settled([one], {}, on_the_day)[0][1] == Fate()


def test_an_earlier_last_order_is_the_same_loss_unless_the_register_knows_that_one() -> None:
    early, late = kept(1, 10), kept(2, 150)
    nothing = backs([early, late], {"a": [10]})
    fates, new = rules.settled([late], {"a": silence(10)}, nothing)
    assert (fates[2].lost, new) == (silence(10), [])
    fates, new = rules.settled([early, late], {"a": silence(10)}, nothing)
    assert (fates[1].lost, fates[2], new) == (silence(10), Fate(), [])


def test_losses_of_others_are_left_alone() -> None:
    one = kept(1, 10, "b")
    fates, new = rules.settled([one], {"a": silence(10)}, backs([one], {"b": [10, 200]}))
    assert fates[1].back is not None and [each.customer_id for each in new] == ["a"]


def lost_of(orders: list[int], end: int) -> dict[str, Lost]:
    seen = [n for n in orders if n <= end]
    return {"a": silence(max(seen))} if seen and end - max(seen) > ALLOWED else {}


@given(st.lists(st.sets(st.integers(0, 600), min_size=1, max_size=8), min_size=1, max_size=5),
       st.integers(0, 700))  # fmt: skip
def test_however_the_books_changed_the_register_tells_what_they_say_now(
    worlds: list[set[int]], end: int
) -> None:
    register: list[Kept] = []
    numbers = count(1)
    for orders in worlds:
        days = [n for n in sorted(orders) if n <= end]
        found = lost_of(days, end)
        fates, new = rules.settled(register, found, backs(register, {"a": days}))
        for at, one in enumerate(register):
            if (now := fates[one.pk].lost) is not None:
                register[at] = Kept(one.pk, "a", now.last_purchase, now.lost_on)
        register += [Kept(next(numbers), "a", one.last_purchase, one.lost_on) for one in new]
        standing = [one for one in register if one.pk not in fates or fates[one.pk].lost]
        assert [one.last_purchase for one in standing] == [s.last_purchase for s in found.values()]
        assert len({one.last_purchase for one in register}) == len(register)
        for one in register:
            back = fates[one.pk].back if one.pk in fates else None
            if back is not None and back.back_on is not None:
                assert back.back_on > one.lost_on and (back.back_on - FIRST).days in days


@given(st.sets(st.integers(0, 900), min_size=1, max_size=12))
def test_a_register_that_saw_every_day_has_each_long_gap_once(orders: set[int]) -> None:
    register: list[Kept] = []
    days = sorted(orders)
    fates: dict[int, Fate] = {}
    for end in range(0, 1_000, 13):
        known = [n for n in days if n <= end]
        now, new = rules.settled(
            register, lost_of(known, end), backs(register, {"a": known})
        )  # fmt: skip
        fates = dict(now)
        register += [Kept(len(register) + 1, "a", one.last_purchase, one.lost_on) for one in new]
    ends = [*days, 10_000]
    long = {a for a, b in pairwise(ends) if _seen_silent(a, b)}
    assert {(one.last_purchase - FIRST).days for one in register} == long
    assert all(fate != Fate() for fate in fates.values())


def _seen_silent(last: int, following: int) -> bool:
    """Whether one of the days looked at lies in the silence beyond what is allowed."""
    return any(last + ALLOWED < end < following for end in range(0, 1_000, 13))


def test_states_follow_the_last_win_back() -> None:
    states = {
        (): "lost", ("",): "winning", ("refused",): "failed", ("given_up", "agreed"): "promised",
        ("agreed", ""): "winning", ("agreed", "given_up"): "failed",
    }  # fmt: skip
    for results, wanted in states.items():
        assert rules.state(back=False, results=results) == wanted
        assert rules.state(back=True, results=results) == "back"


def test_neglect_is_told_only_where_it_is_known() -> None:
    cases = {(0, 0, True): True, (0, 0, False): None, (1, 0, True): False, (0, 1, False): False}
    for (before, since, known), wanted in cases.items():
        assert rules.neglected(before, since, known=known) is wanted
    assert rules.care_since(date(2026, 6, 30)) == date(2026, 4, 1)
