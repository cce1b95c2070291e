"""What a browser calls itself, in words that people know their devices by."""

from __future__ import annotations

from django.utils.translation import gettext as _

BROWSERS = (
    ("wxwork", "企业微信"), ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"),
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("OpenHarmony", "HarmonyOS"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What to look for, and the word; the first that is found counts: each calls itself by others."""


def device_words(agent: str) -> str:
    """Browser and system, as far as they are told."""
    found = [
        next((word for sign, word in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(word for word in found if word) or _("unknown device")
