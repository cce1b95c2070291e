"""Which facts the customer page leads with."""

from __future__ import annotations

import pytest

from mainstay.insights.rules import Standing, facts_now


def standing(**changes: object) -> Standing:
    place: dict[str, object] = {
        "scheme": "abc", "klass": "B", "ranked": True, "value": 700, "unit": "money",
        "next_class": "A", "least_above": 1000,
    }  # fmt: skip
    return Standing(**(place | changes))  # type: ignore[arg-type]


def codes(measured: dict[str, object], place: Standing | None = None) -> list[str]:
    return [fact.code for fact in facts_now(measured, place)]


def test_the_distance_to_the_next_class_is_what_its_least_customer_has_more() -> None:
    fact = facts_now({}, standing())[1]
    assert (fact.code, fact.facts["next_class"], fact.facts["amount"]) == ("next_class", "A", 300)


def test_the_best_class_has_no_next_one() -> None:
    assert codes({}, standing(klass="A", next_class=None))[1] == "top_class"


def test_whoever_is_not_ranked_has_no_distance() -> None:
    assert codes({}, standing(ranked=False, value=None))[1] == "not_ranked"


@pytest.mark.parametrize(
    ("days", "gap", "code", "tone"),
    [
        (30, 5.0, "in_rhythm", "good"),
        (31, 5.0, "silent", "bad"),
        (38, 19.0, "in_rhythm", "good"),
        (39, 19.0, "silent", "warn"),
        (77, 19.0, "silent", "bad"),
        (400, None, "in_rhythm", "good"),
        (None, 19.0, "never_bought", "plain"),
    ],
)
def test_silence_is_told_against_the_customers_own_rhythm(
    days: int | None, gap: float | None, code: str, tone: str
) -> None:
    fact = facts_now({"recency": days, "rhythm_gap": gap}, None)[-1]
    assert (fact.code, fact.tone) == (code, tone)


def test_what_is_owed_is_unknown_without_receivables() -> None:
    assert codes({})[0] == "no_receivables"
    assert codes({"open_balance": 10, "overdue_balance": 0})[0] == "nothing_overdue"
    owed = {
        "open_balance": 10, "overdue_balance": 4, "overdue_share": 0.4, "overdue_invoices": 3,
        "oldest_overdue_days": 41,
    }  # fmt: skip
    fact = facts_now(owed, None)[0]
    assert (fact.code, fact.tone, fact.facts["amount"]) == ("overdue", "bad", 4)
    assert (fact.facts["invoices"], fact.facts["days"]) == (3, 41)


@pytest.mark.parametrize(
    ("owed", "limit", "over"),
    [(1001, 1000, 1), (1000, 1000, None), (1001, None, None), (1001, 0, None), (None, 1000, None),
     (-5, 1000, None)],
)  # fmt: skip
def test_what_is_open_beyond_the_limit_comes_first(
    owed: int | None, limit: int | None, over: int | None
) -> None:
    found = facts_now({"open_balance": owed, "overdue_balance": 0}, standing(), limit)
    assert len(found) == 3
    assert (found[0].code == "over_limit") == (over is not None)
    if over is not None:
        assert (found[0].tone, found[0].facts["amount"], found[0].facts["limit"]) == (
            "bad", over, limit,
        )  # fmt: skip
        assert [fact.code for fact in found[1:]] == ["nothing_overdue", "never_bought"]
