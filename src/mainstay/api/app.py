"""The API as a whole: its nouns, its errors, its description (``openapi.json``)."""

from __future__ import annotations

from ninja import NinjaAPI

from mainstay.api import (
    contacts,
    customers,
    documents,
    efforts,
    errors,
    events,
    grades,
    imports,
    jobs,
    losses,
    moves,
    policies,
    portfolio,
    products,
    structure,
    uploads,
    users,
    webhooks,
    week,
    white,
)
from mainstay.api.auth import Token

ABOUT = (
    "Mainstay for programs. Amounts are integers in minor units of their currency. Lists come in "
    "keyset pages: pass `next` as `after`. Reads of one thing have an ETag. A token acts for its "
    "owner, with no more rights than its scopes; what lies outside is «not found»."
)

api = NinjaAPI(
    title="Mainstay",
    version="1",
    description=ABOUT,
    auth=Token(),
    docs_url=None,
    urls_namespace="api",
)
errors.handle(api)
api.add_router("/customers", contacts.router)  # before those that take any path for a code
api.add_router("/customers", efforts.router)
api.add_router("/customers", policies.customers)
api.add_router("/customers", white.customers)
api.add_router("/customers", losses.customers)
api.add_router("/customers", customers.router)
api.add_router("/documents", documents.router)
api.add_router("/orders", documents.orders)
api.add_router("/receipts", documents.receipts)
api.add_router("/products", products.router)
api.add_router("", grades.router)
api.add_router("/portfolio", portfolio.router)
api.add_router("/portfolio", white.router)
api.add_router("/portfolio", structure.router)
api.add_router("", moves.router)
api.add_router("", week.router)
api.add_router("/effort-rates", efforts.rates)
api.add_router("/losses", losses.router)
api.add_router("/policies", policies.router)
api.add_router("/events", events.router)
api.add_router("/imports", imports.router)
api.add_router("/uploads", uploads.router)
api.add_router("/jobs", jobs.router)
api.add_router("", users.router)
api.add_router("/webhooks", webhooks.router)
