"""What a document's type and status say: credit note or not, and rows that are no sales at all."""

from __future__ import annotations

from mainstay_engine.reader.convert import quote

_YES = ("1", "true", "yes", "y", "是")
_VOID_FLAGS = ("b", "已作废", "作废", "void", "cancelled", "canceled", *_YES)
VOID = "作废|取消|void|cancel|deleted"
CLOSED = "关闭|完结|结案|closed|completed"
_SAYS_CLOSED = "^(已|手工|自动|业务)?关闭|^closed"
_DRAFT = "草稿|暂存|未审|未提交|审核中|待审|draft|pending approval|unposted"
_OPENING = "期初|\\bopening (balance|entry|receivable|advance)|^opening$"
_NOT_SALES = "收款单?|付款单?|预收款?|payment|receipt|journal( entry)?"
_CREDIT = "红|退|冲|贷项|credit|return|refund"
_NOT_CREDIT = "credit (sale|card)|不退|非退"
_LETTERS = {"fdocumentstatus": ("a", "b", "z"), "tg023": ("n",), "审核": ("n", "否", "0")}
"""Letters that mean «not approved yet» in columns of that name (Kingdee, Digiwin, 审核状态)."""


def status_rules(cell: str, heading: str) -> list[tuple[str, str]]:
    """(reason, SQL condition) for which a status leaves a row out; ``cell`` in lower case."""
    name = heading.lower()
    if any(word in name for word in ("作废", "取消", "cancel", "void")):
        return [("void", f"{cell} IN ({_listed(_VOID_FLAGS)})")]
    letters = [letter for key, given in _LETTERS.items() if key in name for letter in given]
    draft = _matches(cell, _DRAFT)
    if letters:
        draft = f"{cell} IN ({_listed(letters)}) OR {draft}"
    return [
        ("void", f"{cell} IN ('v', '无效') OR {_matches(cell, VOID)}"),
        ("draft", draft),
    ]


HELD = "预收|预付|advance|prepaid"
"""In the words of an opening: what the customer has paid ahead, not what it owes."""


def opening_flag(cell: str) -> str:
    """SQL: whether a type or status says opening balance; ``cell`` in lower case."""
    return f"coalesce({_matches(cell, _OPENING)}, FALSE)"


def closed_flags(cell: str, heading: str) -> str:
    """SQL: whether a column made for it says that an order is closed («关闭状态», «关闭人»)."""
    if "人" in heading or "closer" in heading.lower():
        return f"coalesce({cell}, '') <> ''"
    return f"({cell} IN ({_listed(_VOID_FLAGS)}) OR {_matches(cell, _SAYS_CLOSED)})"


def type_rules(cell: str) -> list[tuple[str, str]]:
    """(reason, SQL condition) for which a document type is no sale; ``cell`` in lower case."""
    not_sales = f"regexp_full_match({cell}, {quote(_NOT_SALES)})"
    return [("not_sales", not_sales)]


def credit_flag(cell: str, heading: str) -> str:
    """SQL: whether a type cell says credit note (红字, 退货, FROB −1, credit memo, Is Return)."""
    text = f"lower({cell})"
    name = heading.lower().replace(" ", "").replace("_", "")
    plain = ["-1", "-1.0", "cn", "cm", "r"]
    if "return" in name or "退" in name:
        plain += _YES
    said = f"{_matches(text, _CREDIT)} AND NOT {_matches(text, _NOT_CREDIT)}"
    return f"coalesce({text} IN ({_listed(plain)}) OR ({said}), FALSE)"


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_matches({cell}, {quote(pattern)})"


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(quote(word) for word in words)
