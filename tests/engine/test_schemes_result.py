"""The result: what it carries, how it is asked, what it refuses."""

from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
import pytest

import mainstay_engine as me
from mainstay_engine.rollups import State


@pytest.fixture
def result() -> me.Result:
    table = pa.table({
        "customer_id": ["C3", "C1", "C2", "C4"],
        "customer_name": ["丙", "甲", "乙", "丁"],
        "net_sales": [500, 9_000, 500, 0],
    })  # fmt: skip
    return me.grade(None, "abc", as_of="2024-12-31", window="90d", metrics=table)


def test_it_carries_all_that_led_to_it(result: me.Result) -> None:
    assert (result.scheme, result.version, result.engine_version) == ("abc", 1, me.__version__)
    assert (str(result.window.start), str(result.window.end)) == ("2024-10-03", "2024-12-31")
    parameters = result.parameters
    assert parameters["window"] == "90d"
    assert me.load_scheme(parameters["scheme"]) == result.definition
    json.dumps(result.to_dict(), ensure_ascii=False)


def test_rows_go_by_rank_then_code_with_the_unranked_last(result: me.Result) -> None:
    table = result.to_arrow().to_pydict()
    assert table["customer_id"] == ["C1", "C2", "C3", "C4"]
    assert table["rank"] == [1, 2, 2, None]
    assert table["cumulative_share"] == [0.9, 1.0, 1.0, None]
    assert result.reasons("zh")[0].startswith("净销售额 90.00，第 1 名（共 3 名）")
    assert table["reason"] == result.reasons("en")


def test_it_converts_to_pandas_and_polars(result: me.Result) -> None:
    assert list(result.to_pandas()["class"]) == ["A", "B", "B", "C"]
    assert result.to_polars()["customer_name"].to_list() == ["甲", "乙", "丙", "丁"]


def test_the_summary_lines_up_in_both_languages(result: me.Result) -> None:
    english = result.summary("en").splitlines()
    assert english[0] == "ABC classes · abc v1"
    assert english[1] == "As of 2024-12-31, window 90d: 2024-10-03 to 2024-12-31."
    assert len({len(line) for line in english[3:9] if line}) == 1
    assert "未排名：1 个客户" in result.summary("zh-hans")


def test_an_unknown_customer_is_refused(result: me.Result) -> None:
    with pytest.raises(me.UnknownName, match="No customer «C9»"):
        result.explain("C9")


def test_a_table_of_metrics_needs_its_date() -> None:
    table = pa.table({"customer_id": ["C1"], "net_sales": [1]})
    with pytest.raises(me.EngineError, match="needs its as-of date"):
        me.grade(None, "abc", metrics=table)
    with pytest.raises(me.UnknownName, match="is not a date"):
        me.grade(None, "abc", as_of="31.12.2024", metrics=table)


def test_buyers_alone_can_be_the_population() -> None:
    definition = me.load_scheme("abc").definition() | {"population": "buyers"}
    table = pa.table({
        "customer_id": ["C1", "C2"], "net_sales": [1, 0],
        "first_purchase": pa.array([20_000, None], pa.int32()).cast(pa.date32()),
    })  # fmt: skip
    result = me.grade(None, definition, as_of="2024-12-31", metrics=table)
    assert result.to_arrow()["customer_id"].to_pylist() == ["C1"]


def test_what_became_known_later_is_not_seen() -> None:
    day = date(2024, 3, 1)
    lines = pa.table({
        "doc_no": ["D1", "D2"], "kind": ["invoice", "invoice"], "customer_id": ["C1", "C2"],
        "doc_date": [day, day], "net": [100, 900], "known_since": [day, date(2024, 5, 1)],
    })  # fmt: skip
    facts = me.facts_from_tables(lines)
    then = me.grade(facts, "abc", as_of="2024-03-31", known_as_of="2024-03-31")
    assert then.to_arrow()["customer_id"].to_pylist() == ["C1"]
    assert then.parameters["known_as_of"] == "2024-03-31"
    now = me.grade(facts, "abc", as_of="2024-03-31")
    assert now.to_arrow()["class"].to_pylist() == ["A", "B"]


def test_a_document_not_yet_known_does_not_set_the_day() -> None:
    lines = pa.table({
        "doc_no": ["D1", "D2"], "kind": ["invoice", "invoice"], "customer_id": ["C1", "C2"],
        "doc_date": [date(2024, 2, 1), date(2024, 3, 1)], "net": [100, 900],
        "known_since": [date(2024, 2, 1), date(2024, 5, 1)],
    })  # fmt: skip
    facts = me.facts_from_tables(lines)
    state = State.build(facts)
    for known, day in [("2024-04-01", date(2024, 2, 1)), ("2024-05-01", date(2024, 3, 1))]:
        assert me.grade(facts, known_as_of=known).as_of == day
        assert me.grade(None, known_as_of=known, state=state).as_of == day
    with pytest.raises(me.NoData, match="known by 2024-01-01"):
        me.grade(facts, known_as_of="2024-01-01")


def test_who_becomes_a_customer_later_is_not_graded_before() -> None:
    lines = pa.table({
        "doc_no": ["D1"], "kind": ["invoice"], "customer_id": ["C1"],
        "doc_date": [date(2024, 2, 1)], "net": [100],
    })  # fmt: skip
    customers = pa.table(
        {
            "customer_id": ["C1", "C2", "C3"],
            "since": pa.array([date(2025, 1, 1), date(2024, 6, 1), None], pa.date32()),
        }
    )
    facts = me.facts_from_tables(lines, customers=customers)
    for feed in ({"facts": facts}, {"state": State.build(facts)}):
        early = me.grade(**feed, as_of="2024-05-31").to_arrow()["customer_id"].to_pylist()
        assert early == ["C1", "C3"], "C1 is seen in its line; C3 has no date"
        assert len(me.grade(**feed, as_of="2024-06-01")) == 3


def test_shares_of_value_are_those_the_cuts_count() -> None:
    table = pa.table({
        "customer_id": ["C1", "C2", "C3"], "customer_name": pa.nulls(3, pa.string()),
        "net_sales": [8_000, 2_000, -5_000],
    })  # fmt: skip
    result = me.grade(None, "abc", as_of="2024-12-31", metrics=table)
    assert [count["value"] for count in result.counts()] == [8_000, 2_000, -5_000]
    assert [count["value_share"] for count in result.counts()] == [0.8, 0.2, None]
    assert "of what the ranked customers bring together: 100.00" in result.summary()


def test_a_day_before_everything_says_that_there_is_nobody() -> None:
    lines = pa.table({
        "doc_no": ["D1"], "kind": ["invoice"], "customer_id": ["C1"],
        "doc_date": [date(2024, 2, 1)], "net": [100],
    })  # fmt: skip
    result = me.grade(me.facts_from_tables(lines), as_of="2024-01-31")
    assert "no customer is known by 2024-01-31" in result.summary()
    assert "截至 2024-01-31 还没有任何客户" in result.summary("zh")


@pytest.mark.parametrize("odd", [{"window": 12}, {"as_of": 2024}, {"known_as_of": 3.5}])
def test_a_window_or_day_of_the_wrong_kind_is_refused(odd: dict[str, object]) -> None:
    table = pa.table({"customer_id": ["C1"], "customer_name": ["a"], "net_sales": [1]})
    with pytest.raises(me.UnknownName):
        me.grade(None, "abc", **({"as_of": "2024-12-31", "metrics": table} | odd))  # type: ignore[arg-type]
