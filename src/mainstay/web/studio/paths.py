"""Single parts of a definition by their path (``criteria.0.weight``): as people write them, and as
the definition holds them. Shares and ratios are written in percent.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from mainstay.insights.bridge import metric_catalogue
from mainstay.web.formatting import MULTIPLES

PREFIX = "d."
"""What stands before a path in the name of a form's field."""
LONGEST = 2_000
"""Characters of one field that are read."""
ZERO = Decimal(0)
_SHARES = {"score", "within", "enough", "margin", "nothing_at"}
_NUMBERS = _SHARES | {
    "weight", "from", "at", "at_least", "up_to", "value", "times", "runs", "target",
}  # fmt: skip
_WHOLE = re.compile(r"^(stability\.runs|(judged|classed)\.\d+\.levels\.\d+\.value)$")
_SCORED = re.compile(r"^(?P<of>.*criteria\.\d+)\.scoring\..*(from|at|target|at_least)$")
_COMPARED = re.compile(r"^(?P<of>.*when\.\d+)\.value$")
_CUT = re.compile(r"^(?P<cuts>.*cuts)\.steps\.\d+\.(at_least|up_to)(\.at_least)?$")
_FIRST = ("by", "metric", "of", "op", "direction", "hold")
"""What decides how the numbers beside it are read."""


def at(definition: Any, path: str) -> Any:
    """The part there; ``None`` where there is none."""
    place = definition
    for key in path.split("."):
        if isinstance(place, list) and key.isdigit() and int(key) < len(place):
            place = place[int(key)]
        elif isinstance(place, dict) and key in place:
            place = place[key]
        else:
            return None
    return place


def put(definition: dict[str, Any], path: str, value: Any) -> None:
    """Set a part; an empty text takes it away. One beyond the last of a list is added to it."""
    *above, last = path.split(".")
    place: Any = definition
    for key, following in zip(above, [*above, last][1:], strict=True):
        inside = at(place, key)
        if inside is None:
            if value == "" or (isinstance(place, list) and int(key) != len(place)):
                return
            inside = [] if following.isdigit() else {}
            if isinstance(place, list):
                place.append(inside)
            else:
                place[key] = inside
        elif not isinstance(inside, list | dict):
            inside = place[_key(place, key)] = {}
        place = inside
    if value == "" and isinstance(place, dict):
        place.pop(last, None)
    elif isinstance(place, dict) or (last.isdigit() and int(last) < len(place)):
        place[_key(place, last)] = value


def _key(place: Any, key: str) -> Any:
    return int(key) if isinstance(place, list) else key


def in_percent(definition: Any, path: str) -> bool:
    """Whether people write the number in percent."""
    last = path.rsplit(".", 1)[-1]
    if last in _SHARES:
        return True
    if found := _CUT.match(path):
        cuts = at(definition, found["cuts"]) or {}
        if cuts.get("by") in ("cumulative_share", "customer_share"):
            return True
        return _is_ratio(cuts.get("of", ""))
    if found := _SCORED.match(path) or _COMPARED.match(path):
        return _is_ratio((at(definition, found["of"]) or {}).get("metric", ""))
    return False


def unit(name: str) -> str:
    """The unit of a metric; empty for other figures."""
    return _units().get(name, "")


def _is_ratio(name: str) -> bool:
    return unit(name) == "ratio" and name not in MULTIPLES


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    return {metric.name: metric.unit for metric in metric_catalogue()}


def shown(definition: Any, path: str) -> str:
    """A part as people write it; empty where there is none."""
    value = at(definition, path)
    if value is None or isinstance(value, dict | list):
        return ""
    found = number(value) if path.rsplit(".", 1)[-1] in _NUMBERS else None
    if found is None:
        return str(value)
    return plain(found * 100 if in_percent(definition, path) else found)


def plain(number: Decimal) -> str:
    """Without exponent and trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(base: Mapping[str, Any], form: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The definition with what a form's fields say; what is no number stays as it was written, for
    the engine to refuse.
    """
    definition = copy.deepcopy(dict(base))
    given = [(name.removeprefix(PREFIX), text.strip()[:LONGEST])
             for name, text in form if name.startswith(PREFIX)]  # fmt: skip
    given.sort(key=lambda pair: pair[0].rsplit(".", 1)[-1] not in _FIRST)
    for path, text in given:
        guard, _, last = path.rpartition(".")
        if last == "hold":
            _hold(definition, guard, text)
        elif last == "held":
            put(definition, f"{guard}.{side(definition, guard)}", text)
        else:
            put(definition, path, _meant(definition, path, text))
    return definition


def side(definition: Any, guard: str) -> str:
    """Whether a guard holds ``at_best`` or ``at_worst`` a class."""
    return "at_worst" if "at_worst" in (at(definition, guard) or {}) else "at_best"


def _hold(definition: dict[str, Any], guard: str, chosen: str) -> None:
    place, now = at(definition, guard), side(definition, guard)
    if isinstance(place, dict) and now in place and chosen in ("at_best", "at_worst"):
        place[chosen] = place.pop(now)


def _meant(definition: Any, path: str, text: str) -> Any:
    if path.rsplit(".", 1)[-1] not in _NUMBERS or not text:
        return text
    found = number(text.replace(",", "").removesuffix("%").replace("\u2212", "-"))
    if found is None:
        return text
    if _WHOLE.match(path) and found == int(found):
        return int(found)
    return plain(found / 100 if in_percent(definition, path) else found)


def number(value: Any) -> Decimal | None:
    """A number as it is written; ``None`` where it is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
