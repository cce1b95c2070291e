"""Schemes: classifications of customers as data, and the one engine that runs them all."""

from mainstay_engine.schemes.catalogue import load_scheme, preset_names, schemes
from mainstay_engine.schemes.explain import Explanation
from mainstay_engine.schemes.grading import grade
from mainstay_engine.schemes.keeping import Kept, Reasons, keep
from mainstay_engine.schemes.model import Scheme, scheme_json_schema
from mainstay_engine.schemes.result import Result

__all__ = [
    "Explanation", "Kept", "Reasons", "Result", "Scheme", "grade", "keep", "load_scheme",
    "preset_names", "scheme_json_schema", "schemes",
]  # fmt: skip
