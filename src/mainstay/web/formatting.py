"""Figures as people read them: money, shares, changes, dates; in English and in Chinese.

Input money is an integer in minor units; ratios are plain numbers (0.462 is 46.2 %). Nothing in
the input (``None``) becomes an en dash, «not applicable» is written ``n/a``. The minus is U+2212
and is joined to its figure, so that a line never breaks between them. Rounding is half to even, as
in the rest of the money arithmetic.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import get_language, gettext

from mainstay.foundation.calendar import fiscal_bounds

MINUS = "\u2212"
JOIN = "\u2060"
NOTHING = "–"
NOT_APPLICABLE = "n/a"
SIGNS = {
    "CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€", "JPY": "JP¥", "KRW": "₩", "HKD": "HK$",
    "TWD": "NT$", "INR": "₹", "SGD": "S$", "AUD": "A$", "CAD": "C$",
}  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def language() -> str:
    """``zh`` or ``en``: the language figures and engine texts are written in now."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def said(texts: dict[str, str] | str | None) -> str:
    """The engine's bilingual text in the reader's language; plain text as it is; '' for None."""
    if texts is None:
        return ""
    if isinstance(texts, str):
        return texts
    return texts.get(language()) or texts.get("en", "")


def mark(sign: str) -> str:
    """Punctuation between two parts of a line: full width in Chinese, with a space in English.

    ``.`` is what stands between two whole sentences: nothing in Chinese, a space in English.
    """
    if language() == "zh":
        return {":": "：", ";": "；", ",": "，", ".": ""}[sign]
    return " " if sign == "." else f"{sign} "


def not_shown() -> str:
    """What stands in place of what the reader may not see."""
    return gettext("··· not shown to you")


def dialled(number: str) -> str:
    """The digits of a telephone number, the first where a cell holds several, for a phone."""
    first = re.split(r"[/,;、，；|]", number)[0]
    return "".join(sign for sign in first if sign in "+0123456789")


def quoted(text: str) -> str:
    """A value as somebody wrote it, in the quotation marks of the reader's language."""
    return f"“{text}”" if language() == "zh" else f"«{text}»"


def currency_sign(currency: str | None) -> str:
    """``¥`` for CNY, ``£`` for GBP; an unknown code stands before the figure as itself."""
    if not currency:
        return ""
    return SIGNS.get(currency, f"{currency} ")


def currency_words(currency: str | None) -> str:
    """The currency where a line names it: its sign, or that the books do not tell it."""
    return currency_sign(currency).strip() or gettext("currency not given")


def in_currency(title: str, currency: str | None) -> str:
    """The head of a column of money in a file: ``Net sales, CNY``, ``净销售额（CNY）``."""
    if not currency:
        return title
    return f"{title}（{currency}）" if language() == "zh" else f"{title}, {currency}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _major(minor: int, exponent: int) -> Decimal:
    return Decimal(int(minor)).scaleb(-exponent)


def _negative(text: str) -> str:
    return f"{MINUS}{JOIN}{text}"


def _half_even(part: int, whole: int) -> int:
    """``part / whole``, neither below zero, rounded half to even."""
    quotient, rest = divmod(part, whole)
    twice = rest * 2
    return quotient + (twice > whole or (twice == whole and quotient % 2 == 1))


def _times(value: float | Decimal, factor: int) -> int:
    """``value × factor`` rounded half to even, the value being the decimal it is written as.

    Only a product that may be half of something needs decimal arithmetic to tell; a list rounds
    hundreds.
    """
    product = float(value) * factor
    nearest = round(product)
    if -1e9 < product < 1e9 and -0.499999 < product - nearest < 0.499999:
        return nearest
    return int(_rounded(Decimal(str(value)) * factor, 0))


def _grouped(units: int, places: int) -> str:
    """Units of so many decimals, none below zero, with thousands separators."""
    if not places:
        return f"{units:,}"
    whole, decimals = divmod(units, 10**places)
    return f"{whole:,}.{decimals:0{places}}"


