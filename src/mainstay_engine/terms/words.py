"""Terms of payment as people write them, in Chinese and English.

«30», «net 30», «账期30天» are days. «月结30天» and «30 days EOM» say both days and the month's end
but not which comes first: two readings (see ``model``). «EOM+30», «月末后30天», «30+EOM» say it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from mainstay_engine.terms.model import Start, Terms

MonthEnd = Literal["first", "last"]
"""Which reading: the month's end first, then the days; or the days first, the month's end last."""

_LARGEST = 999
"""Days beyond which a number is taken for something else."""


class UnreadableTerms(ValueError):
    """The words are no terms of payment that are known here."""


def parse_terms(text: str, month_end: MonthEnd = "first") -> Terms:
    """The terms that the words mean; ``month_end`` decides where they leave the order open.

    Raises ``UnreadableTerms``.
    """
    found = readings(text)
    if not found:
        raise UnreadableTerms(text)
    return found[0] if month_end == "first" else found[-1]


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[Terms, ...]:
    """None where the words cannot be read; one; or two: month's end first, then days first."""
    if _SEVERAL.search(text):
        return ()
    if match := _NOTATION.fullmatch(text.strip()):
        try:
            return _written(match)
        except ValueError:
            return ()
    plain = _plain(text)
    if not plain:
        return ()
    rest, frame = _without_frame(plain)
    try:
        found = _core(plain) or [frame(terms) for terms in _core(rest)]
    except ValueError:
        return ()
    return tuple(dict.fromkeys(found))


_SEVERAL = re.compile(r"\d\s*[,，、;；.．]\s*\d")
"""Several numbers in a row, as in «7、15天»: which one holds is not said."""


def _core(plain: str) -> tuple[Terms, ...]:
    for pattern, build in _CORES:
        if match := re.fullmatch(pattern, plain):
            numbers = [int(part) for part in match.groups() if part is not None]
            return build(*numbers) if all(number <= _LARGEST for number in numbers) else ()
    return ()


_NOTATION = re.compile(
    r"(?:from (?P<start>delivery|statement) )?"
    r"(?:(?P<days>\d{1,3})(?:\+|(?![\w+])))?(?:(?P<months>\d{1,3})M(?:\+|(?!\w)))?"
    r"(?P<eom>EOM(?:\+(?P<then>\d{1,3}))?)?"
    r"(?: cut-off (?P<cut>\d{1,2}))?(?: pay (?P<pay>\d{1,2}))?"
)
"""The notation that ``str(Terms)`` writes."""


def _written(match: re.Match[str]) -> tuple[Terms, ...]:
    said = match.groupdict()
    if said["days"] is None and said["months"] is None and said["eom"] is None:
        return ()
    number = {name: int(value) for name, value in said.items() if value and value.isdigit()}
    terms = Terms(
        days=number.get("days", 0),
        months=number.get("months", 0),
        month_end=said["eom"] is not None,
        then_days=number.get("then", 0),
        pay_day=number.get("pay"),
        cut_off=number.get("cut"),
        start=Start(said["start"] or "invoice"),
    )
    return (terms,)


def _plain(text: str) -> str:
    """Half-width, lower case, without blanks, brackets and points."""
    half = unicodedata.normalize("NFKC", text).casefold()
    half = re.sub(r"[\s()\[\]【】〔〕,，;；、。:：'\"“”]", "", half)
    return re.sub(r"[一二两三四五六七八九十]+(?=天|日|号|个?月|周)", _arabic, half)


_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
           "六": 6, "七": 7, "八": 8, "九": 9}  # fmt: skip


def _arabic(match: re.Match[str]) -> str:
    """«三十» → «30», «十五» → «15», «三» → «3»."""
    tens, ten, ones = match[0].rpartition("十")
    if not ten:
        return "".join(str(_DIGITS[one]) for one in ones)
    return str((_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0))


_CLOSE = "(?:截止|截单|截账|截数|关账|结账|对账)"
_PAY = "(?:前|付款|付|结算|支付)*"
_FROM = "(?:from|after)(?:the)?(?:date)?(?:of)?(?:the)?"

_FRAME: tuple[tuple[str, Callable[[Terms, int], Terms]], ...] = (
    (
        rf"(?:每月)?(\d{{1,2}})[日号]{_CLOSE}",
        lambda terms, day: replace(terms, cut_off=day),
    ),
    (
        rf"{_CLOSE}日?(?:每月)?(\d{{1,2}})[日号]",
        lambda terms, day: replace(terms, cut_off=day),
    ),
    (
        r"cut-?off(?:day)?(\d{1,2})(?:st|nd|rd|th)?",
        lambda terms, day: replace(terms, cut_off=day),
    ),
    (
        rf"(?:每月|于|on(?:the)?|pay(?:on)?(?:the)?)(\d{{1,2}})(?:[日号]|st|nd|rd|th)?{_PAY}",
        lambda terms, day: replace(terms, pay_day=day),
    ),
    (
        r"(?:自|从|按)?(?:货到|到货|收货|发货|交货|签收)(?:之?日)?(?:后|起)?(?!付款)",
        lambda terms, _: replace(terms, start=Start.DELIVERY),
    ),
    (
        r"(?:from|after)(?:the)?delivery(?:date)?",
        lambda terms, _: replace(terms, start=Start.DELIVERY),
    ),
    (
        r"(?:自|从|按)?对账单?(?:之?日)?(?:后|起)",
        lambda terms, _: replace(terms, start=Start.STATEMENT),
    ),
    (
        rf"{_FROM}statement(?:date)?",
        lambda terms, _: replace(terms, start=Start.STATEMENT),
    ),
    (
        rf"(?:自|从|按)?(?:票到|开票|发票|见票)(?:之?日)?(?:后|起)?(?!即付)|{_FROM}invoice(?:date)?",
        lambda terms, _: terms,
    ),
)
"""What may stand around the days: cut-off, day of payment, start event."""


