"""Give memory back that is free but kept: between the steps of long work.

Allocators keep what was freed for later. Where one step needs much and the next something else, the
two would add up.
"""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa


def give_back() -> None:
    """Hand unused memory of Python, Arrow and (where it is glibc) the C library to the system."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
