"""Translations of the pages: English is the source, Simplified Chinese stands in ``locale``.

python -m mainstay.web.translations update    take new texts into the catalogue
python -m mainstay.web.translations check     fail on missing, fuzzy, obsolete or broken texts
python -m mainstay.web.translations compile   write the .mo the application reads
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).resolve().parent
LOCALES = {"zh_Hans": WEB.parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"}
METHODS = [("views/**.py", "python"), ("*.py", "python"), ("charts/**.py", "python"),
           ("studio/**.py", "python"),
           ("templates/**.html", "jinja2.ext.babel_extract")]  # fmt: skip
OPTIONS = {
    "templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false",
                          "newstyle_gettext": "true"},
}  # fmt: skip
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip
NOISE = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Language-Team',
         b'"Report-Msgid', b'"Project-Id', b'"Generated-By')  # fmt: skip
PLACE = re.compile(r"%\((\w+)\)s")


def extract() -> Catalog:
    """Every text of the pages."""
    found = Catalog(project="mainstay")
    for file, line, message, comments, context in extract_from_dir(
        WEB, METHODS, OPTIONS, keywords=KEYWORDS
    ):
        del line
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def load(locale: str) -> Catalog:
    """The catalogue of a language as it stands."""
    path = LOCALES[locale]
    if not path.exists():
        return Catalog(locale=locale, project="mainstay")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update() -> None:
    """Take new texts in, drop those that are gone; nothing is guessed."""
    texts = extract()
    for locale, path in LOCALES.items():
        catalog = load(locale)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        write(catalog, path)


def write(catalog: Catalog, path: Path) -> None:
    """Store a catalogue so that a change of texts is the only change in the file."""
    catalog.header_comment = "# Simplified Chinese texts of the pages; the source is English."
    catalog.fuzzy = False
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, catalog, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = out.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(NOISE)))


def compile_all() -> None:
    """Write the binary catalogues beside the sources."""
    for locale, path in LOCALES.items():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, load(locale))


def faults() -> Iterator[str]:
    """What keeps the languages from being complete, one line each."""
    texts = {message.id: message for message in extract() if message.id}
    for locale in LOCALES:
        catalog = load(locale)
        known = {message.id: message for message in catalog if message.id}
        for key in texts:
            if key not in known:
                yield f"{locale}: not in the catalogue: {_shown(key)}"
        for key, message in known.items():
            if key not in texts:
                yield f"{locale}: no longer used: {_shown(key)}"
            elif message.fuzzy:
                yield f"{locale}: fuzzy: {_shown(key)}"
            else:
                yield from (f"{locale}: {fault}" for fault in _wrong(message))


def _wrong(message: Message) -> Iterator[str]:
    given = message.string if isinstance(message.string, tuple | list) else (message.string,)
    said = [text or "" for text in given]
    if not all(said):
        yield f"not translated: {_shown(message.id)}"
        return
    asked = message.id if isinstance(message.id, tuple | list) else (message.id,)
    wanted = set(PLACE.findall(asked[-1]))
    for text in said:
        if set(PLACE.findall(text)) != wanted:
            yield f"other placeholders than the source: {_shown(message.id)}"


def _shown(key: object) -> str:
    return str(key[0] if isinstance(key, tuple | list) else key)


def main(arguments: list[str]) -> int:
    """Run one command; 1 when the check found something."""
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = list(faults())
            for fault in found:
                sys.stderr.write(fault + "\n")
            return 1 if found else 0
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