def _without_frame(plain: str) -> tuple[str, Callable[[Terms], Terms]]:
    """The words without what stands around them, and what that says of the terms."""
    said: list[tuple[Callable[[Terms, int], Terms], int]] = []
    for pattern, apply in _FRAME:
        match = re.search(pattern, plain)
        if match:
            plain = plain[: match.start()] + plain[match.end() :]
            number = match[1] if match.re.groups and match[1] else "0"
            said.append((apply, int(number)))

    def frame(terms: Terms) -> Terms:
        for apply, number in said:
            terms = apply(terms, number)
        return _on_the_day(terms)

    return plain, frame


def _on_the_day(terms: Terms) -> Terms:
    """«Month's end, on the 31st» means the 31st after it, not the month's end itself."""
    if terms.month_end and terms.pay_day is not None and not terms.then_days:
        return replace(terms, then_days=1)
    return terms


_D = r"(?:天|日|d|days?)?(?:后|内)?(?:付款|付清)?"
_EOM = r"(?:eom|(?:the)?endof(?:the)?(?:invoice)?month|月末|月底)"


def _open(days: int) -> tuple[Terms, Terms]:
    return Terms(month_end=True, then_days=days), Terms(days=days, month_end=True)


_AT_ONCE = (
    "现结|现金|现付|现款(?:现货)?|款到发货|预付款?|预收|先款后货|付款|货到付款|见票即付|即期"
    "|立即(?:付款)?|cash|cod|cia|prepaid|prepayment|inadvance|paymentinadvance|dueonreceipt"
    "|uponreceipt|immediate(?:ly)?"
)
_NET = "(?:net|n/?|账期|信用期|信用)?"
_AFTER = "(?:后|起|plus|\\+)?"
_THEN = "(?:后的|后|\\+|then|to)"

_CORES: tuple[tuple[str, Callable[..., tuple[Terms, ...]]], ...] = (
    (_AT_ONCE, lambda: (Terms(),)),
    (r"", lambda: (Terms(),)),
    (rf"{_NET}(\d+){_D}", lambda days: (Terms(days),)),
    (rf"{_NET}(\d+)(?:周|weeks?)", lambda weeks: (Terms(7 * weeks),)),
    (rf"{_NET}(\d+)(?:个月|月|m|months?)", lambda months: (Terms(months=months),)),
    (rf"\d+(?:\.\d+)?%?/\d+{_D}(?:net|n)/?(\d+){_D}", lambda days: (Terms(days),)),
    (rf"当?月结|(?:当月|net)?{_EOM}", lambda: (Terms(month_end=True),)),
    (r"[次下]月(?:结|底|末)", lambda: (Terms(months=1, month_end=True),)),
    (r"隔月(?:结|底|末)", lambda: (Terms(months=2, month_end=True),)),
    (
        rf"[次下]月(\d+)[日号]{_PAY}",
        lambda day: (Terms(month_end=True, then_days=1, pay_day=day),),
    ),
    (
        rf"隔月(\d+)[日号]{_PAY}",
        lambda day: (Terms(months=1, month_end=True, then_days=1, pay_day=day),),
    ),
    (
        rf"(?:月结|{_EOM}\+?)(\d+)(?:个月|m|months?)|(\d+)(?:m|months?)(?:after|from){_EOM}",
        lambda months: (Terms(months=months, month_end=True),),
    ),
    (
        rf"(?:net)?{_EOM}{_AFTER}(\d+){_D}|(\d+){_D}(?:after|from|past){_EOM}|月结[后+](\d+){_D}",
        lambda days: (Terms(month_end=True, then_days=days),),
    ),
    (
        rf"(\d+){_D}{_THEN}?{_EOM}\+(\d+){_D}",
        lambda days, then: (Terms(days=days, month_end=True, then_days=then),),
    ),
    (rf"(\d+){_D}{_THEN}{_EOM}", lambda days: (Terms(days=days, month_end=True),)),
    (rf"月结(?:账期)?(\d+){_D}|(?:net)?(\d+){_D}(?:月结|{_EOM})", _open),
)
"""Words → terms, by the first pattern that covers them whole; the numbers are handed over."""
