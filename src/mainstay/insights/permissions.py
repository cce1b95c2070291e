"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

PORTFOLIO = declare("portfolio.see", "See the portfolio", "查看客户组合")
GRADE = declare("grades.run", "Grade everybody anew", "重新分级")
SCHEMES = declare("schemes.propose", "Propose schemes to grade by", "提出分级方案")
DECIDE = declare("schemes.approve", "Decide on schemes", "审批分级方案")
JUDGE = declare("customers.judge", "Judge customers by the criteria of a scheme", "按标准评判客户")
