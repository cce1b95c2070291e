"""People, the audit trail, jobs, and what programs need: tokens, kept answers, webhooks.

The models of approvals, of the company and of notices stand in their packages.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from mainstay.foundation.approvals.models import Absence, Request, RequestWord
from mainstay.foundation.company.models import CalendarDay, Setting
from mainstay.foundation.errors import AuditIsAppendOnly
from mainstay.foundation.notices.models import Notice, NoticeChoice
from mainstay.foundation.trail import content

__all__ = (
    "Absence", "CalendarDay", "Notice", "NoticeChoice", "Request", "RequestWord", "Setting",
)  # fmt: skip


class User(AbstractUser):
    """Someone who signs in."""

    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    language = models.CharField(max_length=10, blank=True, choices=settings.LANGUAGES)
    """Chosen language; blank follows the browser."""
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    books_name = models.CharField(max_length=120, blank=True)
    """The name as the books write it where they name the salesperson."""
    must_change_password = models.BooleanField(default=False)
    """Set for a password someone else chose: nothing opens until it is changed."""

    def known_as(self) -> str:
        """The name that colleagues read."""
        return self.get_full_name() or self.username

    scopes: frozenset[str] | None = None
    """Names of the only rights that hold for now: those of a token. Null: all that are held."""


class Territory(models.Model):
    """One part of the firm's area; the parts below it belong to it.

    Files name regions; the territory that lists a region holds its customers.
    """

    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    regions = models.JSONField(default=list)
    """Names of regions as files write them."""

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What somebody does here, as a set of rights. The shipped ones stand in ``roles.yaml``.

    A shipped role has a row once somebody holds it or changed it.
    """

    class Reach(models.TextChoices):
        OWN = "own"
        """Customers one owns or is in the team of."""
        TERRITORY = "territory"
        """Customers of the territory of the appointment; without one, all."""
        COMPANY = "company"

    name = models.CharField(max_length=60, unique=True)
    title = models.JSONField(default=dict)
    """Of a role of the firm's own, keyed ``en`` and ``zh``."""
    reach = models.CharField(max_length=10, choices=Reach, blank=True)
    rights = models.JSONField(null=True)
    """Names of rights. Null: as shipped."""
    second_step = models.BooleanField(default=False)
    """Whether nothing opens to whoever holds it before a second step is set up."""

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """Somebody holds a role, in a territory or not, from one day until another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="appointments")
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, related_name="appointments"
    )
    since = models.DateField()
    until = models.DateField(null=True)
    """The first day on which it holds no more."""
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: the system itself, for the first person."""
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "until"], name="appointment_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role_id}"


class SignInFailures(models.Model):
    """Wrong attempts to sign in by one name or from one address (``throttle``)."""

    key = models.CharField(max_length=200, primary_key=True)
    """``name:…``, ``code:…`` or ``address:…``."""
    count = models.PositiveIntegerField(default=0)
    last = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """No attempt is looked at before."""

    def __str__(self) -> str:
        return self.key


class RateCount(models.Model):
    """How much of something was handed out in its latest span of time (``rates``)."""

    what = models.CharField(max_length=200, primary_key=True)
    number = models.BigIntegerField()
    """Of the span, counted from 1970 on."""
    count = models.BigIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.what


class Session(AbstractBaseSession):
    """What one browser was let in for; of nobody while nobody has signed in there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """To the minute."""
    address = models.CharField(max_length=60, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    """What the browser calls itself."""


class SecondStep(models.Model):
    """The app with codes that somebody proves to hold at sign-in, after the password."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=200)
    """Sealed by ``vault``."""
    last_step = models.BigIntegerField()
    """The half minute of the newest code taken: neither it nor an older one is taken again."""
    set_up_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(models.Model):
    """Stands in for a code of the app, once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the code, in hexadecimal: 120 random bits need no slow hash."""
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.digest[:6]}"


