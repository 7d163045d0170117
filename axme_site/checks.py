"""System checks: what is legal but unwise in production, and whether the database can bear us.

What must never run (a weak secret, a malformed value) is refused earlier, by the settings themselves.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from axme_site.databases import TIMEOUTS
from intents.telemetry import extra

OLDEST_POSTGRESQL = 150_000
# PostgreSQL keeps three for its superuser; a shell and a backup want one each.
SPARE_CONNECTIONS = 5


@register(Tags.security)
def check_production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMBEDDED:
        return []
    warnings: list[CheckMessage] = []
    if settings.DEBUG:
        warnings.append(Warning("DEBUG is on: errors show source code and settings.", hint="Unset DEBUG.", id="axme.W001"))
    if not settings.REDIS_URL:
        warnings.append(
            Warning(
                "REDIS_URL is unset: processes do not hear of each other's work.",
                hint="Set REDIS_URL, or run everything in one process with `manage.py up`.",
                id="axme.W002",
            )
        )
    if settings.BASE_URL.startswith("http://"):
        warnings.append(
            Warning(
                "BASE_URL is not https: sessions travel in the clear.",
                hint="Put a TLS proxy in front and set BASE_URL to its address.",
                id="axme.W003",
            )
        )
    if not settings.EMAIL_URL:
        warnings.append(
            Warning(
                f"EMAIL_URL is unset: mail is only written to {settings.EMAIL_FILE_PATH}.",
                hint="Set EMAIL_URL to a mail server, as in smtp+starttls://user:password@mail.example.com:587.",
                id="axme.W004",
            )
        )
    return warnings


@register()
def check_traces(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not extra.missing():
        return []
    return [
        Warning(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: no traces are sent.",
            hint="pip install --require-hashes -r requirements/otel.txt, or unset it.",
            id="axme.W005",
        )
    ]


@register(Tags.database)
def check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **kwargs: Any
) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('max_connections')::int, "
            "(SELECT count(*) FROM pg_settings WHERE name = ANY(%s) AND setting = '0')",
            [list(TIMEOUTS)],
        )
        version, allowed, unlimited = cursor.fetchone()
    messages: list[CheckMessage] = []
    if version < OLDEST_POSTGRESQL:
        messages.append(
            Error(
                f"PostgreSQL {version // 10_000} is too old.",
                hint=f"Use PostgreSQL {OLDEST_POSTGRESQL // 10_000} or newer.",
                id="axme.E001",
            )
        )
    if unlimited:
        limits = ", ".join(f"{name} = {milliseconds}" for name, milliseconds in TIMEOUTS.items())
        messages.append(
            Warning(
                "Nothing limits how long statements of ours may run and wait: behind a pooler only their role can.",
                hint=f"`deploy/migrate` sets it where both URLs have one role, and the pooler's sessions have it once they "
                f"are new; else ALTER ROLE ... SET for each of {limits} (milliseconds).",
                id="axme.W006",
            )
        )
    if settings.DIRECT_DATABASE is not None:
        return messages  # the connections are the pooler's, as many as it was told
    web = settings.BRIDGE_THREADS + settings.EDGE_THREADS + settings.SLOW_THREADS
    worker, beat = settings.WORKER_CONCURRENCY + 4, 1
    needed = web + worker + beat + SPARE_CONNECTIONS
    if needed > allowed:
        messages.append(
            Error(
                f"One web process, one worker and one beat need {needed} connections, the database allows {allowed}.",
                hint=f"Raise max_connections (each more web process takes {web}, each more worker {worker}) "
                "or lower BRIDGE_THREADS, EDGE_THREADS, SLOW_THREADS or WORKER_CONCURRENCY.",
                id="axme.E002",
            )
        )
    return messages
