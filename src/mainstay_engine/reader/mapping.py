"""The user's map of columns, read and checked: every fault of it at once, none left to chance."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.reader.messages import fault
from mainstay_engine.tables import TABLES

OPTIONS = {
    "currency": ("a code such as CNY", "CNY 之类的代码"),
    "exponent": ("a whole number from 0 to 4", "0 到 4 的整数"),
    "dayfirst": ("true or false", "true 或 false"),
    "subtotals": ("true or false", "true 或 false"),
    "decimal": ("a comma or a point in quotes", "加引号的逗号或句点"),
    "sheet": ("the name of a sheet", "工作表名称"),
    "tax_rate": ("a rate such as 0.13", "0.13 之类的税率"),
    "month_end": ("first or last", "first 或 last"),
    "documents": (
        "sales, orders, deliveries or openings",
        "sales（销售）、orders（订单）、deliveries（发货单）或 openings（期初）",
    ),
}
"""What may stand under ``options``, and what its value must be."""


def load_mapping(mapping: Mapping[str, Any] | str | os.PathLike[str] | None) -> dict[str, Any]:
    """The mapping as a dict, read from YAML where it is a path.

    Raises ``BadInput`` with every fault: a file that is absent or no YAML, a table that is no list
    of «name: heading», a heading that is no text, an unknown option or an impossible value of one.
    """
    if mapping is None:
        return {}
    name = None if isinstance(mapping, Mapping) else os.fspath(mapping)
    given = mapping if isinstance(mapping, Mapping) else _read(mapping)
    if not isinstance(given, Mapping):
        raise BadInput([_no_map(name, None, given)])
    faults = list(_faults(given, name))
    if faults:
        raise BadInput(faults)
    return dict(given)


def _read(path: str | os.PathLike[str]) -> object:
    import yaml

    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8-sig")) or {}
    except FileNotFoundError:
        raise BadInput([fault("no_file", file=os.fspath(path))]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        why = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        raise BadInput([fault("no_yaml", file=os.fspath(path), why=why)]) from error


def _faults(mapping: Mapping[Any, Any], name: str | None) -> Iterator[Fault]:
    for key, value in mapping.items():
        if key == "options":
            yield from _option_faults(value, name, "options")
        elif key in TABLES:
            yield from _table_faults(str(key), value, name)
        else:
            yield from _heading_faults(str(key), value, name)


def _table_faults(table: str, columns: object, name: str | None) -> Iterator[Fault]:
    if columns is None:
        return
    if not isinstance(columns, Mapping):
        yield _no_map(name, table, columns)
        return
    for key, value in columns.items():
        if key == "options":
            yield from _option_faults(value, name, f"{table}.options")
        else:
            yield from _heading_faults(f"{table}.{key}", value, name)


def _heading_faults(place: str, heading: object, name: str | None) -> Iterator[Fault]:
    if isinstance(heading, Mapping | list | tuple | set):
        yield fault("no_heading_name", file=name, column=place, value=str(heading))


def _option_faults(options: object, name: str | None, place: str) -> Iterator[Fault]:
    if options is None:
        return
    if not isinstance(options, Mapping):
        yield _no_map(name, place, options)
        return
    for key, value in options.items():
        if key not in OPTIONS:
            names = ", ".join(OPTIONS)
            yield fault("unknown_option", file=name, column=f"{place}.{key}", names=names)
        elif value is not None and not fits(key, value):
            en, zh = OPTIONS[key]
            yield fault("bad_option", file=name, column=f"{place}.{key}",
                        value=str(value), en=en, zh=zh)  # fmt: skip


def fits(option: str, value: object) -> bool:
    """Whether the value is one that the option may have."""
    match option:
        case "dayfirst" | "subtotals":
            return isinstance(value, bool)
        case "exponent":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4
        case "currency":
            from mainstay_engine.reader.options import currency_code

            return re.fullmatch("[A-Z]{3}", currency_code(str(value))) is not None
        case "decimal":
            return value in (",", ".")
        case "month_end":
            return value in ("first", "last")
        case "documents":
            return value in ("sales", "orders", "deliveries", "openings")
        case "tax_rate":
            try:
                return 0 <= Decimal(str(value)) < 1
            except InvalidOperation:
                return False
    return isinstance(value, str | int)


def _no_map(name: str | None, place: str | None, value: object) -> Fault:
    return fault("no_map", file=name, column=place, value=str(value)[:40])
