"""Believable companies, seeded: the demo, the tests and the benches use them.

``demo().write("files")`` writes the demo company; ``stream_parquet`` any number of lines.
"""

from mainstay_engine.synth.company import Company, build, demo
from mainstay_engine.synth.scale import Profile
from mainstay_engine.synth.stream import stream_parquet

__all__ = ["Company", "Profile", "build", "demo", "stream_parquet"]
