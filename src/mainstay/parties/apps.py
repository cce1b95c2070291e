"""Django's registration of the room."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "mainstay.parties"
