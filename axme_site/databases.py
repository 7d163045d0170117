"""DATABASE_URL as Django's DATABASES entry."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import IsolationLevel

# No request may hold a thread for long: waiting for a lock, running a statement and idling inside a transaction
# are each cut off by the server (milliseconds).
TIMEOUTS = {"lock_timeout": 2000, "statement_timeout": 10_000, "idle_in_transaction_session_timeout": 30_000}

PREPARE_THRESHOLD = 5  # psycopg's own default

# Who reads there has the primary to turn to, so a standby that does not answer, not even by refusing, holds nobody for long.
IMPATIENT = {
    "connect_timeout": "2",
    "tcp_user_timeout": "3000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
}


def external(url: str, *, application_name: str, pooled: bool = False, variable: str = "DATABASE_URL") -> dict[str, Any]:
    """The entry for `postgresql://user:password@host:port/name?option=value`; options go to libpq as they are.

    `pooled`: a pooler is there that gives each transaction another session, as PgBouncer's `pool_mode = transaction` does.

    Raises ImproperlyConfigured, naming the `variable`, when the name is missing.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    # A socket folder has slashes, so it comes as an option: postgresql:///name?host=/run/postgresql
    host = options.pop("host", "") or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured(f"{variable} must name a database: postgresql://user:password@host:5432/name")
    return _entry(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=str(parts.port or options.pop("port", "")),
        options={"application_name": application_name} | options,
        pooled=pooled,
    )


def direct(url: str, *, past: str, application_name: str) -> dict[str, Any] | None:
    """The entry for the way past the pooler that `past` leads to, None where there is no pooler. Raises
    ImproperlyConfigured."""
    if not url:
        return None
    if not past:
        raise ImproperlyConfigured("DATABASE_DIRECT_URL leads past the pooler that DATABASE_URL names: set both")
    return external(url, application_name=application_name, variable="DATABASE_DIRECT_URL")


def replica(url: str, *, of: str, pooled: bool, application_name: str = "axme") -> dict[str, Any]:
    """The entry for a standby of the database `of`, or for a pooler in front of several. A transaction there sees the data
    as of one moment. Raises ImproperlyConfigured."""
    if not of:
        raise ImproperlyConfigured("DATABASE_REPLICA_URL names a standby of the PostgreSQL of DATABASE_URL: set both")
    entry = external(url, application_name=application_name, pooled=pooled, variable="DATABASE_REPLICA_URL")
    options = IMPATIENT | entry["OPTIONS"] | {"isolation_level": IsolationLevel.REPEATABLE_READ}
    return entry | {"OPTIONS": options, "TEST": {"MIRROR": "default"}}


def embedded(socket_folder: Path, *, application_name: str) -> dict[str, Any]:
    """The entry for the PostgreSQL that this program runs itself, reached only through `socket_folder`."""
    return _entry(
        name="axme",
        user="axme",
        password="",
        host=str(socket_folder),
        port="5432",
        options={"application_name": application_name},
    )


def _entry(
    *, name: str, user: str, password: str, host: str, port: str, options: dict[str, Any], pooled: bool = False
) -> dict[str, Any]:
    if pooled:
        # What a session is told at its start would reach those of others, or nobody, and what is prepared in one is
        # unknown in the next. The limits are the role's: `migrate` sets them.
        of_session: dict[str, Any] = {"prepare_threshold": None}
    else:
        timeouts = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in TIMEOUTS.items())
        of_session = {
            "options": f"{timeouts} {options.get('options', '')}".strip(),
            # Django turns preparing off, even for statements that ask for it. Its own never do.
            "prepare_threshold": PREPARE_THRESHOLD,
        }
    return {
        "ENGINE": "axme_site.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        # A cursor of the server's outlives its transaction, in a session that is another's by then.
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": options | of_session,
    }
