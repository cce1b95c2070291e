"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

SEE = declare(
    "customers.see", "See customers, their documents and grades", "查看客户及其单据、等级"
)
APPROVE = declare("customers.approve", "Decide on requests about customers", "审批客户相关申请")
OWN = declare("customers.own", "Be the owner of customers", "担任客户负责人")
ASSIGN = declare("customers.assign", "Assign owners to customers", "指定客户负责人")
MERGE = declare("customers.merge", "Merge and split customers", "归并与拆分客户")
EXPORT = declare("lists.export", "Export lists", "导出列表")
COST = declare("cost.see", "See cost, profit and margin", "查看成本、毛利与毛利率", field=True)
PERSONAL = declare(
    "personal.see", "See personal data of contacts", "查看联系人的个人信息", field=True
)
CONTACTS = declare("contacts.edit", "Add, change and end contacts", "新增、更改和停用联系人")
PROTECT = declare(
    "personal.protect",
    "Export and erase a contact's personal data",
    "导出并删除联系人的个人信息",
)
