"""`ListTasks` of 1.0: the intents that a client may see, as tasks, page by page.

They come in the order of their last change, the newest first. One that changes while a client turns pages comes where it
began, if that is not behind it already: it may be told twice, but is never passed over.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from intents.a2a import incoming, selectors, tasks
from intents.a2a.dialects import JSON, Dialect, State
from intents.a2a.selectors import ListStart, TaskPosition, WantedTasks
from intents.engine.lifecycle import Status
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField

PAGE, LONGEST_PAGE = 50, 100
NOBODY_S = ("rejected", "auth-required")
"""States that the protocol has and no task of ours."""


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """What a client asks for: `size` tasks at most `after` a position; those in `state`, all without; of a context, and
    changed at `since` or later. `none` is for what no task of ours is."""

    size: int
    after: TaskPosition | None
    state: State | None
    none: bool
    context_id: UUID | None
    since: datetime | None
    artifacts: bool


def page(actor: Tenant, params: JSON, dialect: Dialect, target: str) -> JSON:
    """A page of tasks, JSON; of the agent with the local name `target`, or all. Raises InvalidField."""
    asked = _read(params, dialect)
    if asked.none:
        return {"tasks": [], "nextPageToken": "", "pageSize": asked.size, "totalSize": 0}
    wanted = WantedTasks(target, _statuses(asked.state), _asking(asked.state), asked.context_id, asked.since)
    listed = selectors.tasks(actor, wanted, after=asked.after, limit=asked.size)
    found = [one for one in tasks.looks(actor, listed.rows) if asked.state in (None, one.state)]
    return {
        "tasks": [tasks.task(one, dialect, artifacts=asked.artifacts) for one in found],
        "nextPageToken": _token(listed.last) if listed.last else "",
        "pageSize": asked.size,
        "totalSize": listed.total,
    }


def _read(params: JSON, dialect: Dialect) -> TaskQuery:
    _whole(params, "historyLength", 0, 2**31 - 1)  # no history is kept, so none is shown
    since = params.get("statusTimestampAfter")
    context = params.get("contextId")
    if context is not None and not isinstance(context, str):
        raise InvalidField("contextId", "must be text")
    state, none = _state(params.get("status"), dialect)
    artifacts = params.get("includeArtifacts", False)
    if not isinstance(artifacts, bool):
        raise InvalidField("includeArtifacts", "must be true or false")
    return TaskQuery(
        size=_whole(params, "pageSize", 1, LONGEST_PAGE) or PAGE,
        after=_after(params.get("pageToken")),
        state=state,
        none=none,
        context_id=incoming.context(context or None, "contextId"),
        since=None if since is None else clock.moment("statusTimestampAfter", since),
        artifacts=artifacts,
    )


def _whole(params: JSON, name: str, least: int, most: int) -> int | None:
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidField(name, f"a whole number from {least} to {most}")
    return value


_TOKEN = re.compile(r"l([0-9a-f]{1,15})-([0-9a-f]{1,14})-([0-9a-f]{1,14})-([0-9a-f]{32})")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def _token(last: TaskPosition) -> str:
    start, at = ((moment - _EPOCH) // _MICROSECOND for moment in (last.start.at, last.at))
    return f"l{last.start.sees:x}-{start:x}-{at:x}-{last.id.hex}"


def _after(token: Any) -> TaskPosition | None:
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise InvalidField("pageToken", "must be text")
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise InvalidField("pageToken", "not a token that this list gave out")
    start, at = (_EPOCH + int(one, 16) * _MICROSECOND for one in found.group(2, 3))
    return TaskPosition(ListStart(int(found[1], 16), start), at, UUID(found[4]))


def _state(said: Any, dialect: Dialect) -> tuple[State | None, bool]:
    """The state that a client names, and whether it is one that no task of ours is in."""
    if said is None or said == dialect.named("unspecified"):
        return None, False
    known = {dialect.state(one): one for one in State}
    if isinstance(said, str) and said in known:
        return known[said], False
    if said in [dialect.named(one) for one in NOBODY_S]:
        return None, True
    raise InvalidField("status", f"no state of a task; there are {', '.join(known)}")


def _statuses(state: State | None) -> list[str]:
    """In which statuses intents may be that are shown in a state; none for all."""
    if state is None:
        return []
    named = [str(status) for status, shown in tasks.STATES.items() if shown is state]
    return named or [str(status) for status in Status if status not in tasks.STATES]


def _asking(state: State | None) -> bool | None:
    """Whether somebody waits there for an answer to a question; None where that does not matter."""
    if state is State.INPUT_REQUIRED:
        return True
    return False if state in (State.SUBMITTED, State.WORKING) else None
