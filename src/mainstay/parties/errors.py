"""What can go wrong with customers and their codes."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class UnknownCode(MainstayError):
    code = "unknown_code"
    message = words("No customer has the code «{customer}».", "没有编码为“{customer}”的客户。")
    remedy = words("Search the customer list for its code.", "请在客户列表中查找其编码。")


class NotNew(MainstayError):
    code = "code_not_new"
    message = words(
        "The code «{customer}» is not new in these files: nothing is to be decided on it.",
        "编码“{customer}”在这些文件中不是新编码，无需确认。",
    )
    remedy = words(
        "Merge two customers of the books on the customer's page.", "已有的客户请在客户页面合并。"
    )


class OneAlready(MainstayError):
    code = "one_already"
    message = words(
        "«{customer}» and «{other}» are one customer already.",
        "“{customer}”与“{other}”已是同一客户。",
    )


class MergeNotFound(MainstayError):
    code = "merge_not_found"
    message = words("There is no such merge, or it is split already.", "没有该合并，或已拆分。")


class CustomerUnknown(MainstayError):
    """Also where it lies outside the right to change it."""

    code = "customer_unknown"
    message = words(
        "There is no customer «{customer}» that you may change.",
        "没有您可以更改的客户“{customer}”。",
    )


class NoSuccessor(MainstayError):
    code = "no_successor"
    message = words("Customers would be left without anybody.", "名下客户将无人负责。")
    remedy = words("Name who takes them over.", "请指定接手人。")


class AlreadyOwner(MainstayError):
    code = "already_owner"
    message = words("{person} is the owner already.", "{person} 已是该客户的负责人。")


class MayNotOwn(MainstayError):
    code = "may_not_own"
    message = words(
        "{person} has no role that may own customers.", "{person} 的角色不能担任客户负责人。"
    )
    remedy = words(
        "Choose somebody else, or let an administrator give a role.",
        "请另选一人，或由管理员授予角色。",
    )


class OutsideTerritory(MainstayError):
    """Of a warning: it is done once it is confirmed."""

    code = "outside_territory"
    message = words(
        "{customers} of these {customers:customer lies|customers lie} outside the territory of "
        "{person}.",
        "其中 {customers} 家客户不在{person}的辖区内。",
    )
    remedy = words("Confirm that it is meant.", "请确认确需如此。")


class ForgettingUnconfirmed(MainstayError):
    """Nothing brings back what is forgotten: it is done once what goes was seen and confirmed."""

    code = "forgetting_unconfirmed"
    message = words(
        "{rows} {rows:entry goes|entries go} blank, at {customers} "
        "{customers:customer|customers}; nothing brings them back.",
        "将清空 {rows} 条联系人记录，涉及 {customers} 家客户，且无法恢复。",
    )
    remedy = words("Confirm that it is meant.", "请确认确需如此。")


class ContactUnknown(MainstayError):
    """Also where it has ended, or lies outside the right to change it."""

    code = "contact_unknown"
    message = words("There is no such contact that you may change.", "没有您可以更改的联系人。")


class ContactEmpty(MainstayError):
    code = "contact_empty"
    message = words("A contact needs a name or a position.", "联系人需要姓名或职务。")


class ContactTooLong(MainstayError):
    code = "contact_too_long"
    message = words(
        "«{text}…» is too long: {limit} characters are the most.",
        "“{text}…”太长，最多 {limit} 个字符。",
    )


class MailMalformed(MainstayError):
    code = "contact_mail"
    message = words("«{email}» is no mail address.", "“{email}”不是邮箱地址。")


class NothingToHandOver(MainstayError):
    code = "nothing_to_hand_over"
    message = words("No customer would get another owner.", "没有客户会更换负责人。")


class NoSuchHandOver(MainstayError):
    """Also where a customer of it lies outside the right to assign."""

    code = "no_such_hand_over"
    message = words("There is no such hand-over.", "没有这次移交。")


class HandedBack(MainstayError):
    code = "handed_back"
    message = words("It was taken back already.", "该移交已经撤回。")


class NobodyToComeBackTo(MainstayError):
    code = "nobody_to_come_back_to"
    message = words(
        "None of these customers can come back: they have gone on to others, or whoever had them "
        "has left.",
        "没有客户可以退回：已转给其他人，或原负责人已离开。",
    )
    remedy = words("Hand them over to somebody else.", "请另行移交给其他人。")
