"""What webhooks are told of. Written in the transaction of what happened: told if it did, and only
then.
"""

from __future__ import annotations

from mainstay.foundation.models import Job, Webhook, WebhookMessage

DELIVER = "webhooks.deliver"
"""The kind of the job that tells one webhook."""
JOB_FAILED = "job.failed"
KINDS = ("import.applied", "import.undone", "grades.run", JOB_FAILED)
"""What there is to be told: of these, all but the last are actions of the audit trail."""


def announce(kind: str, subject: str) -> None:
    """Leave a message for every webhook that wants to know of this kind. ``subject``: ``kind:id``.

    The message says no more than that: the receiver asks for the rest, with a token's rights.
    """
    if kind not in KINDS:
        return
    for webhook in Webhook.objects.filter(ended_at=None).order_by("pk"):
        if kind in webhook.kinds:
            message = WebhookMessage.objects.create(webhook=webhook, kind=kind, subject=subject)
            Job.objects.create(kind=DELIVER, arguments={"message": str(message.pk)})
