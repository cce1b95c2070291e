"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from mainstay.web.views import (
    account,
    customer,
    customers,
    data,
    identity,
    imports,
    ledger,
    people,
    portfolio,
    products,
    quality,
    rates,
    start,
    terms,
    wizard,
)

urlpatterns = [
    path("", account.home, name="home"),
    path("sign-in", account.sign_in, name="sign-in"),
    path("sign-out", account.sign_out, name="sign-out"),
    path("password", account.change_password, name="change-password"),
    path("preferences", account.set_preferences, name="set-preferences"),
    path("me", account.me, name="me"),
    path("start", start.start, name="start"),
    path("start/demo", start.demo, name="demo"),
    path("portfolio", portfolio.portfolio, name="portfolio"),
    path("portfolio/<str:figure>.csv", portfolio.portfolio_data, name="portfolio-data"),
    path("customers", customers.customers, name="customers"),
    path("customers.xlsx", customers.customers_export, {"kind": "xlsx"}, name="customers-excel"),
    path("customers.csv", customers.customers_export, {"kind": "csv"}, name="customers-csv"),
    path("customers/<path:code>/money", ledger.money, name="money"),
    path("customers/<path:code>/grades.csv", customer.customer_grades, name="customer-grades"),
    path("customers/<path:code>/documents", ledger.documents, name="documents"),
    path("customers/<path:code>/receipts", ledger.receipts, name="receipts"),
    path("customers/<path:code>/orders", ledger.orders, name="orders"),
    path("customers/<path:code>/deliveries", ledger.deliveries, name="deliveries"),
    path("customers/<path:code>/months.csv", customer.customer_months, name="customer-months"),
    path("customers/<path:code>/same", identity.same, name="same-customer"),
    path("merges/<int:pk>/split", identity.split, name="split-customer"),
    path("customers/<path:code>/keepers", people.keepers, name="keepers"),
    path("customers/<path:code>", customer.customer, name="customer"),
    path("documents/<int:pk>", ledger.document, name="document"),
    path("settings/people", people.people, name="people"),
    path("settings/people/<int:pk>", people.person, name="person"),
    path("settings/roles", people.roles, name="roles"),
    path("settings/roles/<slug:name>", people.role, name="role"),
    path("settings/territories", people.territories, name="territories"),
    path("terms", terms.terms, name="terms"),
    path("data", data.overview, name="data"),
    path("data/imports.xlsx", imports.batches_export, {"kind": "xlsx"}, name="imports-excel"),
    path("data/imports.csv", imports.batches_export, {"kind": "csv"}, name="imports-csv"),
    path("data/imports/<int:pk>", imports.batch, name="batch"),
    path(
        "data/imports/<int:pk>/documents/<slug:change>",
        imports.batch_documents,
        name="batch-documents",
    ),
    path("data/imports/<int:pk>/take-back", imports.take_back, name="take-back"),
    path("data/products", products.products, name="products"),
    path("data/quality", quality.quality, name="quality"),
    path("data/quality/<slug:what>", quality.rows, name="quality-rows"),
    path("data/rates", rates.rates, name="rates"),
    path("data/check", quality.check_now, name="check-books"),
    path("data/upload", wizard.upload, name="upload"),
    path("data/uploads/<uuid:upload_id>", wizard.check, name="check"),
    path("data/uploads/<uuid:upload_id>/columns", wizard.use_map, name="use-map"),
    path("data/uploads/<uuid:upload_id>/columns.yaml", wizard.map_file, name="map-file"),
    path("data/uploads/<uuid:upload_id>/dry-run", wizard.dry, name="dry-run"),
    path("data/uploads/<uuid:upload_id>/apply", wizard.apply, name="apply"),
    path("data/uploads/<uuid:upload_id>/faults.xlsx", wizard.faults, name="faults"),
    path("data/uploads/<uuid:upload_id>/rejects", wizard.rejects, name="rejects"),
    path("data/grade", data.grade_again, name="grade-again"),
    path("data/jobs/<uuid:job_id>", data.job, name="job"),
    path("data/jobs/<uuid:job_id>/cancel", data.cancel, name="cancel-job"),
]

handler400 = "mainstay.web.views.errors.bad_request"
handler403 = "mainstay.web.views.errors.refused"
handler404 = "mainstay.web.views.errors.not_found"
handler500 = "mainstay.web.views.errors.crashed"
