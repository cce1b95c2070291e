"""What can go wrong with people, audit and jobs."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class AuditIsAppendOnly(MainstayError):
    code = "audit_append_only"
    message = words("Audit entries are never changed or deleted.", "审计记录不可修改或删除。")


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


class NotAllowed(MainstayError):
    code = "not_allowed"
    message = words("You may not do this.", "您没有此操作的权限。")
