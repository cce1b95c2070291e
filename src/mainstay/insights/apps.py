"""Django's registration of the room."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "mainstay.insights"

    def ready(self) -> None:
        """Let the room's events stand on the time line, and its figures before who decides."""
        from mainstay.insights import timeline, weighing  # noqa: F401
