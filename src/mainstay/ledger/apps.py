"""Django's registration of the room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "mainstay.ledger"

    def ready(self) -> None:
        """Let the room's events stand on the time line."""
        from mainstay.ledger import timeline  # noqa: F401
