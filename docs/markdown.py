"""Pages and tables in Markdown, and the words for types of a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

NOTE = "<!-- Written by `make docs`; change the code, not this page. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
        for row in lines
    )


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, *(part.strip() for part in parts if part)]) + "\n"


def schema_type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        part = value["$ref"].rsplit("/", 1)[-1]
        return f"[{part}](#{part.lower()})"
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    for key in ("anyOf", "oneOf"):
        if key in value:
            return " or ".join(dict.fromkeys(schema_type(item) for item in value[key]))
    if value.get("type") == "array":
        return f"list of {schema_type(value.get('items', {}))}"
    return str({"null": "nothing"}.get(value.get("type", ""), value.get("type", "any")))


def default(value: dict[str, Any]) -> str:
    given = value.get("default")
    return f"`{given}`" if given not in (None, "", [], ()) else ""
