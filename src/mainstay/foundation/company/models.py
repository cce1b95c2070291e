"""What an administrator decided for everybody: settings, and days of the working calendar."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Setting(models.Model):
    """One setting that was changed; without a row it is as shipped."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class CalendarDay(models.Model):
    """A day the firm says is worked or not, whatever the week and the official calendar say."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    name = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
