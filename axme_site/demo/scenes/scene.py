"""One thing that a demo agent asks, and the times in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from intents.kernel.clock import rfc3339

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How somebody decided it before the visitor came. `by` is the person's email address."""

    by: str
    outcome: str
    comment: str | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One intent. `agent` asks, about `payload`, what `task` says, for `due` (None: without end, or as a policy says).

    After a yes it takes the steps `doing`, one by one, and ends with `result`; then it asks `then`, another scene. After a
    no nothing is done. `files` are attached, by the names that `asking.FILES` knows. Asked something, it tells what it
    `knows` beside the payload.
    """

    key: str
    agent: str
    intent_type: str
    payload: dict[str, Any]
    task: dict[str, Any]
    due: timedelta | None
    doing: tuple[str, ...]
    result: dict[str, Any] = field(default_factory=dict)
    then: str | None = None
    files: tuple[str, ...] = ()
    knows: str = ""
    decided: Verdict | None = None


def at(now: datetime, after: timedelta) -> str:
    """A time as payloads write it, at a full five minutes."""
    moment = now + after
    return rfc3339(moment.replace(minute=moment.minute - moment.minute % 5, second=0, microsecond=0)).replace(".000000", "")


def day(now: datetime, days: int) -> str:
    return (now + days * DAY).date().isoformat()
