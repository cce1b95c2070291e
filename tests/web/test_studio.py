"""The studio of a scheme and the comparison of two, as pages."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.insights.schemes import in_use

PRESETS = [scheme.name for scheme in in_use.presets()]


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the studio's form."""
    form = text.split('id="studio"', 1)[1].split("</form>", 1)[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", form):
        if (name := re.search(r' name="([^"]*)"', tag)) is not None:
            value = re.search(r' value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select [^>]*?name="([^"]*)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = html.unescape((chosen or re.search(r'value="([^"]*)"', options))[1])
    return found


@pytest.mark.parametrize("scheme", PRESETS)
def test_the_controls_of_a_preset_change_nothing_by_themselves(page: Client, scheme: str) -> None:
    text = page.get(reverse("scheme-studio", args=[scheme])).content.decode()
    sent = fields(text)
    before = json.loads(sent["definition"])
    again = page.post(reverse("scheme-studio", args=[scheme]), sent | {"do": "show"})
    assert again.status_code == 200
    after = json.loads(fields(again.content.decode())["definition"])
    assert after == before
