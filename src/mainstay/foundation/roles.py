"""Roles as data: the shipped ones of ``roles.yaml``, and those a firm changed or made itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from mainstay.foundation.models import Role
from mainstay.kernel.errors import Words

FILE = Path(__file__).with_name("roles.yaml")


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """What a role may do, and how far."""

    name: str
    title: Words
    reach: str
    """own · territory · company"""
    rights: tuple[str, ...]
    shipped: bool
    """Rights and reach exactly as they came with the product."""
    second_step: bool = False
    """Whether its holders must have a second step at sign-in."""


@cache
def shipped() -> dict[str, RoleInfo]:
    """The roles that come with the product, in the order people read them."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        name: RoleInfo(
            name, {"en": role["en"], "zh": role["zh"]}, role["reach"],
            tuple(sorted(role["rights"])), shipped=True,
        )
        for name, role in data.items()
    }  # fmt: skip


def of(row: Role) -> RoleInfo:
    """What a stored role means today."""
    as_shipped = shipped().get(row.name)
    if row.rights is None:
        if as_shipped is None:  # a later product dropped it
            return RoleInfo(row.name, {"en": row.name, "zh": row.name}, Role.Reach.OWN, (), True)
        return replace(as_shipped, second_step=row.second_step)
    title = row.title or (as_shipped.title if as_shipped else {"en": row.name, "zh": row.name})
    return RoleInfo(
        row.name, title, row.reach, tuple(sorted(row.rights)), shipped=False,
        second_step=row.second_step,
    )  # fmt: skip


def known() -> dict[str, RoleInfo]:
    """Every role by name: the shipped ones as the firm has changed them, then its own."""
    stored = {row.name: of(row) for row in Role.objects.order_by("pk")}
    return {name: stored.get(name, role) for name, role in shipped().items()} | stored
