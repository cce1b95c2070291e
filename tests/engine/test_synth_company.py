"""The demo company is reproducible, adds up, and looks like a distributor."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from mainstay_engine.synth import Company, Profile, build, demo
from mainstay_engine.synth.taxno import check_character, is_valid, organisation_check
from mainstay_engine.tables import TABLES

YEAR = date(2025, 7, 1)


@pytest.fixture(scope="module")
def company() -> Company:
    return demo()


def net_by_customer(lines: pa.Table) -> np.ndarray:
    year = lines.filter(pc.greater_equal(lines["doc_date"], pa.scalar(YEAR)))
    sums = year.group_by("customer_id").aggregate([("net", "sum")])["net_sum"].to_numpy()
    return np.sort(sums)[::-1]


def test_same_seed_same_tables_and_another_seed_another_company() -> None:
    first, again, other = demo(seed=7, customers=60), demo(seed=7, customers=60), demo(8, 60)
    for name in ("lines", "receipts", "customers", "truth", "efforts", "effort_rates"):
        assert getattr(first, name).equals(getattr(again, name))
    assert not first.lines.equals(other.lines)


def test_size_is_that_of_the_design(company: Company) -> None:
    assert company.customers.num_rows == 450
    assert 54_000 < company.lines.num_rows < 66_000
    year = net_by_customer(company.lines)
    assert abs(year.sum() / 100 - 186_000_000) < 6_000_000
    assert 420 <= (year > 0).sum() <= 440
    assert len(set(company.customers["salesperson"].to_pylist())) == 9
    assert set(company.customers["region"].to_pylist()) == {"浙江", "江苏", "上海", "安徽", "山东"}


def test_a_fifth_of_the_customers_brings_four_fifths(company: Company) -> None:
    year = net_by_customer(company.lines)
    reach = np.cumsum(year) / year.sum()
    assert 0.17 < np.searchsorted(reach, 0.80) / 450 < 0.23


def test_margin_is_about_fourteen_per_cent(company: Company) -> None:
    net, cost = (company.lines[c].to_numpy().sum() for c in ("net", "cost"))
    assert 0.13 < 1 - cost / net < 0.155


def test_vat_is_thirteen_per_cent_of_each_line_rounded_half_even(company: Company) -> None:
    nets, taxes = (company.lines[c].to_pylist() for c in ("net", "tax"))
    ties = 0
    for net, tax in zip(nets, taxes, strict=True):
        exact = Decimal(net) * 13 / 100
        ties += exact % 1 == Decimal("0.5")
        assert tax == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    assert ties > 100, "a tie is what tells half-even from half-up"


def test_gross_is_net_and_tax_on_every_line(company: Company) -> None:
    net, tax, gross = (company.lines[c].to_numpy() for c in ("net", "tax", "gross"))
    assert (net + tax == gross).all()


def test_credit_notes_are_negative_and_invoices_positive(company: Company) -> None:
    credit = pc.equal(company.lines["kind"], "credit_note").to_numpy()
    for column in ("quantity", "net", "gross", "cost"):
        values = pc.cast(company.lines[column], pa.float64()).to_numpy()
        assert (values[credit] < 0).all()
        assert (values[~credit] > 0).all()
    assert 0.002 < credit.mean() < 0.03


def test_tables_are_typed_as_declared(company: Company) -> None:
    arrow = {"string": "string", "date": "date32[day]", "int64": "int64", "int32": "int32",
             "decimal(18, 4)": "decimal128(18, 4)"}  # fmt: skip
    for name in ("lines", "receipts", "customers"):
        table = getattr(company, name)
        declared = TABLES[name]
        assert set(declared.required) <= set(table.column_names)
        for field in table.schema:
            assert str(field.type) == arrow[declared[field.name].type.value], field.name
            if not declared[field.name].nullable:
                assert table[field.name].null_count == 0


def test_documents_are_within_the_period_and_fall_due_after_their_date(company: Company) -> None:
    days, due = company.lines["doc_date"], company.lines["due_date"]
    assert pc.min(days).as_py() >= date(2024, 7, 1)
    assert pc.max(days).as_py() <= date(2026, 6, 30)
    term = due.to_numpy().astype(int) - days.to_numpy().astype(int)
    assert term.min() >= 30
    assert term.max() <= 91  # 60 days from the end of a month of 31


def test_chinese_new_year_is_quiet_and_december_is_the_peak(company: Company) -> None:
    days = company.lines["doc_date"].to_numpy()
    festival = (days >= np.datetime64("2026-02-16")) & (days <= np.datetime64("2026-02-24"))
    sold = days[pc.equal(company.lines["kind"], "invoice").to_numpy() & festival]
    assert len(sold) == 0
    month, count = np.unique(days.astype("datetime64[M]"), return_counts=True)
    busiest = set(month[np.argsort(count)[-2:]].astype(str))
    assert busiest == {"2024-12", "2025-12"}
    assert count[list(month.astype(str)).index("2026-02")] < count.mean() * 0.5


def test_receipts_never_exceed_what_was_invoiced(company: Company) -> None:
    owed = company.lines.group_by("customer_id").aggregate([("gross", "sum")])
    paid = company.receipts.group_by("customer_id").aggregate([("amount", "sum")])
    invoiced = company.lines.filter(pc.greater(company.lines["gross"], 0))
    most = invoiced.group_by("customer_id").aggregate([("gross", "sum")])
    limit = dict(zip(most["customer_id"].to_pylist(), most["gross_sum"].to_pylist(), strict=True))
    for code, amount in zip(*(paid[c].to_pylist() for c in paid.column_names), strict=True):
        assert 0 < amount <= limit[code]
    total = sum(paid["amount_sum"].to_pylist()) / sum(owed["gross_sum"].to_pylist())
    assert 0.75 < total < 0.95


def test_bills_mature_within_six_months_and_transfers_never_do(company: Company) -> None:
    bills = 0
    for receipt in company.receipts.select(["date", "method", "maturity"]).to_pylist():
        if receipt["method"] == "电汇":
            assert receipt["maturity"] is None
        else:
            bills += 1
            assert receipt["method"] in ("银行承兑汇票", "商业承兑汇票")
            assert 89 <= (receipt["maturity"] - receipt["date"]).days <= 184
    assert bills > 200


def test_a_receipt_settles_exactly_the_document_it_names(company: Company) -> None:
    gross = company.lines.group_by("doc_no").aggregate([("gross", "sum")])
    owed = dict(zip(gross["doc_no"].to_pylist(), gross["gross_sum"].to_pylist(), strict=True))
    named = company.receipts.filter(pc.is_valid(company.receipts["applied_to"]))
    assert named.num_rows > 3_000
    for receipt in named.to_pylist():
        left = owed[receipt["applied_to"]] - receipt["amount"]
        whole = 0 if receipt["method"] == "电汇" else 100_000
        assert 0 <= left <= whole, "bills are made out in whole thousands of yuan"


def test_names_and_codes_are_unique_and_tax_numbers_check(company: Company) -> None:
    for column in ("customer_id", "customer_name", "name_en", "tax_no"):
        values = company.customers[column].to_pylist()
        assert len(set(values)) == len(values)
    assert all(is_valid(code) for code in company.customers["tax_no"].to_pylist())
    assert company.customers["customer_id"][0].as_py() == "C10001"


def test_check_characters_follow_the_standards() -> None:
    assert check_character("91350100M000100Y4") == "3"  # Σ 1640, worked in domain.md
    assert organisation_check("D2143569") == "X"  # the example of GB 11714


def test_every_kind_of_truth_is_planted_more_than_once(company: Company) -> None:
    kinds = company.truth["truth"].to_pylist()
    assert set(kinds) == {
        "bulk_buyer", "busy_without_profit", "drifting_key", "dumper", "fast_grower",
        "sleeping", "slow_payer", "stretcher", "over_served", "burden",
    }  # fmt: skip
    assert all(kinds.count(kind) >= 2 for kind in kinds)
    codes = company.truth["customer_id"].to_pylist()
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(company.customers["customer_id"].to_pylist())
    assert company.truth.to_pandas().notna().all().all()


def test_a_company_too_small_or_too_young_for_its_truths_is_refused() -> None:
    with pytest.raises(ValueError, match="40 customers"):
        Profile(customers=39)
    with pytest.raises(ValueError, match="24 months"):
        Profile(months=12)


def test_a_longer_company_ending_in_the_middle_of_a_month_holds_together() -> None:
    company = build(Profile(customers=60, months=30, end=date(2025, 3, 10), lines=6_000))
    assert company.profile.start == date(2022, 9, 11)
    assert pc.min(company.lines["doc_date"]).as_py() >= date(2022, 9, 11)
    assert pc.max(company.lines["doc_date"]).as_py() <= date(2025, 3, 10)
