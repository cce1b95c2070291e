"""The top of a smooth function of few variables, by BFGS with a backtracking line search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mainstay_engine.lifetime.histories import Floats

Slope = Callable[[Floats], tuple[float, Floats]]
"""Point → value there, and its gradient."""

LONGEST = 1.5
"""No step changes a variable (the logarithm of a parameter) by more than this."""
GAIN = 1e-13
"""The climb ends where the quadratic model promises no more than this share of the value."""
PATIENCE = 400


@dataclass(frozen=True)
class Top:
    """Where the climb ended: ``reached`` is false where it ran out of steps or could not rise."""

    point: Floats
    value: float
    gradient: Floats
    inverse: Floats
    """Approximate inverse of the negative Hessian: where the next climb may begin."""
    evaluations: int
    reached: bool


def climb(
    function: Slope, start: Floats, *, inverse: Floats | None = None, limit: float = np.inf
) -> Top:
    """Climb from ``start``; variables stay within ± ``limit``. One that would leave rests there,
    and the top is that of the others.
    """
    count = len(start)
    own = inverse if inverse is not None else np.eye(count)
    point = np.clip(start, -limit, limit)
    value, gradient = function(point)
    evaluations, fresh = 1, inverse is None
    while evaluations < PATIENCE:
        free = (np.abs(point) < limit) | (point * gradient < 0)
        uphill = np.where(free, gradient, 0.0)
        step = np.where(free, _product(_held(own, free), uphill), 0.0)
        rise = float((step * uphill).sum())
        if rise <= 2 * GAIN * (1.0 + abs(value)) and np.abs(uphill).max() < 1e-5:
            return Top(point, value, gradient, own, evaluations, True)
        step *= min(1.0, LONGEST / max(np.abs(step).max(), 1e-300))
        length, found, noise = 1.0, False, 1e-15 * (1.0 + abs(value))
        while length > 1e-10 and not found:
            there = np.clip(point + length * step, -limit, limit)
            new_value, new_gradient = function(there)
            evaluations += 1
            expected = 1e-4 * float(((there - point) * gradient).sum())
            found = bool(np.isfinite(new_value) and new_value >= value + expected - noise)
            length /= 3
        moved = there - point
        if not found or not moved.any():
            if fresh:  # not even along the gradient
                return Top(point, value, gradient, own, evaluations, False)
            own, fresh = np.eye(count), True
            continue
        own = _updated(own, moved, gradient - new_gradient, scale=fresh)
        point, value, gradient, fresh = there, new_value, new_gradient, False
    return Top(point, value, gradient, own, evaluations, False)


def _updated(own: Floats, moved: Floats, change: Floats, *, scale: bool) -> Floats:
    """The inverse after one more step. Source: Nocedal & Wright, Numerical Optimization, 6.17."""
    curve = float((moved * change).sum())
    if curve <= 1e-14 * float((moved * moved).sum()):
        return own  # no hill here to learn from
    if scale:
        own = np.eye(len(moved)) * curve / float((change * change).sum())
    left = np.eye(len(moved)) - np.outer(moved, change) / curve
    turned = (left[:, :, None] * own[None, :, :]).sum(axis=1)
    turned = (turned[:, None, :] * left[None, :, :]).sum(axis=2)
    result: Floats = turned + np.outer(moved, moved) / curve
    return result


def _held(own: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    """The inverse for the free variables while the others rest (a Schur complement)."""
    for k in np.flatnonzero(~free):
        own = own - np.outer(own[:, k], own[k, :]) / own[k, k]
    return own


def _product(matrix: Floats, vector: Floats) -> Floats:
    """Matrix × vector by plain sums: the same bits whatever the linear algebra library."""
    product: Floats = (matrix * vector).sum(axis=1)
    return product
