"""Django's registration of the room."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "mainstay.insights"

    def ready(self) -> None:
        """Let the room's events stand on the time line, its figures before who decides, and what it
        lets people ask for in the inbox."""
        from mainstay.insights import timeline, weighing  # noqa: F401
        from mainstay.insights.schemes import asking  # noqa: F401
