"""Pages of paper as PDF: headings, paragraphs and tables in one typeface with Latin and Chinese.

The typeface (Noto Sans, simplified Chinese) is embedded with the characters used alone, so that a
page reads the same everywhere and its text can be selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

TYPEFACE = Path(__file__).with_name("build") / "NotoSansHans-Regular.otf"
"""Put there by the front end's build."""
MARGIN = 18
"""Millimetres."""
QUIET = 90
"""Grey of what is beside the point: seven to one on white."""


class Sheet:
    """One document of A4 pages, written from the top down."""

    def __init__(self, title: str, lang: str) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_title(title)
        self._pdf.set_lang(lang)
        self._pdf.set_margins(MARGIN, MARGIN)
        self._pdf.set_auto_page_break(True, MARGIN)
        self._pdf.add_font("sans", fname=TYPEFACE)
        self._pdf.add_page()
        # Chinese breaks between any two characters, English between words.
        self._wrap = WrapMode.CHAR if lang.startswith("zh") else WrapMode.WORD

    def heading(self, text: str, size: float = 12) -> None:
        self._pdf.ln(2)
        self._text(text, size)

    def paragraph(self, text: str) -> None:
        self._text(text, 9.5)

    def note(self, text: str) -> None:
        """Smaller and quieter."""
        self._pdf.set_text_color(QUIET)
        self._text(text, 8.5)
        self._pdf.set_text_color(0)

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int],
        numbers: Sequence[int],
    ) -> None:  # fmt: skip
        """``widths`` in proportion; ``numbers``: the columns aligned to the right."""
        self._pdf.set_font("sans", size=9)
        align = tuple("RIGHT" if n in numbers else "LEFT" for n in range(len(head)))
        with self._pdf.table(
            col_widths=tuple(widths), text_align=align, line_height=5, padding=(0.8, 1),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, wrapmode=self._wrap,
            headings_style=FontFace(color=QUIET),
        ) as table:  # fmt: skip
            for cells in (head, *rows):
                table.row(cells)
        self._pdf.ln(2)

    def bytes(self) -> bytes:
        """The finished document."""
        return bytes(self._pdf.output())

    def _text(self, text: str, size: float) -> None:
        self._pdf.set_font("sans", size=size)
        self._pdf.multi_cell(
            0, size * 0.53, text, align="L", wrapmode=self._wrap, new_x="LMARGIN", new_y="NEXT"
        )
