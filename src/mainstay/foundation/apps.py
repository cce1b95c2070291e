"""Django's registration of the room; finds the jobs of every room."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FoundationConfig(AppConfig):
    name = "mainstay.foundation"

    def ready(self) -> None:
        autodiscover_modules("jobs", "webhooks", "trail.jobs", "notices.jobs", "upkeep")
        autodiscover_modules("news", "asking")
