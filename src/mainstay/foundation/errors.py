"""What can go wrong with people, audit and jobs."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from mainstay.kernel.errors import MainstayError, words


class AuditIsAppendOnly(MainstayError):
    code = "audit_append_only"
    message = words("Audit entries are never changed or deleted.", "审计记录不可修改或删除。")


class HeadUnreadable(MainstayError):
    code = "head_unreadable"
    message = words(
        "The audit head file has a line that makes no sense ({line}).",
        "审计链首文件中有无法识别的行（{line}）。",
    )


class JobCancelled(MainstayError):
    code = "job_cancelled"
    message = words("The job was cancelled.", "任务已取消。")


class JobCrashed(MainstayError):
    """Stands in the job's record for an error nobody foresaw; the log holds the details."""

    code = "job_crashed"
    message = words("An unexpected error stopped the job.", "任务因意外错误中止。")
    remedy = words(
        "Nothing was half done. The server's log says more: {kind}.",
        "没有留下未完成的数据。详情见服务器日志：{kind}。",
    )


class JobNotFound(MainstayError):
    code = "job_not_found"
    message = words("There is no such job.", "没有这个任务。")


class NotAllowed(MainstayError, PermissionDenied):
    """Django answers it with 403."""

    code = "not_allowed"
    message = words("You may not do this.", "您没有此操作的权限。")


class NoSuchPerson(MainstayError):
    code = "no_such_person"
    message = words("There is no such person.", "没有此人。")


class NoMailAddress(MainstayError):
    code = "no_mail_address"
    message = words(
        "No mail goes out from here, or no address is known of this person.",
        "系统未设置邮件服务器，或此人没有邮箱地址。",
    )


class PersonNotValid(MainstayError):
    code = "person_not_valid"
    message = words("{why}", "{why}")


class NameTaken(MainstayError):
    code = "name_taken"
    message = words("The name «{name}» is empty or taken.", "名称“{name}”为空或已被使用。")
    remedy = words("Choose another.", "请换一个。")


class NotOneself(MainstayError):
    code = "not_oneself"
    message = words(
        "Nobody changes their own roles or lets themselves go.", "不能更改自己的角色或停用自己。"
    )
    remedy = words("Ask another administrator.", "请由另一位管理员操作。")


class NoSuchRole(MainstayError):
    code = "no_such_role"
    message = words("There is no role «{role}».", "没有“{role}”这个角色。")


class NoSuchAppointment(MainstayError):
    code = "no_such_appointment"
    message = words("This role has ended already.", "该角色已经结束。")


class UnknownRight(MainstayError):
    code = "unknown_right"
    message = words("There is no right «{right}».", "没有“{right}”这项权限。")


class LastAdministrator(MainstayError):
    code = "last_administrator"
    message = words("Nobody would be left to manage people.", "这样将没有人能够管理人员。")
    remedy = words("Appoint somebody else first.", "请先任命其他人。")


class NoSuchTerritory(MainstayError):
    code = "no_such_territory"
    message = words("There is no such territory.", "没有此辖区。")


class RegionTaken(MainstayError):
    code = "region_taken"
    message = words(
        "The region «{region}» belongs to «{territory}».", "地区“{region}”已属于“{territory}”。"
    )
    remedy = words("Take it out there first.", "请先从那里移出。")


class TerritoryInUse(MainstayError):
    code = "territory_in_use"
    message = words(
        "«{name}» has parts or people; nor can it stand below itself.",
        "“{name}”仍有下级或人员；它也不能位于自身之下。",
    )


class NoSuchView(MainstayError):
    code = "no_such_view"
    message = words("There is no such view of yours.", "您没有此视图。")


class ViewNameTaken(MainstayError):
    code = "view_name_taken"
    message = words(
        "The name «{name}» is empty, or somebody shares a view by it.",
        "名称“{name}”为空，或已有他人共享的同名视图。",
    )
    remedy = words("Choose another.", "请换一个。")


class TooManyAttempts(MainstayError):
    code = "too_many_attempts"
    message = words("Too many wrong attempts.", "错误次数过多。")
    remedy = words("Try again in {seconds} seconds.", "请在 {seconds} 秒后重试。")


class PasswordWrong(MainstayError):
    code = "password_wrong"
    message = words("This is not your password.", "密码不正确。")


class CodeWrong(MainstayError):
    code = "code_wrong"
    message = words(
        "This code is wrong, too old or was used already.", "验证码错误、已过期或已使用过。"
    )
    remedy = words("Wait for the next one.", "请等待下一个验证码。")


class NoSecondStep(MainstayError):
    code = "no_second_step"
    message = words("There is no second step to change.", "尚未设置两步验证。")


class SecondStepNeeded(MainstayError):
    code = "second_step_needed"
    message = words("A role you hold asks for the second step.", "您的角色要求使用两步验证。")
    remedy = words("It can be renewed, not turned off.", "可以更换，但不能关闭。")


