"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

PROPOSE = declare("policies.propose", "Propose what each class is owed", "提出各等级待遇")
DECIDE = declare("policies.approve", "Decide on what each class is owed", "审批各等级待遇")
