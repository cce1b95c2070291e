"""``mainstay serve``: start the application. The only command that loads Django."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from mainstay.cli.errors import explained
from mainstay.cli.language import environment_language, help_text

DEMO = Annotated[
    bool, typer.Option("--demo", help=help_text("Load the demo company.", "载入演示公司。"))
]
PORT = Annotated[int, typer.Option("--port", min=0, max=65535, help=help_text("Port.", "端口。"))]
HOST = Annotated[
    str,
    typer.Option(
        "--host",
        help=help_text(
            "Address to listen on; only this machine by default.", "监听地址；默认只限本机。"
        ),
    ),
]


def serve(demo: DEMO = False, port: PORT = 8000, host: HOST = "127.0.0.1") -> None:
    """Start the application."""
    with explained(environment_language()):
        import_module("mainstay.config.serve").serve(demo=demo, port=port, host=host)
