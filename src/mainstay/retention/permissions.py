"""The right of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

HANDLE = declare(
    "losses.handle", "Say why customers were lost, and win them back", "认定流失原因、安排挽回"
)
