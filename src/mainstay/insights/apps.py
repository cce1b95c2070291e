"""Django's registration of the room."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "mainstay.insights"

    def ready(self) -> None:
        """Let the room's events stand on the time line."""
        from mainstay.insights import timeline  # noqa: F401
