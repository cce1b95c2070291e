"""Files someone uploaded and has not yet, or has, applied."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from mainstay.foundation.models import Job
from mainstay.ledger.models import ImportBatch


class Upload(models.Model):
    """Files brought in together: sales, and perhaps receipts and customers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    mapping = models.JSONField(default=dict)
    """Per table: canonical column → heading, as the user confirmed it."""
    decisions = models.JSONField(default=dict)
    """On customers the books may have under another code: ``exchange.matching``."""
    skip_bad = models.BooleanField(default=False)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.OneToOneField(
        ImportBatch, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    faults = models.JSONField(default=list)
    """The first faults that stopped it, or of the rows left out, as the engine states them."""
    fault_count = models.PositiveIntegerField(default=0)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadFile(models.Model):
    """One uploaded file: stored under a random name, its own name kept as data."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    table = models.CharField(max_length=20)
    """lines · receipts · customers · allocations"""
    name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=100, unique=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "table"], name="upload_file_table"),
        ]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where files come from (an ERP's export): its map of columns, remembered by name."""

    name = models.CharField(max_length=120, unique=True)
    mapping = models.JSONField(default=dict)
    """Per table: canonical column → heading; ``options`` beside them, as the YAML file has it."""
    headings = models.JSONField(default=dict)
    """Per table: the headings of the last file, by which the next one is recognised."""
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
