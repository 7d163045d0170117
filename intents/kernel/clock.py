"""The one clock: the database's.

Two machines never agree on the time, and a timer must not fire early because a worker's clock runs ahead. So every time the
domain writes or compares comes from PostgreSQL, read after the row lock. Only tests pass a value of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from intents.kernel import statements
from intents.kernel.errors import InvalidField

LATEST = datetime(3000, 1, 1, tzinfo=UTC)
"""No time that is set is later."""

NOW = "coalesce(%(now)s::timestamptz, clock_timestamp())"
"""SQL for the current time. Pass `clock.override()` as the parameter `now`."""

START = f"(SELECT {NOW})"
"""The same, read once for the whole statement, before its rows are locked. Only such a time can bound the search of an
index: compared with NOW, which moves, every row of it is read."""

_override: ContextVar[datetime | None] = ContextVar("clock_override", default=None)


def override() -> datetime | None:
    """The time a test has set, or None to let the database say."""
    return _override.get()


def now() -> datetime:
    """The current time in UTC, one round trip. Prefer a statement that reads NOW beside the rows it needs."""
    fixed = _override.get()
    if fixed is not None:
        return fixed
    ((moment,),) = statements.rows("SELECT clock_timestamp()", ())
    return moment  # type: ignore[no-any-return]


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """For tests: let every reading in this context be `moment` (an aware datetime)."""
    token = _override.set(moment)
    try:
        yield
    finally:
        _override.reset(token)


def first_id(moment: datetime) -> UUID:
    """Before all ids that are made at `moment` (`models.new_id`): where in an index of ids that time begins."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with microseconds: 2026-01-31T09:05:00.000000Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def moment(field: str, value: object) -> datetime:
    """`value`, an RFC 3339 text, as a time. Raises InvalidField naming `field`."""
    try:
        given = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        given = None
    if given is None or given.tzinfo is None:
        raise InvalidField(field, "an RFC 3339 time with its zone, like 2026-01-31T09:00:00Z")
    if given > LATEST:
        raise InvalidField(field, f"before the year {LATEST.year}")
    return given


@cache
def zones() -> frozenset[str]:
    """The names of the time zones to choose from: IANA's, without what stands for this machine's own or for none."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def zone(name: str) -> ZoneInfo:
    """The time zone of that name, UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
