"""Verbs: register products that lines name, file the cards of a product list, take both back.

What a product shows is what its cards say, laid over what lines say of it. Lines stand in the room
above, which hands over what they say: ``code, name, category`` of each item, null where nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

import pyarrow as pa
from django.db import connection, models

from mainstay.catalogue.models import Category, Product, ProductCard
from mainstay.foundation import bulk

CARD = {"item_name": "name", "category": "category", "unit": "unit"}
"""Column of the products' fact table → field of the card."""
CARD_LIMITS = {"item": 200, "item_name": 500, "category": 200, "unit": 40}
"""Characters that fit into a product, by column of the products' fact table."""
BELOW = " / "
"""Stands between a category and the one below it."""
_FIELDS = ("name", "category_id", "unit", "on_file")
_CHUNK = 500
"""Codes named in one statement."""

Said = Mapping[str, Mapping[str, str | None]]
"""By code: what is said of a product."""


def known() -> set[str]:
    """The codes of all products."""
    return set(Product.objects.values_list("code", flat=True).iterator())


def count_new(seen: pa.Table, cards: pa.Table | None, *, afresh: bool = False) -> int:
    """How many products lines and cards name that are not there yet; ``afresh``: none is."""
    named = set(seen["code"].to_pylist())
    if cards is not None:
        named |= set(cards["item"].to_pylist())
    return len(named if afresh else named - known())


def register(seen: pa.Table, heard: pa.Table) -> int:
    """Take over what the lines of an import say of products: the newest word goes before others.

    ``seen``: of all its lines; ``heard``: of those that are written. Lines that the books have
    already say something of new products alone, so that an undo finds nothing else of theirs.
    Call inside the switch. How many products are new.
    """
    there = known()
    new = {row["code"]: row for row in seen.to_pylist() if row["code"] not in there}
    said = new | {row["code"]: row for row in heard.to_pylist()}
    _add(list(new))
    _show(said, _cards(said), keep=True)
    return len(new)


def file_cards(cards: pa.Table, batch: int, before: Collection[str]) -> int:
    """Lay a product list over what is there, adding products it alone names; how many changed of
    those that were there ``before`` the import.

    Call inside the switch, after ``register``. ``take_back`` takes the same cards off again.
    """
    fields = {column: CARD[column] for column in cards.column_names if column in CARD}
    rows = {
        row["item"]: {field: row[column] or "" for column, field in fields.items()}
        for row in cards.to_pylist()
    }
    there = known()
    _add([code for code in rows if code not in there])
    ids = dict(Product.objects.values_list("code", "pk").iterator())
    codes = list(rows)
    bulk.insert(
        ProductCard,
        pa.table(
            {
                "product_id": pa.array([ids[code] for code in codes], pa.int64()),
                "batch": pa.array([batch] * len(codes), pa.int64()),
                "values": pa.array([json.dumps(rows[code]) for code in codes], pa.string()),
                "withdrawn": pa.array([False] * len(codes), pa.bool_()),
            }
        ),
    )
    changed = _show({code: {} for code in codes}, _cards(codes), keep=True)
    return len(changed & set(before))


def clear() -> None:
    """Remove every product, card and category. Only for the demo company, which leaves."""
    for rows in (ProductCard, Product, Category):
        rows._default_manager.all()._raw_delete("default")


def withdraw_cards(batch: int) -> list[str]:
    """Take the cards of an import off; the codes of their products, for ``restate``."""
    cards = ProductCard.objects.filter(batch=batch, withdrawn=False)
    codes = list(cards.values_list("product__code", flat=True))
    cards.update(withdrawn=True)
    return codes


def restate(codes: Collection[str], said: Said) -> int:
    """Show of these products what lines still say and cards in force; how many are gone.

    A product that no line (``said``) and no card names is gone, and categories left empty with it.
    """
    cards, there = _cards(codes), known()
    _add([code for code in said if code not in there])
    lost = [code for code in codes if code not in said and code not in cards]
    for chunk in _chunks(lost):
        gone = Product.objects.filter(code__in=chunk)
        ProductCard.objects.filter(product__in=gone.values("pk")).delete()
        gone.delete()
    _show({code: said.get(code, {}) for code in codes}, cards, keep=False)
    used = models.Exists(Product.objects.filter(category=models.OuterRef("pk")))
    below = models.Exists(Category.objects.filter(parent=models.OuterRef("pk")))
    while Category.objects.filter(~used, ~below).delete()[0]:
        pass  # a category above goes once those below it are gone
    return len(lost)


def _add(codes: list[str]) -> None:
    bulk.insert(Product, pa.table({"code": pa.array(codes, pa.string())}))


def _cards(codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """By code: the cards in force laid over each other, the newest last, without empty values."""
    wanted, laid = set(codes), dict[str, dict[str, str]]()
    rows = ProductCard.objects.filter(withdrawn=False).order_by("pk")
    for code, values in rows.values_list("product__code", "values").iterator(chunk_size=10_000):
        if code in wanted:
            laid.setdefault(code, {}).update(values)
    return laid


def _show(said: Said, cards: Mapping[str, Mapping[str, str]], *, keep: bool) -> set[str]:
    """Write what each product shows, where it differs; the codes of those that do.

    ``keep``: what nobody says stays.
    """
    categories = _categories(
        name for values in (*said.values(), *cards.values()) if (name := values.get("category"))
    )
    changed = []
    for chunk in _chunks(list(said)):
        for product in Product.objects.filter(code__in=chunk):
            lines, card = said[product.code], cards.get(product.code)
            shown = {field: (card or {}).get(field) or lines.get(field) or "" for field in
                     CARD.values()}  # fmt: skip
            before = tuple(getattr(product, field) for field in _FIELDS)
            if shown["name"] or not keep:
                product.name = shown["name"]
            if shown["category"] or not keep:
                product.category_id = categories.get(shown["category"])
            if shown["unit"] or not keep:
                product.unit = shown["unit"]
            product.on_file = card is not None
            if before != tuple(getattr(product, field) for field in _FIELDS):
                changed.append(product)
    quote = connection.ops.quote_name
    fields = ", ".join(f"{quote(field)} = %s" for field in _FIELDS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(Product._meta.db_table)} SET {fields} WHERE id = %s",  # noqa: S608  ours
            [[*(getattr(one, field) for field in _FIELDS), one.pk] for one in changed],
        )
    return {one.code for one in changed}


def _categories(names: Iterable[str]) -> dict[str, int]:
    """Ids by name, of these and of those above them; those that are not there yet are added."""
    wanted = {BELOW.join(name.split(BELOW)[:depth])
              for name in set(names) for depth in range(1, name.count(BELOW) + 2)}  # fmt: skip
    ids = dict(Category.objects.values_list("name", "pk"))
    for name in sorted(wanted - ids.keys(), key=lambda each: (each.count(BELOW), each)):
        above = ids.get(name.rpartition(BELOW)[0])
        ids[name] = Category.objects.create(name=name, parent_id=above).pk
    return ids


def _chunks(codes: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(codes), _CHUNK):
        yield codes[start : start + _CHUNK]
