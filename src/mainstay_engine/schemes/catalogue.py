"""Finding and reading schemes: the presets in their folder, a file, or plain data."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from mainstay_engine.errors import BadScheme, UnknownName
from mainstay_engine.schemes.checks import bad_scheme, fault, parse_scheme
from mainstay_engine.schemes.model import Scheme

PRESETS = Path(__file__).resolve().parent.parent / "presets"
"""Folder of the schemes that come with Mainstay: one file each, found by looking."""

_SUFFIXES = (".yaml", ".yml", ".json")


def preset_names() -> list[str]:
    """Names of the presets, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def schemes() -> list[Scheme]:
    """Every preset, by mission row and name. Raises ``BadScheme`` when one does not hold."""
    found, broken = sort_out()
    if broken:
        raise broken[0]
    return found


def sort_out() -> tuple[list[Scheme], list[BadScheme]]:
    """The presets that hold, by mission row and name, and what is wrong with those that do not."""
    found: list[Scheme] = []
    broken: list[BadScheme] = []
    for name in preset_names():
        try:
            found.append(load_scheme(name))
        except BadScheme as error:
            broken.append(error)
    return sorted(found, key=lambda s: (s.row[:1], int(s.row[1:] or 0), s.name)), broken


def load_scheme(scheme: str | os.PathLike[str] | Mapping[str, Any] | Scheme) -> Scheme:
    """Read a scheme by preset name, from a YAML or JSON file, or from plain data.

    Raises ``UnknownName`` when there is no such preset or file, ``BadScheme`` with all faults when
    the definition does not hold together.
    """
    if isinstance(scheme, Scheme):
        return scheme
    if isinstance(scheme, Mapping):
        return parse_scheme(dict(scheme), source=str(scheme.get("name", "scheme")))
    given = Path(scheme)
    is_file = isinstance(scheme, os.PathLike) or given.suffix.lower() in _SUFFIXES
    path = given if is_file else PRESETS / f"{scheme}.yaml"
    if not is_file and os.fspath(scheme) not in preset_names():
        raise _no_preset(os.fspath(scheme))
    if not path.is_file():
        raise UnknownName(
            {"en": f"No scheme file «{given}».", "zh": f"没有方案文件“{given}”。"},
            {"en": "Check the path.", "zh": "请检查路径。"},
        )
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _parsed(path: Path, changed: int) -> Scheme:
    """The scheme of a file, read anew once it ``changed``."""
    del changed
    return parse_scheme(_read(path), source=path.name)


def _read(path: Path) -> object:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=loader)  # noqa: S506 (both are safe)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        words = " ".join(str(error).split())
        raise bad_scheme(
            path.name, [fault("", f"not readable as YAML: {words}", f"不是有效的 YAML：{words}")]
        ) from error


def _no_preset(name: str) -> UnknownName:
    names = preset_names()
    near = difflib.get_close_matches(name, names, n=1)
    hint = {"en": f"Did you mean «{near[0]}»? ", "zh": f"是否为“{near[0]}”？"} if near else None
    listed = ", ".join(names)
    return UnknownName(
        {"en": f"No scheme «{name}».", "zh": f"没有方案“{name}”。"},
        {
            "en": f"{hint['en'] if hint else ''}There are: {listed}; or give a .yaml file.",
            "zh": f"{hint['zh'] if hint else ''}现有：{listed}；也可给出 .yaml 文件。",
        },
    )
