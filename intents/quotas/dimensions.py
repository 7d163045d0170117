"""What is limited and counted, in the words of the public protocol."""

from datetime import datetime, timedelta

REQUESTS = "requests_per_minute"
INTENTS = "intents_per_day"
INBOX_WRITES = "inbox_writes_per_day"
UPLOADED = "media_upload_bytes_per_day"
STORED = "media_storage_bytes"
DELIVERIES = "webhook_deliveries_per_day"
SCHEMA_WRITES = "schema_writes_per_day"
ACTORS = "actors_total"
AGENTS = "service_accounts_per_workspace"

PUBLISHED = (REQUESTS, INTENTS, INBOX_WRITES, UPLOADED, STORED, DELIVERIES, SCHEMA_WRITES)
OURS = (ACTORS, AGENTS)
ALL = PUBLISHED + OURS
TOTALS = frozenset({STORED, ACTORS, AGENTS})
"""What there is, not what happens in a day."""
DAILY = frozenset({INTENTS, INBOX_WRITES, UPLOADED, DELIVERIES, SCHEMA_WRITES})
BYTES = frozenset({UPLOADED, STORED})

NO_LIMIT = 2**53 - 1
"""How a limit is spelled where there is none: the largest whole number that every client keeps."""


def day_of(now: datetime) -> datetime:
    """When the UTC day of a time began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def day_ends(now: datetime) -> datetime:
    """When the UTC day of a time is over."""
    return day_of(now) + timedelta(days=1)
