"""Sessions by which this cell asks another one's PostgreSQL something small, which is answered soon or not at all."""

from typing import Any

import psycopg

from axme_site.cell_settings import Cell

ASK_SECONDS = 2


def connect(cell: Cell) -> "psycopg.Connection[Any]":
    """Raises psycopg's errors. Nothing is waited for longer than ASK_SECONDS: of a machine that is gone nothing comes, no
    error either."""
    return psycopg.connect(
        cell.database_url,
        autocommit=True,
        connect_timeout=ASK_SECONDS,
        tcp_user_timeout=ASK_SECONDS * 1000,
        options=f"-c statement_timeout={ASK_SECONDS}s",
        application_name="axme-cells",
    )
