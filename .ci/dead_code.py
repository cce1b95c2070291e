"""Find code that nothing uses: vulture, with eyes for templates, settings and presets.

Vulture sees Python only; a name that a template, a stylesheet or a preset mentions is in use.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ["src", "tests", "bench", "docs"]
ELSEWHERE = ["*.html", "*.jinja", "*.yaml", "*.js", "*.svg", "pyproject.toml", "settings.py"]
OTHERS_CALL = [  # by convention: Django, Authlib, pytest, typer, pydantic, standard library, bench
    "Meta", "ordering", "constraints", "indexes", "ready", "default_auto_field", "verbose_name",
    "*Config", "REQUIRED_FIELDS", "USERNAME_FIELD", "urlpatterns", "app_name", "header_comment",
    "test_*", "pytest_*", "pytestmark", "db", "transactional_db", "django_user_model",
    "django_db_*", "handler[45]*", "log_message",
    "model_config", "__getattr__", "__dir__", "find_spec", "handle_*", "prepare_*",
    "readable", "writable", "authenticate", "seekable", "readinto", "fileclosed", "updated_by",
    "first_name", "last_name", "sock", "timeout", "working", "do_POST", "do_GET", "CACHES",
    "get_model_class", "_session_key", "max_redirects", "client_cls", "oauth2_client_cls",
    "process_view", "process_exception", "__signature__", "__annotations__",
]  # fmt: skip
DECORATED = [
    "@*.command*", "@*.callback*", "@*fixture*", "@field_validator*", "@model_validator*",
    "@register*", "@given*", "@receiver*", "@pass_context*", "@job*", "@*.filter*", "@*.global*",
    "@*.get", "@*.post", "@*.patch", "@*.delete", "@overload", "@reads*", "@source*", "@refused*",
    "@daily*",
]  # fmt: skip
EXCLUDED = ["*/migrations/*", "*/config/settings.py", "*/config/testing.py", "*/config/wsgi.py"]


def words_elsewhere() -> set[str]:
    """Every word in files that are not Python but use it."""
    found: set[str] = set()
    for pattern in ELSEWHERE:
        for path in [*ROOT.glob(pattern), *(ROOT / "src").rglob(pattern)]:
            if "build" not in path.parts:
                found.update(re.findall(r"\w+", path.read_text("utf-8")))
    for path in (ROOT / "src").rglob("*.py"):  # «mainstay.web.views.errors.not_found»
        found.update(re.findall(r"\"(?:\w+\.)+(\w+)\"", path.read_text("utf-8")))
    for path in (ROOT / "bench").glob("*.py"):  # «store:regrade»
        found.update(re.findall(r"\"\w+:(\w+)\"", path.read_text("utf-8")))
    return found


def columns() -> set[str]:
    """Names of models' columns and of the API's fields: what is set on a row is kept, and what is
    answered is read elsewhere, even where no code reads it.
    """
    found: set[str] = set()
    for path in (ROOT / "src").glob("*/api/*.py"):
        found.update(re.findall(r"^    (\w+): .+ = Field\(", path.read_text("utf-8"), re.MULTILINE))
    for path in (ROOT / "src").rglob("models.py"):
        names = re.findall(r"^    (\w+) = models\.", path.read_text("utf-8"), re.MULTILINE)
        found.update(names, (f"{name}_id" for name in names))
    return found


def is_member(item: Item) -> bool:
    """Whether it is a member of an enumeration: one of the choices, whoever makes it."""
    line = Path(item.filename).read_text("utf-8").splitlines()[item.first_lineno - 1]
    return re.match(r"\s+[A-Z_]+ = \"", line) is not None


def is_database_column(item: Item) -> bool:
    """Whether it is a class variable of a model."""
    return item.typ == "variable" and Path(item.filename).name == "models.py"


def main() -> int:
    """Print what is unused; the exit code is 1 when there is anything."""
    vulture = Vulture(ignore_names=OTHERS_CALL, ignore_decorators=DECORATED)
    vulture.scavenge([str(ROOT / folder) for folder in PYTHON], exclude=EXCLUDED)
    used = words_elsewhere() | columns()
    unused = [
        item
        for item in vulture.get_unused_code()
        if str(item.name) not in used and not is_database_column(item) and not is_member(item)
    ]
    for item in unused:
        print(f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: {item.message}")
    return bool(unused)


if __name__ == "__main__":
    sys.exit(main())
