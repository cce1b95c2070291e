"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

PORTFOLIO = declare("portfolio.see", "See the portfolio", "查看客户组合")
GRADE = declare("grades.run", "Grade everybody anew", "重新分级")
