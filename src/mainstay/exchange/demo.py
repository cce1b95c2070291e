"""The demo company gives way: its books and grades go when a firm's own data come in."""

from __future__ import annotations

from django.db import transaction

from mainstay.exchange.models import Upload
from mainstay.foundation.services import audit
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger


def remove() -> None:
    """Clear books and grades of the demo company before a firm's own data come in."""
    with transaction.atomic():
        if not ledger.holds_demo():
            return
        insights.forget_everything()
        Upload.objects.filter(is_demo=True).delete()
        ledger.clear()
        audit(None, "demo.removed", "books:demo")
