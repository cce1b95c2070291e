"""Between Arrow and numpy: answers of queries aligned to the sorted customers, and back to columns.

Nothing here adds up or divides; it only moves exact integers from one shape to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.metrics.catalogue import Figure, Metric

pc: Any = _compute
"""Arrow's compute functions are made at run time; their types cannot be checked."""
Column = Any
"""An Arrow array or chunked array."""


def sorted_unique(parts: Sequence[Column]) -> Column:
    """Each customer once, in order: texts, or the numbers of a replay."""
    if all(pa.types.is_integer(part.type) for part in parts):
        return _sorted_numbers(parts)
    chunks = [chunk.cast(pa.string()) for part in parts for chunk in part.chunks]
    ids = pc.drop_null(pc.unique(pa.chunked_array(chunks, pa.string())))
    return ids.take(pc.sort_indices(ids))


def _sorted_numbers(parts: Sequence[Column]) -> Column:
    found = everybody([_filled(chunk, -1) for part in parts for chunk in part.chunks])
    return pa.array(found.astype(np.int32))


def everybody(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Numbers of any of the parts, each once, in order; −1 is nobody."""
    there = np.zeros(_beyond(*parts), bool)
    for some in parts:
        there[some[some >= 0]] = True
    return np.flatnonzero(there)


def placed(who: npt.NDArray[Any], among: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Where each number stands among others, each there once; −1 where it does not.

    A table of them says so; asking a hash of each is many times slower.
    """
    places = np.full(_beyond(who, among) + 1, -1)
    places[among] = np.arange(len(among))  # the last place is that of nobody, −1
    return np.asarray(places[who], np.int64)


def _beyond(*parts: npt.NDArray[Any]) -> int:
    """The least number that is larger than all, and none is below 0."""
    return max((int(some.max(initial=-1)) for some in parts), default=-1) + 1


def _filled(values: Column, empty: int) -> npt.NDArray[Any]:
    filled: npt.NDArray[Any] = pc.fill_null(values, empty).to_numpy(zero_copy_only=False)
    return filled


def looked_up(wanted: Column, keys: Column, values: Column) -> Column:
    at = pc.index_in(wanted, keys.combine_chunks())
    taken = values.combine_chunks().take(at)
    return taken.cast(pa.string())


def int64(values: Column) -> npt.NDArray[Any]:
    """int64 of integers, days since 1970 of dates, ten-thousandths of quantities; null → 0."""
    if pa.types.is_int64(values.type) and not values.null_count:
        whole: npt.NDArray[np.int64] = values.to_numpy(zero_copy_only=False)
        return whole
    if pa.types.is_decimal(values.type):
        # The low words of 128-bit decimals are the scaled integers, as long as they fit.
        values = values.cast(pa.decimal128(38, 4))
        words = np.frombuffer(values.buffers()[1], dtype=np.int64)
        low = words[2 * values.offset : 2 * (values.offset + len(values)) : 2]
        known = values.is_valid().to_numpy(zero_copy_only=False)
        return np.where(known, low, 0)
    if pa.types.is_date(values.type):
        values = values.cast(pa.int32())
    plain: npt.NDArray[np.int64] = (
        values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    )
    return plain


@dataclass(frozen=True)
class Places:
    """Where the rows of an answer stand among the customers; rows without a customer drop out."""

    known: npt.NDArray[Any]
    where: npt.NDArray[Any]

    @classmethod
    def of(cls, customers: Column, table: pa.Table) -> Places:
        if pa.types.is_integer(customers.type):
            ids = _filled(table["customer_id"].combine_chunks(), -1)
            where = placed(ids, customers.to_numpy())
            known = where >= 0
            return cls(known, where if known.all() else where[known])
        position = pc.index_in(table["customer_id"], customers).combine_chunks()
        known = position.is_valid().to_numpy(zero_copy_only=False)
        return cls(known, position.fill_null(0).to_numpy(zero_copy_only=False)[known])


def aligned(customers: Column, table: pa.Table, name: str, places: Places | None = None) -> Figure:
    """A column of the answer by position in ``customers``; customers without a row have 0."""
    places = places or Places.of(customers, table)
    known, where = places.known, places.where
    answer = table[name].combine_chunks()
    values = np.zeros(len(customers), dtype=np.int64)
    values[where] = int64(answer)[known]
    if not pa.types.is_date(answer.type):
        return Figure.of(values)
    there = np.zeros(len(customers), dtype=bool)
    there[where] = answer.is_valid().to_numpy(zero_copy_only=False)[known]
    return Figure(values, there)


def order_days(
    customers: Column, table: pa.Table, name: str
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    lists: Any = table[name].combine_chunks()
    places = Places.of(customers, table)
    owner = np.full(len(table), -1, dtype=np.int64)
    owner[places.known] = places.where
    who = np.repeat(owner, np.diff(lists.offsets.to_numpy()))
    day = pc.list_flatten(lists).cast(pa.int32()).to_numpy(zero_copy_only=False)
    packed = (who << 32) | (day.astype(np.int64) + _SHIFT)
    packed = packed[who >= 0]
    if not np.all(packed[1:] >= packed[:-1]):
        packed.sort()  # np.unique hashes, which is slower here
    packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))[: len(packed)]]
    return packed >> 32, (packed & 0xFFFFFFFF) - _SHIFT


_SHIFT = 1 << 30
"""Keeps day numbers before 1970 positive while they are packed beside the customer."""


def metric_column(metric: Metric, figure: Figure | None, length: int) -> Column:
    kind = pa.float64() if metric.float else pa.date32() if metric.unit == "date" else pa.int64()
    if figure is None:
        return pa.nulls(length, kind)
    column: Column
    if metric.float:
        column = pa.array(figure.values.astype(np.float64), mask=~figure.known)
    elif metric.unit == "date":
        column = pa.array(figure.values.astype(np.int32), mask=~figure.known)
    else:
        missing = None if figure.known.all() else ~figure.known
        column = pa.array(figure.values, pa.int64(), mask=missing)
    return column.cast(kind)
