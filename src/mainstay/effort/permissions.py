"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

RECORD = declare("efforts.record", "Record efforts for customers", "记录客户投入")
RATES = declare("efforts.rates", "Set what efforts cost", "设定投入费率")
