"""Believable companies, seeded: the demo, the tests and the benches use them.

    from mainstay_engine.synth import demo
    company = demo()
    company.write("demo-files")
"""

from mainstay_engine.synth.company import Company, build, demo
from mainstay_engine.synth.scale import Profile

__all__ = ["Company", "Profile", "build", "demo"]
