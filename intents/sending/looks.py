"""One question to the database for all channels and feeders: what is there to do?"""

import logging
from collections.abc import Sequence

from django.db import connection

from intents.kernel import clock, statements
from intents.sending.channels import Channel, Feeder

log = logging.getLogger(__name__)


def look(channels: Sequence[Channel], feeders: Sequence[Feeder]) -> tuple[list[bool], list[bool], bool]:
    """Which feeders have something to do, which channels have something due, and whether somebody follows."""
    waiting = ", ".join(feeder.waiting for feeder in feeders)
    due = ", ".join(f"coalesce({channel.outbox.earliest} <= {clock.NOW}, false)" for channel in channels)
    asking = feeders if any(feeder.batch for feeder in feeders) else ()
    followed = " OR ".join(["false", *(feeder.followed for feeder in asking if feeder.followed)])
    query = f"SELECT ARRAY[{waiting}]::bool[], ARRAY[{due}]::bool[], {followed}"
    ((fed, ready, somebody),) = statements.rows(query, {"now": clock.override()})
    return fed, ready, somebody


def feed(feeder: Feeder) -> int:
    """How much a feeder has made. What is broken for one must not hold up the others; it is asked again at the next look."""
    try:
        return feeder.feed()
    except Exception:
        log.exception("a feeder failed", extra={"action": "sending.feed", "feeder": feeder.feed.__qualname__})
        connection.close_if_unusable_or_obsolete()
        return 0
