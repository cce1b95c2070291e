"""What accrues by days, against a count day by day; and what more given does to what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.policies import rules
from mainstay.policies.errors import BenefitNotValid, BenefitUnknown
from mainstay.policies.owing import Due
from mainstay.policies.rules import Span

END = date(2026, 6, 30)
DAYS = st.integers(-500, 60).map(lambda n: END + timedelta(days=n))
VALUES = st.integers(0, 50).map(lambda n: Fraction(n, 2))


@st.composite
def apart(draw: st.DrawFn) -> list[Span]:
    """Spans that do not overlap, in any order."""
    days = sorted(draw(st.lists(DAYS, min_size=2, max_size=8, unique=True)))
    found = [
        Span(since, until - timedelta(days=1), draw(VALUES))
        for since, until in zip(days[::2], days[1::2], strict=False)
    ]
    return draw(st.permutations(found))


def by_day(of_class: list[Span], own: list[Span], held: date | None) -> dict[date, Fraction]:
    """Day → what was owed on it, asked of every day of the year by itself."""
    found = {}
    for number in range(365):
        day = END - timedelta(days=number)
        stands = [one.value for one in own if one.since <= day <= one.until]
        owed = [one.value for one in of_class if one.since <= day <= one.until]
        if stands:
            found[day] = stands[0]
        elif owed and held is not None and day >= held:
            found[day] = owed[0]
    return found


@given(apart(), apart(), st.none() | DAYS)
def test_owed_is_the_sum_of_its_days(
    of_class: list[Span], own: list[Span], held: date | None
) -> None:
    found = rules.accrued(rules.spans(of_class, own, held, END))
    days = by_day(of_class, own, held)
    assert found.owed == sum(days.values(), Fraction(0)) / 365
    said = [day for day, value in days.items() if value] or list(days)
    assert found.since == min(said, default=None)


@given(apart(), st.none() | DAYS)
def test_nothing_is_owed_before_policy_class_and_year(
    of_class: list[Span], held: date | None
) -> None:
    found = rules.accrued(rules.spans(of_class, [], held, END))
    if found.since is None:
        assert found.owed == 0
        return
    assert held is not None
    assert found.since >= max(held, rules.year_before(END), min(one.since for one in of_class))
    assert found.owed <= max(one.value for one in of_class)


@given(st.fractions(0, 400), st.fractions(0, 400), st.fractions(0, 400))
def test_more_given_never_raises_what_is_missing(
    owed: Fraction, got: Fraction, more: Fraction
) -> None:
    def due(amount: Fraction) -> Due:
        of = rules.benefit("visit")
        return Due(of, "12", rules.TIMES, END, owed, amount, Fraction(0), None, "")

    before, after = due(got), due(got + more)
    assert after.missing <= before.missing and after.over >= before.over
    assert min(after.missing, after.over) == 0
    assert after.missing - after.over == owed - got - more


def test_suggested_terms_are_valid_for_their_schemes() -> None:
    from mainstay_engine.schemes.catalogue import sort_out

    presets = {one.name: {klass.id for klass in one.classes} for one in sort_out()[0]}
    assert set(rules.starts()) == {"abc", "composite", "stars"}
    for name, start in rules.starts().items():
        assert set(start.terms) <= presets[name]
        for own in start.terms.values():
            for benefit, value in own.items():
                assert rules.value_of(benefit, value) == value


@pytest.mark.parametrize(
    ("benefit", "text", "kept"),
    [("visit", "12.50", "12.5"), ("visit", "0.0", "0"), ("rebate", "1E-2", "0.01"),
     ("credit_period", "100", "100")],
)  # fmt: skip
def test_values_are_kept_plainly(benefit: str, text: str, kept: str) -> None:
    assert rules.value_of(benefit, text) == kept


def test_what_does_not_fit_is_refused() -> None:
    for benefit, text in (("visit", "367"), ("rebate", "1.01"), ("supply_priority", "0"),
                          ("visit", "0.00001"), ("visit", ""), ("visit", "Infinity")):  # fmt: skip
        with pytest.raises(BenefitNotValid):
            rules.value_of(benefit, text)
    with pytest.raises(BenefitUnknown):
        rules.benefit("cake")
