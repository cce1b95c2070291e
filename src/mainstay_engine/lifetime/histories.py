"""Purchase histories: all that the models of buying need to know of a customer, in three numbers.

``repeats`` x: purchases after the first (several on one day are one); ``recency`` t: from the first
to the last; ``age`` T: from the first to the day asked about. Two customers with the same three
numbers have the same likelihood and the same outlook, so each distinct row is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Rows of (x, t, T), each with the number of customers it stands for.

    Times are in one unit of the caller's choice; 0 ≤ t ≤ T, and t = 0 where x = 0.
    """

    repeats: Ints
    recency: Floats
    age: Floats
    customers: Floats

    @classmethod
    def of(cls, repeats: Ints, recency: Floats, age: Floats) -> Histories:
        """One row per customer, as they come. ``ValueError`` where a row cannot be."""
        recency, age = np.asarray(recency, np.float64), np.asarray(age, np.float64)
        repeats = np.asarray(repeats, np.int64)
        wrong = (repeats < 0) | ~(recency >= 0) | ~(recency <= age) | ~np.isfinite(age)
        wrong |= (repeats == 0) & (recency > 0)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"row {at} is no history: x={repeats[at]}, t={recency[at]}, T={age[at]}"
            )
        return cls(repeats, recency, age, np.ones(len(repeats)))

    @classmethod
    def from_days(
        cls, repeats: Ints, recency: Ints, age: Ints, *, days: float = 7.0
    ) -> tuple[Histories, Ints]:
        """Distinct rows from whole days, in units of ``days``; and the row of each customer."""
        span = int(age.max(initial=0)) + 1
        packed = (repeats * span + recency) * span + age
        distinct, place, count = np.unique(packed, return_inverse=True, return_counts=True)
        rest, last = np.divmod(distinct, span)
        number, bought = np.divmod(rest, span)
        rows = cls.of(number, bought / days, last / days)
        return cls(rows.repeats, rows.recency, rows.age, count.astype(np.float64)), place

    def __len__(self) -> int:
        return len(self.repeats)

    @cached_property
    def total(self) -> float:
        """How many customers there are."""
        return float(self.customers.sum())

    @cached_property
    def mean_age(self) -> float:
        return float((self.customers * self.age).sum() / self.total)

    def every(self, step: int) -> Histories:
        """Each ``step``-th row: where rows are sorted, a sample that has some of every kind."""
        return self.at(slice(step // 2, None, step))

    def at(self, places: slice) -> Histories:
        return Histories(
            self.repeats[places], self.recency[places], self.age[places], self.customers[places]
        )
