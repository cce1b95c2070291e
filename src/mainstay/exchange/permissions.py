"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

IMPORT = declare("data.import", "Import files", "导入文件")
