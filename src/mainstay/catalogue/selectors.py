"""Nouns: products, and the category each gives to lines that name none."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from mainstay.catalogue.models import Product


def matching(q: str = "", *, uncategorised: bool = False) -> QuerySet[Product]:
    """Products whose code or name holds the text; only those without a category."""
    found = Product.objects.all()
    if q:
        found = found.filter(Q(code__icontains=q) | Q(name__icontains=q))
    return found.filter(category=None) if uncategorised else found


def categories_of(codes: Iterable[str] | None = None) -> dict[str, str]:
    """The category of each product that has one, by code; of these products, or of all."""
    found = Product.objects.exclude(category=None)
    if codes is not None:
        found = found.filter(code__in=list(codes))
    return dict(found.values_list("code", "category__name").iterator())
