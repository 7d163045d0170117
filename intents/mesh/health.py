"""How an agent is: the one function that says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from intents.accounts.models import StopState

USUAL_SECONDS = 30.0
"""How often an agent sends a heartbeat that has neither said so nor sent two."""
DEGRADED_AFTER = 2.5
UNREACHABLE_AFTER = 5.0
"""So many intervals without a heartbeat."""
SLACK_SECONDS = 5.0
"""On top of both: the way here, and clients that wait before they try again."""
REGISTERING = timedelta(minutes=15)
"""For so long a new agent is expected to send its first heartbeat."""
STUCK = timedelta(minutes=5)
"""Work that has waited for so long while its agent sent heartbeats and took nothing."""
FAILING, FEWEST = 0.5, 4
"""The share of failures in its last metrics from which an agent is degraded, of so many intents at least."""


class Health(StrEnum):
    """`registering` was made a moment ago and sent no heartbeat yet, `unknown` never sent one. `degraded` is late, or fails
    at half of its work; `unreachable` is silent."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"
    REGISTERING = "registering"
    UNKNOWN = "unknown"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of an agent at `now`. `resumed_at` is when this server last went on after a standstill, `heard_until`
    until when it could hear anybody: `now`, but for a standstill that nobody has seen to yet. One that is `gone` was told to
    be unreachable, and was not heard of since."""

    now: datetime
    heard_until: datetime
    resumed_at: datetime | None
    state: str
    created_at: datetime
    heartbeat_at: datetime | None
    interval_seconds: float = USUAL_SECONDS
    succeeded: int = 0
    failed: int = 0
    oldest_at: datetime | None = None
    leased: int = 0
    gone: bool = False


def silent_seconds(signs: Signs) -> float:
    """For how long this server listened and heard no heartbeat. While it stood still nobody could be heard, and afterwards
    everybody has their whole time."""
    if signs.heartbeat_at is None:
        return 0.0
    since = max(signs.heartbeat_at, signs.resumed_at) if signs.resumed_at else signs.heartbeat_at
    return max(0.0, (signs.heard_until - since).total_seconds())


def health(signs: Signs) -> Health:
    """The one definition, by the server's clock and the agent's own interval."""
    if signs.state == StopState.KILLED:
        return Health.KILLED
    if signs.heartbeat_at is None:
        return Health.REGISTERING if signs.now - signs.created_at < REGISTERING else Health.UNKNOWN
    silent = silent_seconds(signs) - SLACK_SECONDS
    # Whoever was silent for so long before a standstill is no better for it.
    if signs.gone or silent > UNREACHABLE_AFTER * signs.interval_seconds:
        return Health.UNREACHABLE
    ended = signs.succeeded + signs.failed
    if silent > DEGRADED_AFTER * signs.interval_seconds or (ended >= FEWEST and signs.failed >= FAILING * ended):
        return Health.DEGRADED
    return Health.HEALTHY


CHECK = timedelta(seconds=60)
"""How often an agent that is heard of is looked at, at least: work may wait for it."""
SOON = timedelta(seconds=3)


def next_check(signs: Signs) -> datetime | None:
    """When the health of an agent may be another without a heartbeat, None for one that has to be heard of first."""
    now = health(signs)
    if signs.heartbeat_at is None or now in (Health.UNREACHABLE, Health.KILLED):
        return None
    silent = timedelta(seconds=silent_seconds(signs))
    bounds = [
        timedelta(seconds=times * signs.interval_seconds + SLACK_SECONDS) for times in (DEGRADED_AFTER, UNREACHABLE_AFTER)
    ]
    left = min((bound - silent for bound in bounds if bound >= silent), default=SOON)
    return signs.now + min(max(left, SOON), CHECK)


def is_stuck(signs: Signs) -> bool:
    """Alive but stuck: heartbeats come, and work waits that it does not take. No health of its own, for what is done about
    it is another thing."""
    if signs.state or signs.oldest_at is None or signs.leased or health(signs) not in (Health.HEALTHY, Health.DEGRADED):
        return False
    since = max(signs.oldest_at, signs.resumed_at) if signs.resumed_at else signs.oldest_at
    return signs.now - since > STUCK
