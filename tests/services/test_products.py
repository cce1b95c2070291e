"""Products and categories: named by lines and by lists, given to lines, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mainstay.catalogue.models import Category, Product
from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation.models import Job, User
from mainstay.insights.facts_out import facts_of_books
from mainstay.ledger import selectors
from mainstay.ledger.models import ImportBatch
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

LINES = "单据编号,日期,客户编码,存货编码,存货名称,存货分类,数量,无税金额\n"
LIST = "商品编码,商品名称,类别,计量单位\n"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def lines(folder: Path, name: str, *rows: str) -> Path:
    return _write(folder / f"{name}.csv", LINES + "".join(f"{row}\n" for row in rows))


def product_list(folder: Path, name: str, *rows: str) -> Path:
    return _write(folder / f"{name}.csv", LIST + "".join(f"{row}\n" for row in rows))


def shown() -> dict[str, tuple[str, str | None, str, bool]]:
    rows = Product.objects.order_by("code")
    return {
        code: (name, category, unit, listed)
        for code, name, category, unit, listed in rows.values_list(
            "code", "name", "category__name", "unit", "on_file"
        )
    }


def sold() -> dict[str, str | None]:
    """Category of each line in the facts, by document."""
    rows = facts_of_books().lines.to_pyarrow().to_pylist()
    return {row["doc_no"]: row.get("category") for row in rows}


def undo(user: User, nth: int) -> dict[str, int]:
    """Take the first, second … import back."""
    batch = ImportBatch.objects.order_by("pk")[nth - 1]
    return exchange.undo(user, batch.pk, "wrong file").counts


@pytest.mark.grades
def test_lines_name_products_and_the_newest_word_goes_before(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    first = lines(
        tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,油品,2,10", "F1,2026-01-01,C1,P2,,,1,5",
        "F2,2026-01-02,C1,,运费,,1,3",
    )  # fmt: skip
    job = bring({"lines": first})
    assert job.report is not None
    assert job.report["products_new"] == 2
    assert shown() == {"P1": ("主轴油", "油品", "", False), "P2": ("", None, "", False)}
    bring({"lines": lines(tmp_path, "b", "F3,2026-02-01,C1,P1,主轴油 5L,,2,10",
                          "F4,2026-02-01,C1,P2,手套,劳保,1,5")})  # fmt: skip
    assert shown() == {"P1": ("主轴油 5L", "油品", "", False), "P2": ("手套", "劳保", "", False)}
    undo(owner, 2)
    assert shown() == {"P1": ("主轴油", "油品", "", False), "P2": ("", None, "", False)}
    assert list(Category.objects.values_list("name", flat=True)) == ["油品"]
    assert undo(owner, 1)["products_gone"] == 2
    assert not Product.objects.exists()
    assert not Category.objects.exists()


def test_a_list_lies_over_what_lines_say_until_it_is_taken_back(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,油品,2,10",
                          "F1,2026-01-01,C1,007,手套,,1,5")})  # fmt: skip
    job = bring({"products": product_list(
        tmp_path, "list", "P1,主轴油 VG10,油品 / 主轴,桶", "007,,劳保,双", "P9,新品,,件"
    )})  # fmt: skip
    assert job.report is not None
    assert (job.report["products_new"], job.report["products_changed"]) == (1, 2)
    assert shown() == {
        "007": ("手套", "劳保", "双", True),
        "P1": ("主轴油 VG10", "油品 / 主轴", "桶", True),
        "P9": ("新品", None, "件", True),
    }
    assert dict(Category.objects.values_list("name", "parent__name")) == {
        "劳保": None, "油品": None, "油品 / 主轴": "油品",
    }  # fmt: skip
    bring({"lines": lines(tmp_path, "b", "F2,2026-02-01,C1,P1,改名,改类,2,10")})
    assert shown()["P1"] == ("主轴油 VG10", "油品 / 主轴", "桶", True)
    assert undo(owner, 2)["products_gone"] == 1
    assert shown() == {"007": ("手套", None, "", False), "P1": ("改名", "改类", "", False)}


def test_a_line_without_a_category_takes_its_products(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,自有,2,10",
                          "F2,2026-01-01,C1,P1,主轴油,,1,5",
                          "F3,2026-01-01,C1,P2,手套,,1,5")})  # fmt: skip
    assert sold() == {"F1": "自有", "F2": "自有", "F3": None}
    bring({"products": product_list(tmp_path, "list", "P1,主轴油,油品,桶", "P2,手套,劳保,双")})
    assert sold() == {"F1": "自有", "F2": "油品", "F3": "劳保"}
    page = selectors.documents(owner, "C1")
    ids = {row.number: row.id for row in page.rows}
    assert [line.category for line in selectors.document(owner, ids["F2"]).lines] == ["油品"]
    undo(owner, 2)
    assert sold() == {"F1": "自有", "F2": "自有", "F3": None}


def test_books_whose_lines_never_had_a_category_get_one_from_the_list(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": _write(tmp_path / "a.csv", "单据编号,日期,客户编码,存货编码,无税金额\n"
                                               "F1,2026-01-01,C1,P1,10\n")})  # fmt: skip
    assert "category" not in facts_of_books().lines.columns
    bring({"products": product_list(tmp_path, "list", "P1,主轴油,油品,桶", "P2,手套,劳保,双")})
    assert sold() == {"F1": "油品"}


def test_what_two_imports_brought_goes_only_with_both(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    row = "F1,2026-01-01,C1,P1,主轴油,油品,2,10"
    bring({"lines": lines(tmp_path, "a", row)})
    bring({"lines": lines(tmp_path, "b", row)})
    assert undo(owner, 1)["products_gone"] == 0
    assert shown() == {"P1": ("主轴油", "油品", "", False)}
    assert undo(owner, 2)["products_gone"] == 1


def test_documents_that_are_there_already_say_nothing_new(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    row = "F1,2026-01-01,C1,P1,主轴油,油品,2,10"
    bring({"lines": lines(tmp_path, "a", row)})
    bring({"lines": lines(tmp_path, "b", "F2,2026-02-01,C1,P1,主轴油 5L,润滑,2,10")})
    before = shown()
    assert before == {"P1": ("主轴油 5L", "润滑", "", False)}
    bring({"lines": lines(tmp_path, "c", row.replace("主轴油", "别名"),
                          "F3,2026-03-01,C1,P2,手套,,1,5")})  # fmt: skip
    assert shown() == before | {"P2": ("手套", None, "", False)}
    undo(owner, 3)
    assert shown() == before
    assert list(Category.objects.values_list("name", flat=True)) == ["润滑"]


def test_an_undo_leaves_the_word_that_an_import_took_last(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(tmp_path, "a", "F2,2026-01-02,C1,P1,主轴油,油品,2,10",
                          "F1,2026-01-01,C1,P1,别名,别类,2,10")})  # fmt: skip
    before = shown()
    bring({"lines": lines(tmp_path, "b", "F3,2026-02-01,C1,P1,第三,第三类,2,10")})
    undo(owner, 2)
    assert shown() == before
    assert set(Category.objects.values_list("name", flat=True)) == {"油品"}


def test_a_product_comes_back_with_the_version_that_names_it(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,油品,2,10")})
    bring({"lines": lines(tmp_path, "b", "F1,2026-01-01,C1,P2,手套,,2,10")})
    bring({"lines": lines(tmp_path, "c", "F2,2026-01-01,C1,P1,主轴油,,2,10")})
    undo(owner, 3)
    assert "P1" not in shown()  # only a superseded version names it
    undo(owner, 2)
    assert shown() == {"P1": ("主轴油", "油品", "", False)}


def test_the_dry_run_counts_new_products_and_writes_none(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,,2,10")})
    files = {
        "lines": lines(tmp_path, "b", "F2,2026-01-01,C1,P2,手套,,2,10"),
        "products": product_list(tmp_path, "list", "P1,主轴油,油品,桶", "P3,新品,,件"),
    }
    local = {table: exchange.LocalFile(path) for table, path in files.items()}
    assert dry_run(exchange.start_upload(owner, local)).counts["products_new"] == 2
    assert list(shown()) == ["P1"]


def test_a_code_that_stands_twice_or_is_too_long_is_a_fault(owner: User, tmp_path: Path) -> None:
    path = product_list(tmp_path, "list", "P1,甲,,桶", "P1,乙,,桶", f"{'9' * 201},丙,,桶")
    upload = exchange.start_upload(owner, {"products": exchange.LocalFile(path)})
    (doubled,) = dry_run(upload).faults
    assert (doubled["code"], doubled["row"]) == ("doubled_key", 3)
    codes = {fault["code"] for fault in dry_run(upload, skip_bad=True).faults}
    assert codes == {"doubled_key", "too_long"}


def test_the_products_page_sums_what_the_books_sold(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    bring({"lines": lines(
        tmp_path, "a", "F1,2026-01-01,C1,P1,主轴油,油品,2,10.00", "F2,2026-03-01,C2,P1,,,1,5.50",
        "H1,2026-02-01,C1,P1,,,-1,-2.25", "F2,2026-03-01,C2,P2,手套,,1,1.00",
    )})  # fmt: skip
    page = selectors.products(owner)
    found = {row.code: (row.lines, row.net, str(row.last), row.category) for row in page.rows}
    assert found == {"P1": (3, 1_325, "2026-03-01", "油品"), "P2": (1, 100, "2026-03-01", None)}
    assert (page.total, page.uncategorised) == (2, 1)
    assert [row.code for row in selectors.products(owner, uncategorised=True).rows] == ["P2"]
    assert [row.code for row in selectors.products(owner, "主轴").rows] == ["P1"]
    first = selectors.products(owner, size=1)
    assert [row.code for row in first.rows] == ["P1"]
    assert [row.code for row in selectors.products(owner, after=first.next_cursor).rows] == ["P2"]


def test_orders_name_products_and_sell_none(bring: Bring, owner: User, tmp_path: Path) -> None:
    path = _write(tmp_path / "o.csv", "单据编号,单据类型,日期,客户编码,存货编码,无税金额\n"
                                      "D1,销售订单,2026-01-01,C1,P1,10\n")  # fmt: skip
    bring({"lines": path})
    (row,) = selectors.products(owner).rows
    assert (row.code, row.lines, row.net, row.last) == ("P1", 0, 0, None)


def test_products_of_the_demo_company_go_with_it(graded: Job, bring: Bring, tmp_path: Path) -> None:
    assert Product.objects.filter(code="P1").exists()
    Upload.objects.update(is_demo=True)
    ImportBatch.objects.update(is_demo=True)
    bring({"lines": lines(tmp_path, "own", "F1,2026-01-01,C1,Q7,主轴油,油品,2,10.00")})
    assert list(Product.objects.values_list("code", flat=True)) == ["Q7"]
