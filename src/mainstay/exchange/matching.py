"""New codes that may be known customers: decisions as data, proposals in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mainstay.kernel.errors import Words, filled, words
from mainstay.kernel.money import written as money
from mainstay.ledger.services import Decisions

EVIDENCE: dict[str, Words] = {
    "tax_no": words("same tax number", "税号相同"),
    "name": words("same name", "名称相同"),
    "near": words("same name but for the legal form", "名称仅公司形式不同"),
}
_T = {
    "head": words("{n:,} new {n:code looks|codes look} like customers you have; each becomes a "
                  "customer of its own unless you say that they are the same:",
                  "{n:,} 个新编码与已有客户相似；未确认的将作为新客户："),
    "one": words("  {new} {new_name} ~ {old} {old_name}: {why}; {n:,} "
                 "{n:document|documents}, net {net} so far",
                 "  {new} {new_name} ~ {old} {old_name}：{why}；已有 {n:,} 张单据，无税金额 {net}"),
    "type": words("    the same: --same {new}={old}   another: --not-same {new}={old}",
                  "    同一客户：--same {new}={old}   不同客户：--not-same {new}={old}"),
    "taken": words("    taken as the same", "    按同一客户处理"),
}  # fmt: skip


def of_data(data: Mapping[str, Any]) -> Decisions:
    """The decisions an upload keeps."""
    return Decisions(
        same=dict(data.get("same", {})),
        other=frozenset((new, old) for new, old in data.get("other", ())),
        accept=frozenset(data.get("accept", ())),
    )


def as_data(made: Decisions) -> dict[str, Any]:
    """As JSON for an upload to keep; empty where nothing was decided."""
    data = {
        "same": dict(made.same),
        "other": sorted(map(list, made.other)),
        "accept": sorted(made.accept),
    }
    return {name: value for name, value in data.items() if value}


def lines(proposals: Iterable[Mapping[str, Any]], exponent: int, lang: str) -> list[str]:
    """The proposals of a dry run, each with its evidence and what to type."""
    listed = list(proposals)
    if not listed:
        return []
    told = [filled(_T["head"][lang], n=len({each["code"] for each in listed}))]
    for each in listed:
        told.append(filled(
            _T["one"][lang],
            new=each["code"], new_name=each["name"], old=each["old_code"],
            old_name=each["old_name"], why=EVIDENCE[each["evidence"]][lang],
            n=each["old_documents"], net=money(each["old_net"], exponent),
        ))  # fmt: skip
        key = "taken" if each["same"] else "type"
        told.append(_T[key][lang].format(new=each["code"], old=each["old_code"]))
    return told
