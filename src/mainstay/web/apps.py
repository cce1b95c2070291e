"""Django's registration of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "mainstay.web"
    label = "web"

    def ready(self) -> None:
        from mainstay.web import subjects

        subjects.register()
