"""``mainstay serve``: start the application; ``mainstay worker``: one more process for its jobs."""

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


PROCESSES = Annotated[
    int,
    typer.Option(
        "--processes", min=1, max=64, help=help_text("Processes that answer pages.", "网页进程数。")
    ),
]
WORKERS = Annotated[
    int,
    typer.Option(
        "--workers", min=0, max=64,
        help=help_text("Processes that do jobs; 0: none here.", "任务进程数；0：本处不处理。"),
    ),
]  # fmt: skip


def serve(
    demo: DEMO = False,
    port: PORT = 8000,
    host: HOST = "127.0.0.1",
    processes: PROCESSES = 1,
    workers: WORKERS = 1,
) -> None:
    """Start the application."""
    with explained(environment_language()):
        import_module("mainstay.config.serve").serve(
            demo=demo, port=port, host=host, processes=processes, workers=workers
        )


def worker() -> None:
    """Do the application's jobs until a signal; the job at hand is finished first."""
    import_module("mainstay.config.worker").main()
