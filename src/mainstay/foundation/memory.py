"""What becomes of memory: given back between the steps of long work, left alone in a server.

Allocators keep what was freed for later. Where one step needs much and the next something else, the
two would add up.
"""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa
from django.urls import get_resolver


def settle() -> None:
    """Leave what is loaded out of Python's searches for garbage: it stays as long as the process.

    A full search through all of it takes a tenth of a second, every few hundred requests.
    """
    get_resolver().url_patterns  # noqa: B018  loads the views, and with them all the rest
    gc.freeze()


def give_back() -> None:
    """Hand unused memory of Python, Arrow and (where it is glibc) the C library to the system."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
