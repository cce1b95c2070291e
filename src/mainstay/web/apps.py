"""The application label of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "mainstay.web"
    label = "web"
