"""The path up: what would lift a customer to a better class, solved from the scheme itself."""

from mainstay_engine.path.everybody import single_changes
from mainstay_engine.path.levers import needed
from mainstay_engine.path.paths import Change, Path, Paths, find_paths, graded_by, paths_of
from mainstay_engine.path.rhythm import MONTHLY, Rhythm
from mainstay_engine.path.words import told

__all__ = [
    "MONTHLY", "Change", "Path", "Paths", "Rhythm", "find_paths", "graded_by", "needed", "paths_of",
    "single_changes", "told",
]  # fmt: skip
