"""What the others did: the median of a group without each of its members in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def median_of_others(groups: Any, values: Floats, least: int) -> Floats:
    """For each value the median of the other values of its group.

    ``groups``: one number per value; ``values`` finite. NaN where there are fewer than ``least``
    others. One sort: without the value of rank k, rank j of the rest is j, from k on j + 1.
    """
    count = len(values)
    result = np.full(count, np.nan)
    if not count:
        return result
    groups = np.asarray(groups)
    order = np.lexsort((values, groups))
    by, sorted_values = groups[order], values[order]
    first = np.searchsorted(by, by, side="left")
    size = np.searchsorted(by, by, side="right") - first
    rank, others = np.arange(count) - first, size - 1
    enough = others >= max(least, 1)

    def of_rest(place: Any) -> Floats:
        shifted = first + place + (place >= rank)
        taken: Floats = sorted_values[np.where(enough, shifted, 0)]
        return taken

    middle = (of_rest((others - 1) // 2) + of_rest(others // 2)) / 2
    result[order] = np.where(enough, middle, np.nan)
    return result
