"""Numbers and dates against the table «Numbers and dates» of the design."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils.translation import override

from mainstay.web import formatting as f
from mainstay.web import translations
from mainstay.web.help import glossary
from mainstay_engine import list_schemes
from mainstay_engine.schemes import figures as engine

JOIN = "\u2060"


@pytest.mark.parametrize(
    ("yuan", "english", "chinese"),
    [
        (700, "¥700", "¥700"),
        (4_600, "¥4.6K", "¥4,600"),
        (148_000, "¥148K", "¥14.8万"),
        (2_734_000, "¥2.73M", "¥273.4万"),
        (186_400_000, "¥186.4M", "¥1.86亿"),
        (14_980_000, "¥14.98M", "¥1,498.0万"),
        (0, "¥0", "¥0"),
        (999_960, "¥1.00M", "¥100.0万"),
        (99_999_900, "¥100.0M", "¥1.00亿"),
        (9_999, "¥10K", "¥1.0万"),
        (-226_000, f"−{JOIN}¥226K", f"−{JOIN}¥22.6万"),
    ],
)
def test_short_money_follows_the_table(yuan: int, english: str, chinese: str) -> None:
    assert f.money(yuan * 100, "CNY", 2, "en") == english
    assert f.money(yuan * 100, "CNY", 2, "zh") == chinese


def test_exact_money_keeps_every_digit_and_the_currency_s_own_exponent() -> None:
    assert f.money_exact(1_433_628) == "¥14,336.28"
    assert f.money_exact(-1_433_628) == f"−{JOIN}¥14,336.28"
    assert f.money_exact(974_774_793, "GBP") == "£9,747,747.93"
    assert f.money_exact(1_500, "JPY", 0) == "JP¥1,500"
    assert f.money_exact(5, "CHF") == "CHF 0.05"


@pytest.mark.parametrize(
    ("yuan", "english", "chinese"),
    [
        (150_000, "+¥150K", "+¥15.0万"),
        (-80_000, f"−{JOIN}¥80K", f"−{JOIN}¥8.0万"),
        (0, "±¥0", "±¥0"),
    ],
)
def test_changes_are_always_signed(yuan: int, english: str, chinese: str) -> None:
    assert f.money_change(yuan * 100, "CNY", 2, "en") == english
    assert f.money_change(yuan * 100, "CNY", 2, "zh") == chinese


def test_percentages_points_and_what_is_missing() -> None:
    assert f.percent(0.46) == "46%"
    assert f.percent(0.802, 1) == "80.2%"
    assert f.percent(-0.05) == f"−{JOIN}5%"
    assert f.percent_change(0.118, 1) == "+11.8%"
    assert f.percent_change(-0.14) == f"−{JOIN}14%"
    assert f.percent_change(0.0001) == "±0%"
    assert f.points(-35.3, "en") == f"−{JOIN}35.3 pt"
    assert f.points(-35.3, "zh") == f"−{JOIN}35.3 点"
    assert f.percent(None) == "n/a"
    assert f.money(None) == "–"


def test_a_multiple_is_no_share() -> None:
    assert f.metric(0.5, "ratio", "CNY", name="silence_ratio") == "0.5 ×"
    assert f.metric(0.5, "ratio", "CNY", name="margin") == "50.0%"


def test_a_missing_currency_is_said() -> None:
    with override("en"):
        assert f.currency_words("CNY") == "¥"
        assert f.currency_words("") == "currency not given"
        assert f.in_currency("Net sales", "CNY") == "Net sales, CNY"
        assert f.in_currency("Net sales", "") == "Net sales"
    with override("zh-hans"):
        assert f.currency_words("") == "币种未注明"
        assert f.in_currency("净销售额", "CNY") == "净销售额（CNY）"


def test_dates_by_language_and_place() -> None:
    ninth = dt.date(2026, 7, 9)
    assert f.day(ninth, "en") == "9 Jul 2026"
    assert f.day(ninth, "zh") == "2026年7月9日"
    assert f.month(ninth, "en") == "Jul 2026"
    assert f.month(ninth, "zh") == "2026年7月"
    assert f.iso(ninth) == "2026-07-09"


def test_parts_of_a_whole_add_up() -> None:
    assert f.shares([1, 1, 1]) == ["34%", "33%", "33%"]
    assert f.shares([802, 148, 50], 1) == ["80.2%", "14.8%", "5.0%"]
    assert f.shares([0, 0]) == ["n/a", "n/a"]


def test_rounding_is_half_to_even() -> None:
    assert f.percent(0.125) == "12%"
    assert f.percent(0.135) == "14%"


def test_quantities_drop_trailing_zeros() -> None:
    assert f.quantity(36.0) == "36"
    assert f.quantity(2.5) == "2.5"
    assert f.quantity(1200) == "1,200"


@pytest.mark.parametrize("currency", [*f.SIGNS, "CHF", None])
def test_reasons_write_money_and_shares_as_pages_do(currency: str | None) -> None:
    """One rule: sign, then figure; no space before the per cent sign; a minus that is one."""
    assert engine.SIGNS == f.SIGNS
    for minor in (0, 5, 1_739_295_429, -1_433_628):
        said = engine.words(minor, "money", "en", exponent=2, currency=currency)
        assert said == f.money_exact(minor, currency).replace(JOIN, "")
    for share in (0.8, 0.802, -0.053, 1.0):
        said = engine.percent(share)
        assert said == f.percent(share, 1).replace(JOIN, "").replace(".0%", "%")


def test_no_text_for_people_parts_a_figure_from_its_per_cent_sign() -> None:
    parted = re.compile(r"[0-9)}] %(?![(a-z])")
    said = [str(message.string) for message in translations.load("zh_Hans") if message.id]
    told = [text for scheme in list_schemes() for text in texts_of(scheme.definition())]
    assert told
    helped = [str(term.means) for term in glossary.terms().values()]
    assert [text for text in (*said, *told, *helped) if parted.search(text)] == []


def texts_of(definition: object) -> list[str]:
    """Every text for people in a scheme, in both languages."""
    if isinstance(definition, dict):
        if definition.keys() == {"en", "zh"}:
            return [str(text) for text in definition.values()]
        return [text for part in definition.values() for text in texts_of(part)]
    if isinstance(definition, list):
        return [text for part in definition for text in texts_of(part)]
    return []