# Steps of the short form: (from, divide by, decimals, unit). The first whose limit the rounded
# figure reaches is used, so 999,950 is ¥1.00M and never ¥1000K.
_STEPS = {
    "en": (
        (10**9, 10**9, 2, "B"),
        (10**8, 10**6, 1, "M"),
        (10**6, 10**6, 2, "M"),
        (10**4, 10**3, 0, "K"),
        (10**3, 10**3, 1, "K"),
    ),
    "zh": (
        (10**8, 10**8, 2, "亿"),
        (10**4, 10**4, 1, "万"),
    ),
}


def _short(minor: int, exponent: int, lang: str) -> str:
    """A non-negative amount in its short form, without sign or currency."""
    one = 10**exponent
    for limit, divisor, places, unit in _STEPS[lang]:
        if 2 * minor < limit * one:
            continue
        # Round at the finer precision first, so that the step is the one the reader will see.
        shown = _half_even(minor * 10**places, divisor * one)
        if shown * divisor >= limit * 10**places:
            return _grouped(shown, places) + unit
    return _grouped(_half_even(minor, one), 0)


def money(
    minor: int | None, currency: str | None = "CNY", exponent: int = 2, lang: str | None = None
) -> str:
    """Short money for lists and pictures: ``¥148K``, ``¥14.8万``; ``None`` is «–»."""
    if minor is None:
        return NOTHING
    minor = int(minor)
    text = currency_sign(currency) + _short(abs(minor), exponent, lang or language())
    return _negative(text) if minor < 0 else text


def money_exact(minor: int | None, currency: str | None = "CNY", exponent: int = 2) -> str:
    """Every digit, for documents and imports: ``¥14,336.28``."""
    if minor is None:
        return NOTHING
    value = _major(minor, exponent)
    text = f"{currency_sign(currency)}{abs(value):,.{exponent}f}"
    return _negative(text) if value < 0 else text


def money_change(
    minor: int | None, currency: str | None = "CNY", exponent: int = 2, lang: str | None = None
) -> str:
    """A difference, always signed: ``+¥150K``, ``−¥80K``, ``±¥0``."""
    if minor is None:
        return NOTHING
    if minor == 0:
        return f"±{currency_sign(currency)}0"
    text = money(minor, currency, exponent, lang)
    return text if minor < 0 else f"+{text}"


def percent(ratio: float | None, places: int = 0) -> str:
    """A ratio as a percentage: ``46%``, ``80.2%``; ``None`` is ``n/a``."""
    if ratio is None:
        return NOT_APPLICABLE
    units = _times(ratio, 10 ** (places + 2))
    text = f"{_grouped(abs(units), places)}%"
    return _negative(text) if units < 0 else text


def percent_change(ratio: float | None, places: int = 0) -> str:
    """A relative change, always signed: ``+12%``, ``−14%``, ``±0%``; ``None`` is ``n/a``."""
    if ratio is None:
        return NOT_APPLICABLE
    units = _times(ratio, 10 ** (places + 2))
    text = f"{_grouped(abs(units), places)}%"
    return _negative(text) if units < 0 else f"+{text}" if units else f"±{text}"


def points(value: float | None, lang: str | None = None, places: int = 1) -> str:
    """A difference of percentages, in points: ``−35.3 pt``, ``+5.2 点``."""
    if value is None:
        return NOT_APPLICABLE
    shown = _rounded(Decimal(str(value)), places)
    sign = _negative("") if shown < 0 else "+" if shown > 0 else "±"
    return f"{sign}{abs(shown)} {'点' if (lang or language()) == 'zh' else 'pt'}"


def number(value: float | Decimal | None, places: int = 0) -> str:
    """A plain figure with thousands separators: ``1,195``, ``−3.5``."""
    if value is None:
        return NOTHING
    units = _times(value, 10**places)
    text = _grouped(abs(units), places)
    return _negative(text) if units < 0 else text


def quantity(value: float | Decimal | None) -> str:
    """A quantity without trailing zeros: ``36``, ``2.5``."""
    if value is None:
        return NOTHING
    shown = _rounded(Decimal(str(value)), 4).normalize()
    places = max(0, -int(shown.as_tuple().exponent))
    return number(shown, places)


