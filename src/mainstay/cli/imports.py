"""``mainstay import``: files into the books of the application, or an import taken back."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mainstay.cli import files, options
from mainstay.cli.errors import FAILED, STOPPED, complain, explained, usage_error
from mainstay.cli.language import Lang, chosen, help_text
from mainstay.cli.tables import print_json

if TYPE_CHECKING:
    from mainstay.exchange.local import Delivery
    from mainstay.exchange.models import Upload
    from mainstay.foundation.models import User
    from mainstay.ledger.services import Decisions


class Table(StrEnum):
    LINES = "lines"
    RECEIPTS = "receipts"
    CUSTOMERS = "customers"
    ALLOCATIONS = "allocations"
    PRODUCTS = "products"
    RATES = "rates"
    EFFORTS = "efforts"
    EFFORT_RATES = "effort_rates"


class Documents(StrEnum):
    SALES = "sales"
    ORDERS = "orders"
    DELIVERIES = "deliveries"
    OPENINGS = "openings"


FILES = Annotated[
    list[Path] | None,
    typer.Argument(
        help=help_text(
            "Sales lines and, with them, receipts, customers, allocations, products.",
            "销售明细，以及同时带入的收款、客户、核销、产品文件。",
        ),
        metavar="FILE…",
        show_default=False,
    ),
]
TABLES = Annotated[
    list[Table] | None,
    typer.Option(
        "--table",
        help=help_text(
            "What each FILE holds, in their order. Default: told by the headings.",
            "各文件的类别，按文件顺序给出。默认按表头判断。",
        ),
    ),
]
DOCUMENTS = Annotated[
    Documents | None,
    typer.Option(
        "--documents",
        help=help_text(
            "What all lines of the sales file are. Default: told by its type column, else sales.",
            "销售文件中各行的性质。默认按单据类型列判断，否则视为销售。",
        ),
    ),
]
SOURCE = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        help=help_text(
            "Where the files come from: read by the map saved under this name, and kept there.",
            "文件来源名：按该名下已存的列映射读取，导入后保存。",
        ),
        show_default=False,
    ),
]
DRY_RUN = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help=help_text("Say what would change; write nothing.", "只说明会有哪些变化，不写入。"),
    ),
]
SKIP_BAD = Annotated[
    Path | None,
    typer.Option(
        "--skip-bad",
        metavar="REJECTS.xlsx",
        help=help_text(
            "Go on without faulty rows; write them with reason and remedy to this file.",
            "跳过有误的行，并连同原因与处理办法写入该文件。",
        ),
    ),
]
SAME = Annotated[
    list[str] | None,
    typer.Option(
        "--same",
        metavar="NEW=OLD",
        help=help_text(
            "The new code NEW is the customer OLD of the books. May be repeated.",
            "新编码 NEW 就是账簿中的客户 OLD，可重复给出。",
        ),
        show_default=False,
    ),
]
NOT_SAME = Annotated[
    list[str] | None,
    typer.Option(
        "--not-same",
        metavar="NEW=OLD",
        help=help_text(
            "NEW is another customer than OLD: it is not proposed again. May be repeated.",
            "NEW 与 OLD 不是同一客户，今后不再提示，可重复给出。",
        ),
        show_default=False,
    ),
]
SAME_TAX_NO = Annotated[
    bool,
    typer.Option(
        "--same-tax-no",
        help=help_text(
            "Take new codes as the one customer that has the same tax number.",
            "税号与唯一一个已有客户相同的新编码，按同一客户处理。",
        ),
    ),
]
SAME_NAME = Annotated[
    bool,
    typer.Option(
        "--same-name",
        help=help_text(
            "Take new codes as the one customer that has the same name.",
            "名称与唯一一个已有客户相同的新编码，按同一客户处理。",
        ),
    ),
]
UNDO = Annotated[
    int | None,
    typer.Option(
        "--undo",
        metavar="BATCH",
        min=1,
        help=help_text("Take the import of this number back.", "撤销该编号的导入。"),
    ),
]
REASON = Annotated[
    str,
    typer.Option(
        "--reason",
        help=help_text("Why it is taken back.", "撤销原因。"),
        show_default=False,
    ),
]
REJECT_FORMS = (".xlsx",)

_T = {
    "source": {"en": "Read by the map «{name}».", "zh": "按已存映射“{name}”读取。"},
    "table": {"en": "{file}: {table}", "zh": "{file}：{table}"},
    "rejects": {
        "en": "Rows left out, to correct and bring again: {path}",
        "zh": "被跳过的行，供更正后重新导入：{path}",
    },
    "undone": {"en": "Import {batch} is taken back.", "zh": "已撤销第 {batch} 次导入。"},
    "counts": {
        "en": "  {what}: {gone} count no more, {back} count again",
        "zh": "  {what}：{gone} 项不再计入，{back} 项恢复计入",
    },
    "efforts": {"en": "  efforts and their rates: {n} gone", "zh": "  投入记录与费率：撤回 {n} 条"},
    "products": {"en": "  products that nothing names now: {n}", "zh": "  不再出现的产品：{n}"},
    "codes": {"en": "  customer codes that count as new again: {n}", "zh": "  重新视为新编码：{n}"},
    "cards": {"en": "  customer cards withdrawn: {n}", "zh": "  撤回客户资料：{n}"},
    "decided": {
        "en": "Graded on it meanwhile, now withdrawn: {days}",
        "zh": "期间据此作出的分级现已撤回：{days}",
    },
    "stopped": {"en": "Stopped. Nothing was imported.", "zh": "已停止，未导入任何数据。"},
    "stopped late": {
        "en": "Stopped while grading. Import {batch} is in force.",
        "zh": "分级时被停止。第 {batch} 次导入已生效。",
    },
}


def import_files(
    paths: FILES = None,
    table: TABLES = None,
    mapping: options.MAPPING = None,
    source: SOURCE = "",
    documents: DOCUMENTS = None,
    dry_run: DRY_RUN = False,
    skip_bad: SKIP_BAD = None,
    same: SAME = None,
    not_same: NOT_SAME = None,
    same_tax_no: SAME_TAX_NO = False,
    same_name: SAME_NAME = False,
    undo: UNDO = None,
    reason: REASON = "",
    json: options.JSON = False,
    lang: options.LANG = None,
) -> None:
    """Bring files into the books, or take an import back."""
    speech = chosen(lang)
    given = list(paths or [])
    with explained(speech):
        if undo is not None:
            if given:
                raise usage_error("Give files or --undo, not both.",
                                  "文件与 --undo 只能给一个。", speech)  # fmt: skip
            _take_back(undo, reason, json=json, lang=speech)
            return
        _check(given, table or [], mapping, skip_bad, speech)
        decided = Decided(_pairs(same, speech), _pairs(not_same, speech), same_tax_no, same_name)
        _bring(given, [t.value for t in table or []], mapping, source, skip_bad, decided,
               documents=documents.value if documents else "", only_look=dry_run, json=json,
               lang=speech)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """What the command line says of new customer codes."""

    same: list[tuple[str, str]]
    other: list[tuple[str, str]]
    by_tax_no: bool
    by_name: bool

    def decisions(self) -> Decisions:
        from mainstay.ledger.services import Decisions

        accept = {"tax_no": self.by_tax_no, "name": self.by_name}
        return Decisions(
            same=dict(self.same),
            other=frozenset(self.other),
            accept=frozenset(kind for kind, wanted in accept.items() if wanted),
        )


def _pairs(given: list[str] | None, lang: Lang) -> list[tuple[str, str]]:
    """New and old code of each «NEW=OLD»; a code that holds «=» itself cannot be named so."""
    pairs = []
    for text in given or []:
        new, sign, old = text.partition("=")
        if not (sign and new.strip() and old.strip()):
            raise usage_error(
                f"«{text}» is not of the form NEW=OLD.", f"“{text}”应写作 NEW=OLD。", lang
            )
        pairs.append((new.strip(), old.strip()))
    return pairs


def _check(
    paths: list[Path], tables: list[Table], mapping: Path | None, rejects: Path | None, lang: Lang
) -> None:
    """What can be refused before the store is opened."""
    if not paths:
        raise usage_error("Which files?", "请给出文件。", lang)
    if tables and len(tables) != len(paths):
        raise usage_error(
            f"{len(paths)} files but {len(tables)} times --table: give it once for each file.",
            f"{len(paths)} 个文件，但 --table 有 {len(tables)} 个：每个文件各给一次。",
            lang,
        )
    if rejects is not None:
        files.check_target(rejects, REJECT_FORMS, (*paths, mapping))


def _bring(
    paths: list[Path],
    tables: list[str],
    mapping: Path | None,
    source: str,
    rejects: Path | None,
    decided: Decided,
    *,
    documents: str,
    only_look: bool,
    json: bool,
    lang: Lang,
) -> None:
    from mainstay.cli.django import administrator
    from mainstay_engine import BadInput

    user = administrator(lang)
    from mainstay.exchange import local, sources
    from mainstay.exchange.errors import BadMapping

    try:
        columns = sources.read_yaml(mapping) if mapping else None
        given = local.delivery(
            paths, tables=tables, mapping=columns, source=source, documents=documents
        )
    except (BadInput, BadMapping) as error:
        raise _at_fault(error.faults, json=json, lang=lang) from None
    if not json:
        _tell_what_it_is(given, lang)
    upload = local.upload(user, given)
    if only_look:
        _look(upload, given, decided, skip_bad=rejects is not None, json=json, lang=lang)
    else:
        _apply(user, upload, given, rejects, decided, json=json, lang=lang)


def _tell_what_it_is(given: Delivery, lang: Lang) -> None:
    from mainstay.exchange.report import NAMES

    for table, path in given.files.items():
        complain(_T["table"][lang].format(file=path, table=NAMES[table][lang]))
    if given.source and (given.recognised or given.mapping):
        complain(_T["source"][lang].format(name=given.source))


def _look(
    upload: Upload, given: Delivery, decided: Decided, *, skip_bad: bool, json: bool, lang: Lang
) -> None:
    from mainstay.exchange import services
    from mainstay.exchange.dry_run import dry_run
    from mainstay.exchange.report import planned_lines

    try:
        decisions = decided.decisions()
        plan = dry_run(upload, given.mapping, skip_bad=skip_bad, decisions=decisions)
    finally:
        services.forget(upload)
    if json:
        print_json({"possible": plan.possible, **asdict(plan)})
    else:
        _print(planned_lines(plan, lang), to_error=not plan.possible)
    if not plan.possible:
        raise typer.Exit(FAILED)


def _apply(
    user: User,
    upload: Upload,
    given: Delivery,
    rejects: Path | None,
    decided: Decided,
    *,
    json: bool,
    lang: Lang,
) -> None:
    from mainstay.cli import progress
    from mainstay.exchange import local, services
    from mainstay.exchange.report import Outcome
    from mainstay.foundation.services import cancel

    job = services.apply(
        upload, given.mapping, skip_bad=rejects is not None, source=given.source,
        decisions=decided.decisions(), via="cli",
    )  # fmt: skip
    try:
        with progress.shown(user, job, lang):
            local.finish(job)
    except KeyboardInterrupt:
        cancel(user, job.pk)
        batch = Outcome.of(upload).batch
        key = "stopped late" if batch else "stopped"
        complain(_T[key][lang].format(batch=batch.pk if batch else ""))
        raise typer.Exit(STOPPED) from None
    outcome = Outcome.of(upload)
    kept = _keep_rejects(upload, rejects) if rejects else None
    if json:
        print_json(outcome.to_dict() | {"rejects": str(kept) if kept else None})
    else:
        _print(outcome.lines(lang), to_error=outcome.batch is None)
        if kept:
            complain(_T["rejects"][lang].format(path=kept))
    if not outcome.ok:
        raise typer.Exit(FAILED)


def _keep_rejects(upload: Upload, target: Path) -> Path | None:
    """The rows left out, written to the file asked for; ``None`` where there are none."""
    from mainstay.exchange import services

    found = services.open_rejects(upload)
    if found is None:
        return None
    with found, files.staged(target) as place, place.open("wb") as out:
        shutil.copyfileobj(found, out)
    return target


def _take_back(batch: int, reason: str, *, json: bool, lang: Lang) -> None:
    from mainstay.cli.django import administrator

    user = administrator(lang)
    from mainstay.cli import progress
    from mainstay.exchange import local, services
    from mainstay.foundation.models import Job
    from mainstay.foundation.services import cancel
    from mainstay.insights.selectors.history import aftermath

    job = services.ask_undo(user, batch, reason, via="cli")
    try:
        with progress.shown(user, job, lang):
            local.finish(job)
    except KeyboardInterrupt:
        cancel(user, job.pk)
        raise
    if job.report is None:
        complain(str((job.error or {}).get(lang, "")))
        raise typer.Exit(FAILED)
    if (regrading := aftermath(user, batch).regrading) is not None:
        grading = Job.objects.get(pk=regrading)
        with progress.shown(user, grading, lang):
            local.finish(grading)
    counts, decided = job.report["counts"], job.report["decided"]
    if json:
        print_json({"undone": batch, "counts": counts, "decided": decided})
        return
    typer.echo(_T["undone"][lang].format(batch=batch))
    _print(_undone_lines(counts, decided, lang), to_error=False)


def _undone_lines(counts: dict[str, int], decided: list[dict[str, Any]], lang: Lang) -> list[str]:
    from mainstay.exchange.report import NAMES

    told = []
    for name in ("documents", "receipts", "allocations", "rates"):
        gone, back = counts[f"{name}_gone"], counts[f"{name}_back"]
        if gone or back:
            what = NAMES[name][lang]
            told.append(_T["counts"][lang].format(what=what, gone=f"{gone:,}", back=f"{back:,}"))
    if counts.get("efforts_gone") or counts.get("effort_rates_gone"):
        count = counts.get("efforts_gone", 0) + counts.get("effort_rates_gone", 0)
        told.append(_T["efforts"][lang].format(n=f"{count:,}"))
    if counts["products_gone"]:
        told.append(_T["products"][lang].format(n=f"{counts['products_gone']:,}"))
    if counts["cards_withdrawn"]:
        told.append(_T["cards"][lang].format(n=f"{counts['cards_withdrawn']:,}"))
    if counts["codes_gone"]:
        told.append(_T["codes"][lang].format(n=f"{counts['codes_gone']:,}"))
    if decided:
        days = ", ".join(dict.fromkeys(str(each["as_of"]) for each in decided))
        told.append(_T["decided"][lang].format(days=days))
    return told


def _at_fault(faults: list[Any], *, json: bool, lang: Lang) -> typer.Exit:
    """Say what is wrong with files that could not even be opened; the exit to raise."""
    from mainstay.exchange.report import fault_lines

    listed = [fault.to_dict() for fault in faults]
    if json:
        print_json({"batch": None, "faults": listed, "fault_count": len(listed)})
    else:
        _print(fault_lines(listed, len(listed), lang), to_error=True)
    return typer.Exit(FAILED)


def _print(lines: list[str], *, to_error: bool) -> None:
    for line in lines:
        typer.echo(line, err=to_error)
