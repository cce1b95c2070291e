"""What current lines say of products, once an import is taken back."""

from __future__ import annotations

from django.db.models import Exists, Max, OuterRef, QuerySet

from mainstay.catalogue import services as catalogue
from mainstay.ledger.models import Document, DocumentLine, ImportBatch


def restate(batch: ImportBatch) -> int:
    """Let products show what the lines in force and the lists in force say; how many are gone.

    The batch is taken back already. Concerned are the items of its lines, of the documents that
    came back for them, and of its product list.
    """
    own = DocumentLine.objects.filter(document__batch=batch)
    same_key = Document.objects.filter(batch=batch, key=OuterRef("key"))
    back = DocumentLine.objects.filter(
        document__in=Document.objects.visible().filter(Exists(same_key)).values("pk")
    )
    codes = {*catalogue.withdraw_cards(batch.pk), *_items(own), *_items(back)}
    said: dict[str, dict[str, str | None]] = {}
    names = (
        DocumentLine.objects.filter(document__current=True, item__gt="")
        .values_list("item", "item_name", "category")
        .annotate(last=Max("pk"))
        .order_by("last")
    )
    for item, name, category, _last in names.iterator():
        if item in codes:
            known = said.setdefault(item, {})
            known |= {k: v for k, v in (("name", name), ("category", category)) if v}
    return catalogue.restate(codes, said)


def _items(lines: QuerySet[DocumentLine]) -> set[str]:
    return set(lines.filter(item__gt="").values_list("item", flat=True).distinct())
