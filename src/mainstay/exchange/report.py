"""How an import ended, in words: for the terminal and for the report beside a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mainstay.exchange import matching
from mainstay.exchange.dry_run import DryRun
from mainstay.exchange.models import Upload
from mainstay.kernel.errors import Words, filled, words
from mainstay.kernel.money import written as money
from mainstay.ledger.models import ImportBatch

NAMES: dict[str, Words] = {
    "documents": words("documents", "单据"),
    "lines": words("lines", "明细行"),
    "orders": words("orders", "订单"),
    "deliveries": words("deliveries", "发货单"),
    "receipts": words("receipts", "收款"),
    "allocations": words("allocations", "核销"),
    "customers": words("customers", "客户"),
    "products": words("products", "产品"),
    "rates": words("rates of exchange", "汇率"),
    "efforts": words("efforts", "投入记录"),
    "effort_rates": words("rates of efforts", "投入费率"),
}
COMMITMENTS = ("orders", "deliveries")
KINDS = ("new", "changed", "identical")
HEADINGS: tuple[Words, ...] = (
    words("", ""), words("new", "新增"), words("changed", "变更"), words("as before", "不变"),
)  # fmt: skip
_T = {
    "batch": words("Import {batch} is in force.", "第 {batch} 次导入已生效。"),
    "undo": words("To take it back: mainstay import --undo {batch}",
                  "如需撤销：mainstay import --undo {batch}"),
    "net": words("Net value: {new} new, {changed} by changes, {same} as before{currency}.",
                 "无税金额：新增 {new}，变更影响 {changed}，不变 {same}{currency}。"),
    "apart": words(
        "Orders and deliveries are no sales; net of the new ones: {orders} and {deliveries}.",
        "订单与发货单不计入销售；新增部分无税金额：订单 {orders}，发货单 {deliveries}。",
    ),
    "openings": words(
        "Among the documents {n:is|are} {n:,} opening {n:balance|balances}: {owed} owed, no sales.",
        "单据中有期初余额 {n:,} 张：应收 {owed}，不计入销售。",
    ),
    "unassigned": words(
        "Lines without a customer: {n:,} ({net}); they are kept and counted.",
        "未指明客户的明细：{n:,} 行（{net}），已保留并计入合计。",
    ),
    "moved to others": words(
        "Documents that move to another customer: {n:,}. Do several companies or branches of "
        "yours use the same numbers? Then say which column names the organisation, and both stay.",
        "改属另一客户的单据：{n:,} 张。若多家公司或分支使用相同编号，"
        "请指定“组织”所在的列，两者即可并存。",
    ),
    "other kind": words(
        "Documents whose number is in the books as another kind: {n:,}; both count. "
        "Where the new one replaces it, take the earlier import back.",
        "编号已以另一类型入账的单据：{n:,} 张，两者都会计入。如为替换，请撤销先前的导入。",
    ),
    "twice": words(
        "Lines that stand in their document more than once, with the very same content: {n:,}, in "
        "{documents:,} {documents:document|documents}. They count each time.",
        "在同一单据中内容完全重复的明细：{n:,} 行，涉及 {documents:,} 张单据；每行均计入。",
    ),
    "doubled": words("Lines twice", "重复明细"),
    "rejected": words("Rows left out as faulty: {n:,}.", "因错误跳过：{n:,} 行。"),
    "matched": words("Codes of customers you have: {n:,}.", "归入已有客户的新编码：{n:,} 个。"),
    "tax numbers": words(
        "Customers whose documents state another tax number than yours: {n:,}; yours stays.",
        "单据所写税号与客户档案不一致的客户：{n:,} 个，以客户档案为准。",
    ),
    "nothing": words("Everything was in the books already.", "全部内容此前均已入账。"),
    "more": words("… and {n:,} more.", "……另有 {n:,} 处。"),
    "faults": words("{n:,} {n:fault|faults}; nothing was imported.",
                    "{n:,} 处错误，未导入任何数据。"),
    "skip": words("Correct them, or go on without those rows: --skip-bad REJECTS.xlsx",
                  "请更正后重试；也可跳过这些行：--skip-bad REJECTS.xlsx"),
    "ungraded": words("Grading did not follow: {why}", "未能随后分级：{why}"),
    "would": words("Dry run: nothing was written. The import would bring:",
                   "试运行：未写入任何数据。导入后将有："),
    "sample": words("{what}: {which}", "{what}：{which}"),
    "newly": words("New customers", "新客户"),
    "changing": words("Changed documents", "变更单据"),
    "taxed": words("Other tax number", "税号不一致"),
    "moved": words("Same number, other customer", "编号相同、客户不同"),
    "recast": words("Same number, other kind", "编号相同、类型不同"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the import of an upload ended."""

    batch: ImportBatch | None
    """In force; ``None`` where nothing was imported."""
    error: dict[str, Any] | None
    """``code``, ``en``, ``zh`` of what stopped it, or the grading after it."""
    faults: list[dict[str, Any]]
    fault_count: int

    @classmethod
    def of(cls, upload: Upload) -> Outcome:
        """As the store has it now."""
        upload.refresh_from_db()
        batch = upload.batch
        applied = batch is not None and batch.state == ImportBatch.State.APPLIED
        error = upload.job.error if upload.job else None
        return cls(batch if applied else None, error, upload.faults, upload.fault_count)

    @property
    def ok(self) -> bool:
        return self.batch is not None and self.error is None

    def to_dict(self) -> dict[str, Any]:
        """As JSON: ``batch`` (its number or null), ``counts``, ``currency``, ``exponent``,
        ``mapping``, ``error``, ``faults``, ``fault_count``."""
        batch = self.batch
        return {
            "batch": batch.pk if batch else None,
            "counts": batch.counts if batch else {},
            "currency": batch.currency if batch else "",
            "exponent": batch.exponent if batch else None,
            "mapping": batch.mapping if batch else {},
            "error": self.error,
            "faults": self.faults,
            "fault_count": self.fault_count,
        }

    def lines(self, lang: str) -> list[str]:
        """The report, line by line."""
        told = fault_lines(self.faults, self.fault_count, lang)
        batch = self.batch
        if batch is None:
            if self.fault_count:
                told += [_say("faults", lang, n=self.fault_count)]
                by_row = all(fault["row"] is not None for fault in self.faults)
                return [*told, _say("skip", lang)] if by_row else told
            return [*told, str((self.error or {}).get(lang, ""))]
        told += [note[lang] for file in batch.files for note in file.get("notes", ())]
        told += [_say("batch", lang, batch=batch.pk)]
        told += count_lines(batch.counts, batch.currency, batch.exponent, lang)
        if self.error:
            told.append(_say("ungraded", lang, why=self.error.get(lang, "")))
        return [*told, _say("undo", lang, batch=batch.pk)]


