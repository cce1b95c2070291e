"""Saved maps of columns: by the name of where files come from, offered when the same come again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from mainstay.exchange import rules
from mainstay.exchange.errors import BadMapping, BadSourceName, SourceNotFound
from mainstay.exchange.files import path_of
from mainstay.exchange.models import Source, Upload
from mainstay.exchange.permissions import IMPORT
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit

Headings = Mapping[str, Sequence[str]]
"""Per table: the headings of its file, as they stand there."""
NAME_LIMIT: int = Source._meta.get_field("name").max_length or 0
LARGEST = 1 << 16
"""Characters of a map in YAML that are read at all."""


def sources(user: User) -> list[Source]:
    """All saved maps, by name: they belong to the company, not to whoever saved them."""
    demand_company(user, IMPORT)
    return list(Source.objects.order_by("name"))


def source_named(name: str) -> Source:
    """The saved map of that name. Raises ``SourceNotFound``."""
    found = Source.objects.filter(name=name.strip()).first()
    if found is None:
        known = ", ".join(Source.objects.values_list("name", flat=True)) or "–"
        raise SourceNotFound(name=name, known=known)
    return found


def save_source(
    user: User | None, name: str, mapping: Mapping[str, Any], headings: Headings | None = None
) -> Source:
    """Keep a map of columns under a name, over what that name held; nothing where it is the same.

    Tables that ``mapping`` does not speak of keep the map they had; likewise ``headings``.
    Raises ``BadSourceName``, ``BadMapping`` with every fault.
    """
    kept_as = checked_name(name)
    faults = rules.check_map(mapping)
    if faults:
        raise BadMapping(faults)
    with transaction.atomic():
        source = Source.objects.select_for_update().filter(name=kept_as).first()
        is_new = source is None
        source = source or Source(name=kept_as)
        before = (dict(source.mapping), dict(source.headings))
        source.mapping = source.mapping | rules.by_table(mapping)
        source.headings = source.headings | {t: list(h) for t, h in (headings or {}).items()}
        if is_new or before != (source.mapping, source.headings):
            source.updated_by = user
            source.save()
            changed = sorted(t for t in source.mapping if source.mapping[t] != before[0].get(t))
            audit(user, "source.saved", f"source:{source.pk}", name=kept_as, changed=changed)
    return source


def forget_source(user: User, name: str) -> None:
    """Remove a saved map; imports made by it keep theirs. Raises ``SourceNotFound``."""
    demand_company(user, IMPORT)
    with transaction.atomic():
        source = source_named(name)
        audit(user, "source.forgotten", f"source:{source.pk}", name=source.name,
              mapping=source.mapping)  # fmt: skip
        source.delete()


def checked_name(name: str) -> str:
    """The name without blanks around it. Raises ``BadSourceName``."""
    bare = name.strip()
    if not bare or len(bare) > NAME_LIMIT or not bare.isprintable():
        raise BadSourceName(limit=NAME_LIMIT)
    return bare


def recognise(headings: Headings) -> Source | None:
    """The saved map whose last files had the same headings, whatever their order; newest first.

    ``headings``: of the files now brought. Tables that the source knows and that were not brought
    do not matter; each that was brought must agree.
    """
    wanted = {table: _as_set(given) for table, given in headings.items()}
    if not wanted:
        return None
    for source in Source.objects.order_by("-updated_at", "-pk"):
        kept = {table: _as_set(given) for table, given in source.headings.items()}
        if all(kept.get(table) == given for table, given in wanted.items()):
            return source
    return None


def table_of(headings: Sequence[str]) -> str | None:
    """The table that a file of these headings held before; ``None`` where none or several did."""
    wanted = _as_set(headings)
    held = {
        table
        for source in Source.objects.all()
        for table, given in source.headings.items()
        if wanted and _as_set(given) == wanted
    }
    return held.pop() if len(held) == 1 else None


def headings_of(upload: Upload, mapping: Mapping[str, Any] | None = None) -> dict[str, list[str]]:
    """The headings of the upload's files by table; a file that cannot be opened has none."""
    from mainstay_engine import BadInput

    found: dict[str, list[str]] = {}
    for file in upload.files.all():
        try:
            found[file.table] = rules.headings(path_of(file), file.table, mapping)
        except BadInput:  # the preview, which the same page shows, lists what is wrong with it
            continue
    return found


def to_yaml(source: Source) -> str:
    """The map as YAML, for another installation or ``mainstay grade --map``."""
    import yaml

    text: str = yaml.safe_dump(rules.in_order(source.mapping), allow_unicode=True, sort_keys=False)
    return f"# {source.name}\n{text}"


def from_yaml(text: str, name: str = "map.yaml") -> dict[str, Any]:
    """The map that a YAML file holds, in the form of ``mainstay grade --map``.

    Raises ``BadMapping`` with every fault; ``name`` is what they call the file.
    """
    from mainstay_engine import BadInput

    if len(text) > LARGEST or _repeats_itself(text):
        raise BadMapping([rules.oversized(name)])
    try:
        return rules.load_map(text, name)
    except BadInput as error:
        raise BadMapping(error.faults) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The same of a file of this machine."""
    return from_yaml(path.read_text(encoding="utf-8-sig"), path.name)


def _repeats_itself(text: str) -> bool:
    """Whether it uses YAML's aliases, by which few lines grow into gigabytes."""
    import yaml

    try:
        return any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))
    except yaml.YAMLError:
        return False


def _as_set(headings: Sequence[str]) -> frozenset[str]:
    return frozenset(heading.strip() for heading in headings if heading.strip())