def day(value: dt.date | None, lang: str | None = None) -> str:
    """A date in a sentence: ``9 Jul 2026``, ``2026年7月9日``."""
    if value is None:
        return NOTHING
    if (lang or language()) == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month(value: dt.date, lang: str | None = None) -> str:
    """A month in a sentence: ``Jul 2026``, ``2026年7月``."""
    if (lang or language()) == "zh":
        return f"{value.year}年{value.month}月"
    return f"{MONTHS[value.month - 1]} {value.year}"


def month_name(number: int) -> str:
    """A month of any year: ``Apr``, ``4月``."""
    return f"{number}月" if language() == "zh" else MONTHS[number - 1]


def fiscal_name(year: int) -> str:
    """A fiscal year by the year in which it begins: ``FY2026``, ``2026财年``."""
    return f"{year}财年" if language() == "zh" else f"FY{year}"


def fiscal_year(year: int, first_month: int) -> str:
    """A fiscal year with its bounds: ``FY2026: 1 Apr 2026 – 31 Mar 2027``."""
    first, last = fiscal_bounds(year, first_month)
    return f"{fiscal_name(year)}{mark(':')}{day(first)} – {day(last)}"


def short_day(value: dt.date) -> str:
    """A day where the year is plain: ``2 Mar``, ``3/2``."""
    if language() == "zh":
        return f"{value.month}/{value.day}"
    return f"{value.day} {MONTHS[value.month - 1]}"


def weekday(value: dt.date) -> str:
    """The day of the week over a calendar: ``Mon``, ``一``."""
    return ("一二三四五六日" if language() == "zh" else WEEKDAYS)[value.weekday()]


def iso(value: dt.date | None) -> str:
    """A date in a table or file: ``2026-07-09``."""
    return NOTHING if value is None else f"{value:%Y-%m-%d}"


def moment(value: dt.datetime | None) -> str:
    """A moment in a table: ``2026-07-01 06:12``, in the zone the value already has."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M}"


def shares(parts: Sequence[int], places: int = 0) -> list[str]:
    """Parts of one whole as percentages that add up to 100 %, by largest remainder.

    Negative parts are not parts of a whole: the caller puts them apart. All zero gives ``n/a``.
    """
    whole = sum(parts)
    if whole <= 0:
        return [NOT_APPLICABLE] * len(parts)
    units = 100 * 10**places
    exact = [divmod(part * units, whole) for part in parts]
    given = [floor for floor, _ in exact]
    left = units - sum(given)
    for index in sorted(range(len(parts)), key=lambda i: -exact[i][1])[:left]:
        given[index] += 1
    return [f"{Decimal(g).scaleb(-places):.{places}f}%" for g in given]


MULTIPLES = {"silence_ratio", "return_concentration"}
"""Ratios read as «so many times», not as a part of a whole: ``0.5 ×``, never ``50.0%``."""


def exactly(value: float, unit: str, currency: str | None, exponent: int = 2) -> str:
    """A figure that must not be rounded: money to the minor unit, shares to four decimals of a
    percent, days to two.
    """
    if unit == "money":
        return money_exact(int(value), currency, exponent)
    if unit == "ratio":
        return f"{quantity(value * 100)}%"
    if unit == "days":
        return metric(round(value, 2), unit, currency)
    return quantity(round(value, 4))


def metric(
    value: float | str | dt.date | None, unit: str, currency: str | None, exponent: int = 2,
    name: str = "",
) -> str:  # fmt: skip
    """A metric's value by the unit the catalogue declares for it; dates may come as ISO text.

    ``name`` tells the ratios that are multiples from those that are shares.
    """
    if value is None:
        return NOT_APPLICABLE
    if isinstance(value, dt.date):
        return iso(value)
    if isinstance(value, str):
        return value
    if unit == "money":
        return money(int(value), currency, exponent)
    if name in MULTIPLES:
        return f"{number(float(value), 1)} ×"
    if unit == "ratio":
        return percent(float(value), 1)
    if unit == "days":
        days = number(value, 0 if float(value).is_integer() else 1)
        return f"{days} 天" if language() == "zh" else f"{days} d"
    if unit == "number":
        return quantity(round(float(value), 2))
    return number(value)
