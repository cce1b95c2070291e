"""Django's registration of the room."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "mainstay.policies"

    def ready(self) -> None:
        """Let people ask for policies and exceptions in the inbox, with their cost beside them."""
        from mainstay.policies import asking, weighing  # noqa: F401
