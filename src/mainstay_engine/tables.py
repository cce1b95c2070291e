"""The facts: which tables there are, their columns, types, units, grain and meaning.

Everything that reads files, answers metrics or makes up companies uses these declarations.
Money is a signed 64-bit integer in minor units of the currency (分, pence); it is never a float.
A credit note (red invoice, return) carries negative quantity, net, tax, gross and cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Physical type of a column, the same on every back end."""

    TEXT = "string"
    DATE = "date"
    MONEY = "int64"
    """Minor units of the table's currency."""
    QUANTITY = "decimal(18, 4)"
    RATE = "decimal(20, 10)"
    """Units of the company's currency for one unit of another."""
    COUNT = "int32"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table. ``required`` columns must be present; the rest may be absent."""

    name: str
    type: Type
    en: str
    zh: str
    required: bool = False
    nullable: bool = True
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One fact table. ``grain`` says what one row is."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


INVOICE = "invoice"
CREDIT_NOTE = "credit_note"
ORDER = "order"
DELIVERY = "delivery"

MONEY = "money"
BILL = "bill"
"""Clears the invoice and stays a risk until its maturity (承兑汇票)."""
WRITE_OFF = "write_off"
DISHONOUR = "dishonour"
"""A bill that was not honoured; negative: the invoice is owed again."""
REBATE = "rebate"
"""A rebate set off against invoices (返利抵扣)."""
OPENING = "opening"
"""A balance from before the books: owed or held, but no sale and no receipt."""
NOT_RECEIVED = (WRITE_OFF, REBATE, OPENING)
"""Kinds of receipts that settle invoices, but with which nothing was received."""

SOURCE_ROW = "source_row"
"""Further column of lines and receipts, kept on request: the row in the file (int64, from 1)."""

_KNOWN_SINCE = Column(
    "known_since", Type.DATE, "Known since", "获知日期",
    meaning="Day the fact became known. Absent: taken as the business date (assumed).",
)  # fmt: skip
_CURRENCY = Column("currency", Type.TEXT, "Currency", "币种", meaning="ISO 4217 code.")
_ORGANISATION = Column(
    "organisation",
    Type.TEXT,
    "Organisation",
    "组织",
    meaning="Company or branch of ours whose number it is: two of them may use the same numbers.",
)
_EXCHANGE_RATE = Column(
    "exchange_rate", Type.RATE, "Exchange rate", "汇率",
    meaning="Units of the company's currency for one unit of the row's, as the row states it or "
    "as it was in force on the row's date. Only where there are several currencies.",
)  # fmt: skip

LINES = Table(
    "lines",
    "one line of an invoice or credit note; on request, of an order or delivery",
    (
        Column("doc_no", Type.TEXT, "Document number", "单据编号", required=True, nullable=False),
        Column("line_no", Type.COUNT, "Line number", "行号"),
        Column("kind", Type.TEXT, "Kind", "单据类型", required=True, nullable=False,
               meaning="'invoice' or 'credit_note'; 'opening', which is owed (gross) and no sale "
               "(net 0); on request 'order' or 'delivery', which are neither."),
        Column("customer_id", Type.TEXT, "Customer code", "客户编码", required=True,
               meaning="Null: the line is unassigned; it counts in company totals only."),
        Column("customer_name", Type.TEXT, "Customer name", "客户名称"),
        Column("doc_date", Type.DATE, "Document date", "单据日期", required=True, nullable=False,
               meaning="Business date."),
        Column("due_date", Type.DATE, "Due date", "到期日"),
        Column("item", Type.TEXT, "Item", "物料编码"),
        Column("item_name", Type.TEXT, "Item name", "物料名称"),
        Column("category", Type.TEXT, "Category", "品类"),
        Column("quantity", Type.QUANTITY, "Quantity", "数量"),
        Column("net", Type.MONEY, "Net amount", "不含税金额", required=True, nullable=False,
               meaning="Sales value without VAT."),
        Column("tax", Type.MONEY, "Tax", "税额", meaning="VAT."),
        Column("gross", Type.MONEY, "Gross amount", "价税合计", meaning="net + tax: what is owed."),
        Column("cost", Type.MONEY, "Cost", "成本", meaning="Cost of the goods, without VAT."),
        Column("discount", Type.MONEY, "Discount", "折扣金额",
               meaning="List value less net, without VAT; negative on credit notes."),
        Column("owed_own", Type.MONEY, "Owed, own currency", "应收原币",
               meaning="What is owed for the line in its own currency's minor units; all other "
               "amounts are the company's. Only where there are several currencies."),
        Column("salesperson", Type.TEXT, "Salesperson", "业务员"),
        Column("region", Type.TEXT, "Region", "区域", meaning="Where the goods were sold to."),
        Column("tax_no", Type.TEXT, "Tax number", "税号",
               meaning="The buyer's: tells that a new customer code is a known customer."),
        Column("order_no", Type.TEXT, "Order number", "订单号",
               meaning="On deliveries and invoices: the order they fulfil."),
        Column("promised", Type.DATE, "Promised date", "交货日期",
               meaning="On orders: the day the goods are due."),
        Column("order_state", Type.TEXT, "Order state", "订单状态",
               meaning="On orders: 'closed' or 'cancelled'. Null: in force."),
        _ORGANISATION,
        _CURRENCY,
        _EXCHANGE_RATE,
        _KNOWN_SINCE,
    ),
)  # fmt: skip

RECEIPTS = Table(
    "receipts",
    "one receipt of money or a bill from a customer",
    (
        Column("receipt_no", Type.TEXT, "Receipt number", "收款单号"),
        Column("customer_id", Type.TEXT, "Customer code", "客户编码", required=True),
        Column("customer_name", Type.TEXT, "Customer name", "客户名称"),
        Column("date", Type.DATE, "Receipt date", "收款日期", required=True, nullable=False),
        Column("amount", Type.MONEY, "Amount", "收款金额", required=True, nullable=False,
               meaning="Positive: received. Negative: paid back."),
        Column("method", Type.TEXT, "Method", "结算方式"),
        Column("kind", Type.TEXT, "Kind", "收款类型",
               meaning="'money', 'bill', 'write_off', 'dishonour', 'rebate' or 'opening'. "
               "Write-offs, rebates and openings settle, but are not received. Absent: money."),
        Column("bill_no", Type.TEXT, "Bill number", "票据号",
               meaning="Bills, and their dishonour: the number printed on the bill."),
        Column("maturity", Type.DATE, "Maturity", "票据到期日",
               meaning="Bills only: day the bill falls due; the risk stays until then. Absent: "
               "six months after its date, the longest a bill may run."),
        Column("applied_to", Type.TEXT, "Applied to", "核销单号",
               meaning="Document number the receipt settles, where it names one."),
        Column("amount_own", Type.MONEY, "Amount, own currency", "收款原币",
               meaning="The amount in the receipt's own currency's minor units. Only where there "
               "are several currencies."),
        _ORGANISATION,
        _CURRENCY,
        _EXCHANGE_RATE,
        _KNOWN_SINCE,
    ),
)  # fmt: skip

ALLOCATIONS = Table(
    "allocations",
    "one part of a receipt settling one document",
    (
        Column("receipt_no", Type.TEXT, "Receipt number", "收款单号", required=True,
               nullable=False),
        Column("doc_no", Type.TEXT, "Document number", "单据编号", required=True, nullable=False),
        Column("amount", Type.MONEY, "Amount", "核销金额", required=True, nullable=False,
               meaning="In the currency of the receipt and the document."),
        _ORGANISATION,
        _KNOWN_SINCE,
    ),
)  # fmt: skip

CUSTOMERS = Table(
    "customers",
    "one customer",
    (
        Column(
            "customer_id", Type.TEXT, "Customer code", "客户编码", required=True, nullable=False
        ),
        Column("customer_name", Type.TEXT, "Customer name", "客户名称"),
        Column("name_en", Type.TEXT, "English name", "英文名称"),
        Column("region", Type.TEXT, "Home region", "所属区域"),
        Column("trade", Type.TEXT, "Trade", "行业"),
        Column("salesperson", Type.TEXT, "Salesperson", "业务员"),
        Column("terms_days", Type.COUNT, "Credit days", "信用天数",
               meaning="Days after the document date that an invoice falls due."),
        Column("terms", Type.TEXT, "Terms of payment", "付款条件",
               meaning="Where days alone do not tell it: 'EOM+30' (month-end, then 30 days), "
               "'30+EOM', 'EOM+30 cut-off 25', 'from delivery 30'."),
        Column("credit_limit", Type.MONEY, "Credit limit", "信用额度",
               meaning="Null: none set. 0: nothing allowed."),
        Column("tax_no", Type.TEXT, "Tax number", "税号"),
        Column("since", Type.DATE, "Customer since", "建档日期"),
        Column("contact", Type.TEXT, "Contact person", "联系人"),
        Column("contact_position", Type.TEXT, "Contact's position", "联系人职务"),
        Column("contact_phone", Type.TEXT, "Contact's telephone", "联系电话"),
        Column("contact_mobile", Type.TEXT, "Contact's mobile", "手机"),
        Column("contact_email", Type.TEXT, "Contact's mail", "邮箱"),
    ),
)  # fmt: skip

RATES = Table(
    "rates",
    "one rate of one currency, in force from its date until the next one's",
    (
        Column("currency", Type.TEXT, "Currency", "币种", required=True, nullable=False,
               meaning="ISO 4217 code of the foreign currency."),
        Column("date", Type.DATE, "Date", "生效日期", required=True, nullable=False,
               meaning="First day on which the rate is in force."),
        Column("rate", Type.RATE, "Rate", "汇率", required=True, nullable=False,
               meaning="Units of the company's currency for one unit of the currency."),
        _KNOWN_SINCE,
    ),
)  # fmt: skip

PRODUCTS = Table(
    "products",
    "one product",
    (
        Column("item", Type.TEXT, "Item", "物料编码", required=True, nullable=False),
        Column("item_name", Type.TEXT, "Item name", "物料名称"),
        Column("category", Type.TEXT, "Category", "品类",
               meaning="Holds for every line of the item that names none itself."),
        Column("unit", Type.TEXT, "Unit", "计量单位"),
    ),
)  # fmt: skip

EFFORTS = Table(
    "efforts",
    "one thing done for one customer: a visit, a call, a sample, freight paid",
    (
        Column("customer_id", Type.TEXT, "Customer code", "客户编码", required=True,
               nullable=False),
        Column("customer_name", Type.TEXT, "Customer name", "客户名称"),
        Column("date", Type.DATE, "Date", "日期", required=True, nullable=False),
        Column("activity", Type.TEXT, "Activity", "活动", required=True, nullable=False,
               meaning="By its name in ``mainstay_engine.activities``."),
        Column("person", Type.TEXT, "Person", "人员", meaning="Who did it."),
        Column("hours", Type.QUANTITY, "Hours", "工时", meaning="Of our people, travel included."),
        Column("quantity", Type.QUANTITY, "Times", "次数", meaning="Absent: once."),
        Column("amount", Type.MONEY, "Amount", "金额",
               meaning="What it cost, without VAT. Absent: by the rate in force on the day."),
        Column("note", Type.TEXT, "Note", "备注"),
        _KNOWN_SINCE,
    ),
)  # fmt: skip

EFFORT_RATES = Table(
    "effort_rates",
    "what one activity costs, in force from its day until the activity's next rate",
    (
        Column("activity", Type.TEXT, "Activity", "活动", required=True, nullable=False,
               meaning="As of efforts; or 'financing', of which only the yearly rate counts."),
        Column("since", Type.DATE, "In force from", "生效日期", required=True, nullable=False),
        Column("per_hour", Type.MONEY, "Per hour", "每小时"),
        Column("per_time", Type.MONEY, "Per time", "每次"),
        Column("per_year", Type.RATE, "Share per year", "年利率",
               meaning="Of financing: the price of a year's money as a share of it; 0.06 is 6 %."),
        _KNOWN_SINCE,
    ),
)  # fmt: skip

TABLES = {
    table.name: table
    for table in (
        LINES, RECEIPTS, ALLOCATIONS, CUSTOMERS, RATES, PRODUCTS, EFFORTS, EFFORT_RATES,
    )
}  # fmt: skip
LISTS = ("customers", "products")
"""Tables that list what others name: one row of each code."""
