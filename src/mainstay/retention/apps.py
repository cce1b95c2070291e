"""Django's registration of the room."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "mainstay.retention"

    def ready(self) -> None:
        """Look for losses after each grading, and let them stand on the time line."""
        from mainstay.insights.following import after_grading
        from mainstay.retention import finding, timeline  # noqa: F401

        after_grading(finding.follow)