def planned_lines(plan: DryRun, lang: str) -> list[str]:
    """What a dry run found, line by line."""
    told = fault_lines(plan.faults, plan.fault_count, lang)
    if not plan.possible:
        return [*told, _say("faults", lang, n=plan.fault_count)]
    told += [note[lang] for note in plan.notes]
    told += [_say("would", lang), *count_lines(plan.counts, plan.currency, plan.exponent, lang)]
    changed = [row["number"] for row in plan.samples["changed"]]
    new = [" ".join(filter(None, (c["code"], c["name"]))) for c in plan.samples["customers"]]
    recast = [row["number"] for row in plan.samples["other_kind"]]
    moved = [row["number"] for row in plan.samples["moved"]]
    taxed = [f"{c['code']} {c['stated']} ≠ {c['kept']}" for c in plan.samples["tax_numbers"]]
    doubled = []
    if plan.twice:
        told.append(_say("twice", lang, n=plan.twice.lines, documents=plan.twice.documents))
        doubled = [f"{row['number']} × {row['times']}" for row in plan.twice.samples]
    named = (
        ("changing", changed), ("moved", moved), ("recast", recast), ("newly", new),
        ("taxed", taxed), ("doubled", doubled),
    )  # fmt: skip
    for what, which in named:
        if which:
            listed = ", ".join(str(each) for each in which)
            told.append(_say("sample", lang, what=_T[what][lang], which=listed))
    return told + matching.lines(plan.proposals, plan.exponent, lang)


def count_rows(counts: dict[str, Any], lang: str) -> list[list[str]]:
    """What is new, changed and as before, one row per kind of fact that the files hold."""
    rows = []
    for name, title in NAMES.items():
        found = [counts.get(f"{name}_{kind}") for kind in KINDS]
        if any(found):
            rows.append([title[lang], *("–" if n is None else f"{n:,}" for n in found)])
    return rows


def count_lines(counts: dict[str, Any], currency: str, exponent: int, lang: str) -> list[str]:
    """The counts of an import or a dry run in words."""
    told = [
        f"  {row[0]}: " + ", ".join(
            f"{HEADINGS[place][lang]} {cell}" for place, cell in enumerate(row[1:], 1)
        )
        for row in count_rows(counts, lang)
    ]  # fmt: skip
    if not any(n for name, n in counts.items() if name.endswith(("_new", "_changed"))):
        told.append(_say("nothing", lang))
    told.append(_say(
        "net", lang, currency=f" {currency}" if currency else "",
        new=money(counts["net_new"], exponent), changed=money(counts["net_changed"], exponent),
        same=money(counts["net_identical"], exponent),
    ))  # fmt: skip
    for code, of in counts.get("currencies", {}).items():
        told.append(_say(
            "net", lang, currency=f" {code}", new=money(of["net_new"], of["exponent"]),
            changed=money(of["net_changed"], of["exponent"]),
            same=money(of["net_identical"], of["exponent"]),
        ))  # fmt: skip
    if any(counts.get(f"{name}_new") for name in COMMITMENTS):
        told.append(_say("apart", lang, **{
            name: money(counts.get(f"{name}_net_new", 0), exponent) for name in COMMITMENTS
        }))  # fmt: skip
    if counts.get("openings"):
        owed = money(counts["openings_owed"], exponent)
        told.append(_say("openings", lang, n=counts["openings"], owed=owed))
    if counts.get("documents_moved"):
        told.append(_say("moved to others", lang, n=counts["documents_moved"]))
    if counts.get("documents_other_kind"):
        told.append(_say("other kind", lang, n=counts["documents_other_kind"]))
    if counts["unassigned_lines"]:
        net = money(counts["unassigned_net"], exponent)
        told.append(_say("unassigned", lang, n=counts["unassigned_lines"], net=net))
    if counts.get("customers_matched"):
        told.append(_say("matched", lang, n=counts["customers_matched"]))
    if counts.get("tax_numbers_differ"):
        told.append(_say("tax numbers", lang, n=counts["tax_numbers_differ"]))
    if counts.get("rejected"):
        told.append(_say("rejected", lang, n=counts["rejected"]))
    return told


def fault_lines(faults: list[dict[str, Any]], count: int, lang: str) -> list[str]:
    """Each fault with file, sheet, row, column, value and remedy; of those not kept, the count."""
    from mainstay_engine import Fault

    told = [Fault(**fault).text(lang) for fault in faults]
    return [*told, _say("more", lang, n=count - len(told))] if count > len(told) else told


def _say(key: str, lang: str, **facts: object) -> str:
    return filled(_T[key][lang], **facts)
