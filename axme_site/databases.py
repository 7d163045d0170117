"""DATABASE_URL as Django's DATABASES entry."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# No request may hold a thread for long: waiting for a lock, running a statement and idling inside a transaction
# are each cut off by the server (milliseconds).
TIMEOUTS = "-c lock_timeout=2000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"

PREPARE_THRESHOLD = 5  # psycopg's own default


def external(url: str, *, application_name: str) -> dict[str, Any]:
    """The entry for `postgresql://user:password@host:port/name?option=value`; options go to libpq as they are.

    Raises ImproperlyConfigured when the name is missing.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    # A socket folder has slashes, so it comes as an option: postgresql:///name?host=/run/postgresql
    host = options.pop("host", "") or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL must name a database: postgresql://user:password@host:5432/name")
    return _entry(
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=str(parts.port or options.pop("port", "")),
        options={"application_name": application_name} | options,
    )


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


def _entry(*, name: str, user: str, password: str, host: str, port: str, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "ENGINE": "axme_site.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        "OPTIONS": options
        | {
            "options": f"{TIMEOUTS} {options.get('options', '')}".strip(),
            # Django turns preparing off, even for statements that ask for it. Its own never do.
            "prepare_threshold": PREPARE_THRESHOLD,
        },
    }
