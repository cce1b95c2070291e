"""What the reader says about faulty input, in Chinese and English: one entry per kind of fault."""

from __future__ import annotations

from mainstay_engine.errors import Fault

_TEXTS: dict[str, tuple[str, str, str, str]] = {
    # code: (message en, message zh, remedy en, remedy zh)
    "no_file": ("There is no such file.", "文件不存在。", "Check the path.", "请检查路径。"),
    "empty": (
        "The file holds no rows.",
        "文件没有数据行。",
        "Export again, with headings and rows.",
        "请重新导出，须含表头和数据行。",
    ),
    "overapplied": (
        "The parts of this receipt settle {parts}, more than the {total} received.",
        "本笔收款的核销合计 {parts}，超过收款金额 {total}。",
        (
            "Correct the amounts in the program they come from and export again. If its rows are "
            "money of their own, give each its own receipt number."
        ),
        "请在原系统中更正金额后重新导出；若各行是不同的款项，请分别填写收款单号。",
    ),
    "unclear_receipt": (
        (
            "Rows that look like one receipt repeat this amount, and it cannot be told whether it "
            "was received once or several times."
        ),
        "多行看似同一笔收款且重复同一金额，无法判断实收一次还是多次。",
        (
            "Received once: one receipt number, and the amount on its first row only. Several "
            "times: a receipt number for each."
        ),
        "只收一次：各行填同一收款单号，金额只写在首行；收了多次：分别填写收款单号。",
    ),
    "unnamed_part": (
        "A row below its receipt settles an amount and names no document.",
        "收款单的后续行填了金额，却没有核销单号。",
        "Fill in the document it settles. If the row is a total, write 合计 or delete it.",
        "请补填核销单号；若为合计行，请写明“合计”或删去。",
    ),
    "zip_bomb": (
        "The archive would unpack to an absurd size ({size}).",
        "压缩文件解开后大得反常（{size}）。",
        "Export the data as CSV or a plain workbook.",
        "请改存为 CSV 或普通工作簿。",
    ),
    "archive": (
        "This is a zip archive, not a workbook.",
        "这是 zip 压缩包，不是工作簿。",
        "Unpack it and give the file inside.",
        "请解压后提供其中的文件。",
    ),
    "password": (
        "The workbook is protected by a password.",
        "工作簿设有密码。",
        "Save it without a password.",
        "请去掉密码后另存。",
    ),
    "macro": (
        "The workbook contains macros.",
        "工作簿含有宏。",
        "Save it as .xlsx without macros.",
        "请另存为不含宏的 .xlsx。",
    ),
    "broken": (
        "The file cannot be read: {why}",
        "文件无法读取：{why}",
        "Open it in the program it came from and save it again.",
        "请用原程序打开并重新保存。",
    ),
    "cut_workbook": (
        "The workbook is incomplete or damaged: its end is missing.",
        "工作簿不完整或已损坏：缺少文件末尾。",
        "Copy, download or export it once more, wait until it is done, and give it again.",
        "请重新复制、下载或导出，待其完成后再提供。",
    ),
    "no_workbook": (
        "The file is named like an Excel workbook and is none: {starts}.",
        "文件名是 Excel 工作簿，内容却不是：{starts}。",
        "Export it once more, or open it in the program it came from and save it as .xlsx.",
        "请重新导出，或用原程序打开并另存为 .xlsx。",
    ),
    "gone": (
        "The file was removed while it was read.",
        "读取过程中文件被移走。",
        "Put it back, wait until it is complete, and read it again.",
        "请放回文件，待其完整后重新读取。",
    ),
    "disk_full": (
        "The disk is full: the file could not be read to its end.",
        "磁盘已满，文件未能读完。",
        "Free some space and try again; nothing was kept.",
        "请腾出空间后重试；未保留任何数据。",
    ),
    "too_wide": (
        "There are more than {limit:,} columns here.",
        "此处超过 {limit:,} 列。",
        "Is the separator right? Delete the columns that are not needed.",
        "请检查分隔符，并删去不需要的列。",
    ),
    "long_line": (
        "This line is longer than {limit:,} characters.",
        "本行超过 {limit:,} 个字符。",
        "A line break or a closing quotation mark is missing: export the file again.",
        "可能缺少换行或右引号，请重新导出。",
    ),
    "open_quote": (
        "A quotation mark opens here and never closes, so every row below belongs to one cell.",
        "此处的引号没有闭合，以下各行都落入同一单元格。",
        "Close or delete the quotation mark.",
        "请补上或删去引号。",
    ),
    "sparse_sheet": (
        "The sheet spans {rows:,} rows and {columns:,} columns but is nearly empty.",
        "工作表跨 {rows:,} 行、{columns:,} 列，但几乎为空。",
        "Delete the stray cell far from the table, or copy the table into a new workbook.",
        "请删除远离表格的零散单元格，或将表格复制到新工作簿。",
    ),
    "unknown_format": (
        "This is neither text, a spreadsheet nor Parquet.",
        "既不是文本、表格，也不是 Parquet。",
        "Give CSV, TSV, xlsx, xls or Parquet.",
        "请提供 CSV、TSV、xlsx、xls 或 Parquet。",
    ),
    "mixed_encodings": (
        "This line is written in another encoding ({encoding}) than the rest.",
        "本行编码（{encoding}）与其余各行不同。",
        "Save the whole file as UTF-8.",
        "请将整个文件另存为 UTF-8。",
    ),
    "bad_encoding": (
        "The bytes of this line are neither UTF-8 nor GB18030.",
        "本行字节既不是 UTF-8，也不是 GB18030。",
        "Save the whole file as UTF-8.",
        "请将整个文件另存为 UTF-8。",
    ),
    "no_headings": (
        "No heading row was found for the {table} table.",
        "找不到{table_zh}的表头行。",
        "Is this the right file and sheet? Or name the columns in a mapping.",
        "请确认文件和工作表，或用映射指明各列。",
    ),
    "no_sheet": (
        "There is no sheet of that name; the workbook has: {sheets}.",
        "没有这个工作表；现有：{sheets}。",
        "Name one of them.",
        "请从中选择。",
    ),
    "no_column": (
        "The mapping names a heading that is not in the file; it has: {headings}.",
        "映射所指的表头不在文件中；现有：{headings}。",
        "Correct the mapping.",
        "请更正映射。",
    ),
    "unknown_canonical": (
        "The mapping names a column that the {table} table does not have.",
        "映射中的列名不属于{table_zh}。",
        "Use one of: {names}.",
        "可用：{names}。",
    ),
    "no_yaml": (
        "This is no map of columns: {why}.",
        "不是列对照表：{why}。",
        "Write one «name: heading» per line.",
        "请每行写一个“名称: 表头”。",
    ),
    "no_map": (
        "This is no map of columns.",
        "不是列对照表。",
        "Write one «name: heading» per line.",
        "请每行写一个“名称: 表头”。",
    ),
    "no_heading_name": (
        "This is not one heading.",
        "不是一个表头。",
        "Give the heading as it stands in the file.",
        "请填写文件中的一个表头。",
    ),
    "unknown_option": (
        "There is no such option.",
        "没有这个选项。",
        "Use one of: {names}.",
        "可用：{names}。",
    ),
    "bad_option": (
        "This value does not fit the option.",
        "该选项不能取此值。",
        "Give {en}.",
        "请填写{zh}。",
    ),
    "missing_column": (
        "No column was recognised as {en} ({canonical}).",
        "没有识别出「{zh}」列（{canonical}）。",
        "Map it: {canonical}: <heading>. Headings in the file: {headings}.",
        "请指定映射 {canonical}: <表头>。文件中的表头：{headings}。",
    ),
    "doubled_column": (
        "This heading stands {times} times, so it is unclear which holds {en}.",
        "该表头出现 {times} 次，无法确定哪一列是「{zh}」。",
        "Rename or delete the superfluous column.",
        "请改名或删去多余的列。",
    ),
    "doubled_heading": (
        "Several columns have this heading.",
        "有多列使用这一表头。",
        "Rename or delete the superfluous column.",
        "请改名或删去多余的列。",
    ),
    "no_table": (
        "The table cannot be read from the database: {why}",
        "无法从数据库读取该表：{why}",
        "Check the name of the table, the address and the rights.",
        "请检查表名、连接地址和权限。",
    ),
    "missing_value": (
        "A value is missing.",
        "缺少数值。",
        "Fill in the cell, or leave the row out.",
        "请补填，或不导入此行。",
    ),
    "not_a_number": (
        "This is not a number.",
        "不是数字。",
        "Write it in digits, with a point before the decimals.",
        "请用数字填写，小数点用「.」。",
    ),
    "too_large": (
        "This number is larger than any amount: a code in the wrong column?",
        "数值过大，可能是编码错放到此列。",
        "Check the column.",
        "请检查该列。",
    ),
    "not_a_date": (
        "This is not a date.",
        "不是日期。",
        "Write it as 2024-01-31.",
        "请写成 2024-01-31 的形式。",
    ),
    "no_such_day": ("There is no such day.", "没有这一天。", "Correct the date.", "请更正日期。"),
    "date_order": (
        "Day and month cannot be told apart in this column.",
        "该列无法区分日和月的先后。",
        "Say so on the check page, or in a mapping: options: {{dayfirst: true}} or false.",
        "请在检查页选择，或在映射中注明 options: {{dayfirst: true}} 或 false。",
    ),
    "decimal_mark": (
        "Whether commas stand before decimals or thousands cannot be told in this column.",
        "该列的逗号是小数点还是千位分隔符，无法判断。",
        "Say so on the check page, or in a mapping: options: {{decimal: ','}} or '.'.",
        "请在检查页选择，或在映射中注明 options: {{decimal: ','}} 或 '.'。",
    ),
    "cut_code": (
        "This code was turned into a number and cut short by a spreadsheet.",
        "编码被电子表格转成数字并截断。",
        "Format the column as text and export again.",
        "请将该列设为文本格式后重新导出。",
    ),
    "cut_code_date": (
        "Not a date: a long code cut short by a spreadsheet stands here.",
        "不是日期：此处是被电子表格截断的长编码。",
        "Put the date here and format codes as text.",
        "请填写日期，并将编码列设为文本。",
    ),
    "error_cell": (
        "The cell holds a spreadsheet error.",
        "单元格是公式错误值。",
        "Correct the formula.",
        "请更正公式。",
    ),
    "uncalculated": (
        "The formula of this cell has no value in the file: no spreadsheet has worked it out.",
        "该单元格的公式在文件中没有计算结果。",
        "Open the file in a spreadsheet, save it there and bring it again.",
        "请用电子表格软件打开并保存后重新上传。",
    ),
    "does_not_tie": ("{detail}.", "{detail_zh}。", "Correct the amounts.", "请更正金额。"),
    "mixed_signs": (
        "Some credit notes are negative and others positive in this column.",
        "同一列中红字单据有正有负。",
        "Use one sign for all credit notes of a file.",
        "同一文件的红字单据须使用同一种符号。",
    ),
    "bad_rate": (
        "A rate of exchange must be more than 0.",
        "汇率须大于 0。",
        "State units of the company's currency for one unit of the other, such as 7.1.",
        "请填写 1 单位外币折合本位币的数额，如 7.1。",
    ),
    "unknown_currency": (
        "There is no such currency.",
        "没有这种货币。",
        "Use its ISO 4217 code, such as USD.",
        "请使用 ISO 4217 代码，如 USD。",
    ),
    "home_rate": (
        "The company keeps its books in {company}, but a row in {company} has another rate than 1.",
        "公司本位币为 {company}，而该行币别为 {company}，汇率却不是 1。",
        "Correct the rate, or say in which currency the company keeps its books.",
        "请更正汇率，或指明公司的本位币。",
    ),
    "doubled_rate": (
        "{currency} has another rate of the same day in row {first}.",
        "{currency} 在第 {first} 行已有同日的另一汇率。",
        "Keep one of the rows.",
        "请只保留一行。",
    ),
    "rate_missing": (
        "There is no rate of {currency} on or before {date} ({rows} rows in {currency} need one).",
        "缺少 {currency} 在 {date} 或之前的汇率（有 {rows} 行 {currency} 需要）。",
        "Add a rate of {currency} dated {date} or earlier, or a column with each row's rate.",
        "请补充 {currency} 在 {date} 或更早的汇率，或在文件中提供汇率列。",
    ),
    "rate_too_large": (
        "Amounts in {currency} are too large in the company's currency ({rows} rows).",
        "{currency} 金额折算后过大（{rows} 行）。",
        "Check the rates of {currency}.",
        "请检查 {currency} 的汇率。",
    ),
    "several_signs": (
        "Cells carry signs of several currencies ({signs}), and no column says the currency.",
        "单元格中混有多种货币符号（{signs}），而没有币别列。",
        "Add a column with the currency of each row.",
        "请增加币别列，注明每行的币种。",
    ),
    "unknown_activity": (
        "No activity is known by this name.",
        "没有这种活动。",
        "Use one of: {en_names}.",
        "请使用：{zh_names}。",
    ),
    "bad_hours": (
        "Hours of one effort lie between 0 and {most}.",
        "单条投入的工时须在 0 到 {most} 之间。",
        "Correct the hours, or split a sum into its efforts.",
        "请更正工时，或把汇总数拆成逐条记录。",
    ),
    "bad_times": (
        "An effort cannot be made less than no times.",
        "次数不能为负。",
        "Correct the number of times.",
        "请更正次数。",
    ),
    "no_rate": (
        "The row sets no rate: financing has a share per year, all else one per hour or time.",
        "该行没有费率：资金占用填年利率，其他活动填每小时或每次费率。",
        "Fill in the rate that fits the activity, and no other.",
        "请填写与活动相应的费率。",
    ),
    "negative_rate": (
        "A rate cannot be less than 0.",
        "费率不能为负。",
        "Correct the rate.",
        "请更正费率。",
    ),
    "doubled_effort_rate": (
        "The activity has another rate of the same day further up.",
        "该活动在上方已有同日的另一费率。",
        "Keep one of the rows.",
        "请只保留一行。",
    ),
    "doubled_key": (
        "This {en} stands in row {first} already.",
        "该{zh}已在第 {first} 行出现。",
        "Keep one of the rows.",
        "请只保留一行。",
    ),
}

TABLES_ZH = {
    "lines": "销售明细",
    "receipts": "收款",
    "customers": "客户",
    "allocations": "核销",
    "rates": "汇率",
    "products": "产品",
    "efforts": "投入记录",
    "effort_rates": "投入费率",
}


def fault(
    code: str,
    *,
    file: str | None = None,
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
    **words: object,
) -> Fault:
    """A fault of a known kind; ``words`` fill the braces of its texts."""
    en, zh, remedy_en, remedy_zh = (text.format(**words) for text in _TEXTS[code])
    return Fault(
        code,
        {"en": en, "zh": zh},
        {"en": remedy_en, "zh": remedy_zh},
        file,
        sheet,
        row,
        column,
        value,
    )
