"""Django's registration of the room."""

from django.apps import AppConfig


class EffortConfig(AppConfig):
    name = "mainstay.effort"

    def ready(self) -> None:
        """Let the engine read the room's facts, and its events stand on the time line."""
        from mainstay.effort import facts, timeline

        facts.register()
        timeline.register()