class ProviderAccount(models.Model):
    """Whom the provider of sign-in means by a subject. It never changes hands by itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="provider_subject"),
            models.UniqueConstraint(fields=["user", "issuer"], name="provider_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.subject}"


class SavedView(models.Model):
    """What the address of a list asks for, under a name."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    """Route of the list."""
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2_000, blank=True)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="view_name"),
        ]

    def __str__(self) -> str:
        return self.name


class AppendOnly(models.QuerySet[Any]):
    """Rows that are written once: neither changed nor deleted."""

    def update(self, **kwargs: object) -> NoReturn:
        raise AuditIsAppendOnly

    def delete(self) -> NoReturn:
        raise AuditIsAppendOnly

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        raise AuditIsAppendOnly


class AuditEntries(AppendOnly):
    """Audit entries, each signed as it is written."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Each entry is signed, as one that is saved by itself."""
        entries = list(objs)
        for entry in entries:
            entry.mac = content.sign(entry)
        return super().bulk_create(entries, *args, **kwargs)


class AuditEntry(models.Model):
    """One decision: who did what to which subject, when and why. Written in its transaction."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: the system itself."""
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=250)
    """What it was done to, as ``kind:id``."""
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    mac = models.CharField(max_length=80, null=True, blank=True, unique=True, editable=False)
    """Keyed sum over all of it: tells what the application wrote from what others did."""

    objects = AuditEntries.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "at"], name="audit_subject_at")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditIsAppendOnly
        self.mac = content.sign(self)
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise AuditIsAppendOnly


class AuditSeal(models.Model):
    """One link of the chain over audit entries, made by ``trail.sealing``; never changed."""

    sequence = models.BigIntegerField(primary_key=True)
    """1, 2, 3 … in the order of sealing, without a gap."""
    entry = models.OneToOneField(
        AuditEntry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="seal"
    )
    """No constraint holds it: the seal outlives its entry and names what was deleted."""
    digest = models.CharField(max_length=64)
    """SHA-256 of what the entry says."""
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    """SHA-256 over the previous hash and all of the above."""
    sealed_at = models.DateTimeField(db_index=True)
    anchored = models.BooleanField(default=False)
    """Whether the head file is known to hold it."""

    objects = AppendOnly.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["sequence"], condition=models.Q(anchored=False), name="seal_unanchored"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"


class Job(models.Model):
    """Long work: queued, then run by a worker that holds a lease on it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN: ClassVar = (State.QUEUED, State.RUNNING)
    """Not ended yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    """Ids only: the job reads everything else itself."""
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    message = models.JSONField(default=dict)
    """What it is doing now, keyed ``en`` and ``zh``."""
    report = models.JSONField(null=True)
    error = models.JSONField(null=True)
    """``code``, ``en``, ``zh`` of what stopped it."""
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True)
    """A queued job waits until then. Null: it is due."""
    started_at = models.DateTimeField(null=True)
    stage_at = models.DateTimeField(null=True)
    """When the part of the work that ``total`` counts began: not while it waited its turn."""
    stage_done = models.BigIntegerField(default=0)
    """What was ``done`` of it then: a killed import goes on after the rows that are there."""
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    """While running: the worker renews it; once past, the job goes back into the queue."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "created_at"], name="job_state_created"),
            models.Index(fields=["kind", "created_at"], name="job_kind_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class ApiToken(models.Model):
    """A program's key to act for somebody, within scopes and until a day. Its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    """The beginning of the token, by which people tell it from others."""
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the token, in hexadecimal: 256 random bits need no slow hash."""
    scopes = models.JSONField(default=list)
    """Names of rights, of those its owner holds."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    """To the minute."""
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class KeptAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, for whoever repeats it."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of what was asked, in hexadecimal."""
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="kept_answer_key"),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.key}"


class Webhook(models.Model):
    """An address that wants to be told when something happens."""

    url = models.URLField(max_length=500)
    kinds = models.JSONField(default=list)
    """What it wants to be told: names of ``outbox.KINDS``."""
    secret = models.CharField(max_length=200)
    """With which messages are signed; the receiver has it too. Sealed by ``vault``."""
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.url


class WebhookMessage(models.Model):
    """One thing that happened, told to one webhook: until it is taken, or given up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    """What the receiver answered last."""
    error = models.CharField(max_length=200, blank=True)
    """Why there was no answer last."""
    tried_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