class SealedByAnotherKey(MainstayError):
    code = "sealed_by_another_key"
    message = words(
        "The secret of your app cannot be read: this system has another key.",
        "无法读取验证器密钥：本系统的密钥已更换。",
    )
    remedy = words(
        "Use a recovery code, then set the second step up anew.",
        "请使用恢复码登录，然后重新设置两步验证。",
    )


class OwnAccount(MainstayError):
    code = "own_account"
    message = words("For your own account do this under «Me».", "本人账号请在“我”页面操作。")


class ReasonMissing(MainstayError):
    code = "reason_missing"
    message = words("Say why; the reason stays with it.", "请说明原因，原因将一并保存。")


class NothingToReset(MainstayError):
    code = "nothing_to_reset"
    message = words("There is none to remove.", "没有可移除的内容。")


class NoSuchSession(MainstayError):
    code = "no_such_session"
    message = words("This session has ended already.", "该会话已经结束。")


class ProviderSilent(MainstayError):
    code = "provider_silent"
    message = words(
        "The sign-in service does not answer as it should: {why}.", "登录服务没有正常响应：{why}。"
    )
    remedy = words("Try again, or sign in with your password.", "请重试，或使用密码登录。")


class ProviderNotBelieved(MainstayError):
    """``why``: what of the answer was wrong, for the log and the administrator."""

    code = "provider_not_believed"
    message = words(
        "The answer of the sign-in service is not valid ({why}).", "登录服务的答复无效（{why}）。"
    )
    remedy = words("Start again from here.", "请从本页重新开始。")


class NoAccountForYou(MainstayError):
    code = "no_account_for_you"
    message = words(
        "The sign-in service knows you, but no account here goes with it.",
        "登录服务已确认您的身份，但此处没有对应的账号。",
    )
    remedy = words(
        "Ask an administrator to make one with the same name or mail address.",
        "请管理员创建姓名或邮箱一致的账号。",
    )


class ProviderOff(MainstayError):
    code = "provider_off"
    message = words("No sign-in service is set up.", "未配置登录服务。")
    remedy = words(
        "Set MAINSTAY_OIDC_ISSUER and MAINSTAY_OIDC_CLIENT_ID.",
        "请设置 MAINSTAY_OIDC_ISSUER 与 MAINSTAY_OIDC_CLIENT_ID。",
    )


class BackupExists(MainstayError):
    code = "backup_exists"
    message = words("There is a file already: {name}.", "文件已存在：{name}。")
    remedy = words("Take another name, or --force.", "请换一个名称，或使用 --force。")


class NotABackup(MainstayError):
    code = "not_a_backup"
    message = words("This file is no backup of Mainstay: {name}.", "该文件不是柱石的备份：{name}。")


class BackupDamaged(MainstayError):
    code = "backup_damaged"
    message = words("The backup is damaged: {part}.", "备份已损坏：{part}。")
    remedy = words("Nothing was restored. Take another copy.", "未恢复任何内容。请使用另一份备份。")


class BackupIsNewer(MainstayError):
    code = "backup_newer"
    message = words(
        "The backup was made by a newer Mainstay ({version}): {migrations}.",
        "备份由更新版本的柱石（{version}）生成：{migrations}。",
    )
    remedy = words("Nothing was restored. Update first.", "未恢复任何内容。请先升级。")


class PassphraseNeeded(MainstayError):
    code = "passphrase_needed"
    message = words("The backup is encrypted.", "备份已加密。")
    remedy = words("Give its passphrase.", "请提供口令。")


class PassphraseWrong(MainstayError):
    code = "passphrase_wrong"
    message = words(
        "The passphrase is not the one of this backup, or its head is damaged.",
        "口令与此备份不符，或备份文件头已损坏。",
    )
    remedy = words("Nothing was restored.", "未恢复任何内容。")


class DiskFull(MainstayError):
    code = "disk_full"
    message = words("The disk is full or takes nothing more: {why}.", "磁盘已满或无法写入：{why}。")
    remedy = words(
        "Everything is as it was. Make room, then try again.",
        "一切保持原状。请腾出空间后重试。",
    )


class StoreNotEmpty(MainstayError):
    code = "store_not_empty"
    message = words("The store holds data: {tables}.", "数据库中已有数据：{tables}。")
    remedy = words(
        "Restore into an empty one, or --force to lose what is there.",
        "请恢复到空数据库；使用 --force 将丢弃现有数据。",
    )


class TokenNotValid(MainstayError):
    """Of a request: no token, or one that is unknown, expired or revoked."""

    code = "token_not_valid"
    message = words(
        "The token is missing, unknown, expired or revoked.", "令牌缺失、无效、过期或已撤销。"
    )
    remedy = words(
        "Send «Authorization: Bearer …» with a token made under «Me».",
        "请在请求头中发送 Authorization: Bearer …，令牌在“我”页面创建。",
    )


