"""Texts of many customers at once, as Arrow columns: each distinct part is made once.

A ``Text`` is a column with one text per customer, or one text for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.schemes.figures import MINUS, Floats, Ints, currency_sign, percent

pc: Any = _compute
"""Arrow's compute functions are made at run time; their types cannot be checked."""
Texts: TypeAlias = "pa.Array[Any]"
Text: TypeAlias = "str | pa.Array[Any]"

_HUNDREDTHS = 10_000
"""Hundredths of a percent in the whole."""
_FAR = 1e10
"""Ratios beyond are told one by one: of a larger float the hundredths are not exact."""


def taken(texts: Texts, places: Ints) -> Texts:
    """The texts at those places."""
    index: Any = pa.array(places)
    return texts.take(index)


def as_column(text: Text, count: int) -> Texts:
    """One text per customer."""
    column: Texts = pa.repeat(pa.scalar(text), count) if isinstance(text, str) else text
    return column


def each_once(keys: npt.NDArray[Any], make: Callable[[Any], str]) -> Texts:
    """The text of each key; of equal keys it is made once."""
    distinct, places = np.unique(keys, return_inverse=True)
    made = pa.array([make(key) for key in distinct.tolist()], pa.string())
    return taken(made, places)


def by_kind(kinds: Ints, make: Callable[[int, Ints], Text]) -> Texts:
    """Texts made kind by kind: ``make`` takes a kind and the places where it stands."""
    found = np.unique(kinds).tolist()
    if len(found) == 1:
        return as_column(make(found[0], np.arange(len(kinds))), len(kinds))
    places = [np.flatnonzero(kinds == kind) for kind in found]
    texts = [
        as_column(make(kind, at), len(at)) for kind, at in zip(found, places, strict=True)
    ]  # fmt: skip
    back = np.empty(len(kinds), np.int64)
    back[np.concatenate([*places, np.zeros(0, np.int64)])] = np.arange(len(kinds))
    return taken(pa.concat_arrays([*texts, pa.array([], pa.string())]), back)


def replaced(texts: Texts, places: Ints, others: Text) -> Texts:
    """The texts, but ``others`` at those places, in their order."""
    mask = np.zeros(len(texts), bool)
    mask[places] = True
    found: Texts = pc.replace_with_mask(texts, pa.array(mask), as_column(others, len(places)))
    return found


def filled(template: str, names: dict[str, Text]) -> Text:
    """A template (``{figure}, rank {rank}``) with its names filled in."""
    pieces: list[Text] = []
    for said, name in _parsed(template):
        pieces += [said, names[name]] if name else [said]
    return joined(pieces)


def joined(pieces: Iterable[Text], between: str = "") -> Text:
    """The pieces one after another."""
    listed = list(pieces)
    if all(isinstance(piece, str) for piece in listed):
        return between.join(str(piece) for piece in listed)
    column: Texts = pc.binary_join_element_wise(*listed, between)
    return column


@lru_cache
def _parsed(template: str) -> list[tuple[str, str]]:
    """The words of a template, and the name that stands after each; none after the last."""
    return [(said, name or "") for said, name, _, _ in Formatter().parse(template)]


def money(minor: Ints, exponent: int, currency: str | None) -> Texts:
    """As ``words`` has amounts: «£1,234.50»."""
    sign = currency_sign(currency)
    whole, rest = np.divmod(np.abs(minor), 10**exponent)
    if exponent:
        one = f"{sign}{{:,}}.{{:0{exponent}d}}".format
        texts = pa.array(map(one, whole.tolist(), rest.tolist()), pa.string())
    else:
        texts = pa.array(map(f"{sign}{{:,}}".format, whole.tolist()), pa.string())
    below = pa.array(minor < 0)
    signed: Texts = pc.if_else(below, pc.binary_join_element_wise(MINUS, texts, ""), texts)
    return signed


def percents(ratios: Floats) -> Texts:
    """As ``percent`` has ratios: «94.99%», rounded down."""
    if len(ratios) and np.abs(ratios).max() > _FAR:
        return each_once(ratios, percent)
    floor = np.floor(ratios * _HUNDREDTHS)  # may be one off, as the product is rounded
    floor += (floor + 1) / _HUNDREDTHS <= ratios
    floor -= floor / _HUNDREDTHS > ratios
    return _hundredths(floor.astype(np.int64))


def shares(parts: npt.NDArray[Any], whole: int) -> Texts:
    """Parts of a whole as percent, exact whatever their size."""
    if float(whole) * _HUNDREDTHS >= 2**62:
        parts = parts.astype(object)
    return _hundredths((parts * _HUNDREDTHS // whole).astype(np.int64))


def _hundredths(count: Ints) -> Texts:
    return each_once(count, lambda one: percent(Decimal(one) / _HUNDREDTHS))
