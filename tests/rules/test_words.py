"""The tokens a customer is found by."""

from __future__ import annotations

import pytest

from mainstay.parties.words import LONGEST, tokens, wanted

NAME = "苏州恒晟精密机械"


def finds(query: str, codes: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> bool:
    known = tokens(codes, names, "91320500MA1X")
    asked = wanted(query)
    return bool(asked) and all(any(token.startswith(word) for token in known) for word in asked)


@pytest.mark.parametrize(
    "query",
    ["恒晟", "晟", "苏州恒", "精密机械", "恒晟 机械", "hengsheng", "suzhou", "szhs", "hsjm", "jmjx",
     "SuZhou", "jixie", "91320500", "91320500ma1x"],
)  # fmt: skip
def test_a_chinese_name_is_found_by_parts_pinyin_and_initials(query: str) -> None:
    assert finds(query, names=(NAME,))


@pytest.mark.parametrize("query", ["恒机", "shanghai", "zs", "上海", "", "###", "xyz 恒晟"])
def test_what_is_not_in_it_does_not_find_it(query: str) -> None:
    assert not finds(query, names=(NAME,))


@pytest.mark.parametrize("query", ["C-10317", "c10317", "10317", "317", "0317", "C-1"])
def test_a_code_is_found_by_its_ends_whatever_stands_between(query: str) -> None:
    assert finds(query, codes=("C-10317",))


def test_names_with_many_readings_follow_their_neighbours() -> None:
    assert finds("chongqing", names=("重庆长安",))
    assert finds("changan", names=("重庆长安",))


def test_accents_and_width_do_not_matter() -> None:
    assert finds("societe", names=("Société Générale",))
    assert finds("ａｂｃ", names=("ABC 贸易",))


def test_long_words_are_cut_alike_on_both_sides() -> None:
    assert finds("x" * 40, names=("x" * 50,))
    assert wanted("x" * 40) == ["x" * LONGEST]