class TokenUnnamed(MainstayError):
    code = "token_unnamed"
    message = words(
        "A token needs a name of at most 80 characters.", "令牌须有名称，最多 80 个字符。"
    )


class TokenTooLong(MainstayError):
    code = "token_too_long"
    message = words("A token lives for 1 to {most} days.", "令牌有效期为 1 至 {most} 天。")


class ScopesNotHeld(MainstayError):
    code = "scopes_not_held"
    message = words(
        "A token has at least one right, of those you hold: not {rights}.",
        "令牌至少须有一项权限，且须为您本人所有：{rights} 不可用。",
    )


class TokenNotFound(MainstayError):
    code = "token_not_found"
    message = words("There is no such token.", "没有这个令牌。")


class TooManyRequests(MainstayError):
    """``rate``: requests a minute; ``wait``: seconds."""

    code = "too_many_requests"
    message = words("More than {rate} requests in a minute.", "一分钟内请求超过 {rate} 次。")
    remedy = words("Try again in {wait} seconds.", "请在 {wait} 秒后重试。")


class TooManyLookUps(TooManyRequests):
    code = "too_many_look_ups"
    message = words(
        "More than {rate} look-ups of telephone numbers in an hour.",
        "一小时内按电话号码查找超过 {rate} 次。",
    )


class KeyReused(MainstayError):
    code = "idempotency_key_reused"
    message = words(
        "This Idempotency-Key was used for another request.", "该 Idempotency-Key 已用于其他请求。"
    )
    remedy = words("Send a new key with new content.", "内容不同时请使用新的键。")


class AddressNotAllowed(MainstayError):
    code = "address_not_allowed"
    message = words("«{url}» may not be called.", "不允许访问“{url}”。")
    remedy = words(
        "Give an https address of a public host; MAINSTAY_WEBHOOKS_TO_PRIVATE=1 allows others.",
        "请使用公网主机的 https 地址；设置 MAINSTAY_WEBHOOKS_TO_PRIVATE=1 可放开限制。",
    )


class UnknownKind(MainstayError):
    code = "unknown_kind"
    message = words(
        "A webhook is told of at least one of: {kinds}.", "至少须订阅其中一种：{kinds}。"
    )


class NoSuchWebhook(MainstayError):
    code = "no_such_webhook"
    message = words("There is no such webhook.", "没有这个 webhook。")


class NoSuchNotice(MainstayError):
    code = "no_such_notice"
    message = words("There is no such notice.", "没有这条通知。")


class MailNotTaken(MainstayError):
    code = "mail_not_taken"
    message = words("The mail server took no mail: {why}", "邮件服务器未接收邮件：{why}")
    remedy = words("Look at MAINSTAY_MAIL; it is tried again.", "请检查 MAINSTAY_MAIL；稍后重试。")


class NoSuchRequest(MainstayError):
    code = "no_such_request"
    message = words("There is no such request.", "没有这项申请。")


class NotOpen(MainstayError):
    code = "request_not_open"
    message = words("Nothing is to be decided on this request now.", "该申请目前无需审批。")
    remedy = words("Look at its history.", "请查看其记录。")


class AlreadyAsked(MainstayError):
    code = "already_asked"
    message = words(
        "Somebody asked for this already; it is not decided yet.",
        "已有同样的申请，尚未审批。",
    )


class NobodyDecides(MainstayError):
    code = "nobody_decides"
    message = words(
        "Nobody but you holds the right to decide on this ({right}).",
        "除您之外无人有权审批（{right}）。",
    )
    remedy = words(
        "An administrator gives somebody a role that holds it.",
        "请管理员为他人分配此权限。",
    )


class NoReason(MainstayError):
    code = "no_reason"
    message = words("A reason is needed.", "请填写理由。")


class EffectChanged(MainstayError):
    code = "effect_changed"
    message = words(
        "Meanwhile it would change something else than you saw.", "其影响已与您看到的不同。"
    )
    remedy = words("Look at it again, then decide.", "请重新查看后再决定。")


class AbsenceNotValid(MainstayError):
    code = "absence_not_valid"
    message = words(
        "An absence ends today or later, after it begins and within {days} days of it; the deputy "
        "is another person than whoever is away and whoever says so.",
        "外出须在今天或以后结束，晚于开始日期且不超过 {days} 天；代理人不得为本人或登记人。",
    )


class SettingNotValid(MainstayError):
    code = "setting_not_valid"
    message = words("This is not among what the setting may be.", "该设置不能取这个值。")


class DaysNotValid(MainstayError):
    code = "days_not_valid"
    message = words(
        "A name is needed, and one to 31 days in a row between 2000 and 2099.",
        "请填写名称；日期须为 2000 至 2099 年间连续的 1 至 31 天。",
    )
