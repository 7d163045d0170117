"""A heartbeat for a dead man's switch elsewhere: a URL that is called after a pass of the auditor, only when all is well."""

import logging
from collections.abc import Callable

from django.conf import settings

from intents.audit import selectors
from intents.engine import figures
from intents.sending import connector
from intents.sending.connector import Unanswered

LATE_SECONDS = 30.0

log = logging.getLogger(__name__)

_well: list[Callable[[], bool]] = []


def register(well: Callable[[], bool]) -> None:
    """One thing more that must be well."""
    _well.append(well)


def all_is_well() -> bool:
    """No invariant is broken, nothing is done late, the database takes writes, and nothing registered is unwell."""
    lags = figures.readiness()
    late = max(lags["timer_lag_seconds"] or 0, lags["outbox_lag_seconds"] or 0) > LATE_SECONDS
    unwell = late or lags["database_read_only"] or selectors.state().findings
    return not unwell and all(one() for one in _well)


def call() -> bool:
    """Call AUDIT_HEARTBEAT_URL if all is well. Returns whether it was reached; one call missed is made good by the next."""
    if not settings.AUDIT_HEARTBEAT_URL or not all_is_well():
        return False
    try:
        answer = connector.post(settings.AUDIT_HEARTBEAT_URL, headers={"user-agent": "AXME-Inbox"}, body=b"")
    except Unanswered as none:
        log.warning("the heartbeat was not taken", extra={"action": "audit.heartbeat", "error": none.text})
        return False
    if not (taken := 200 <= answer.status < 300):
        log.warning("the heartbeat was not taken", extra={"action": "audit.heartbeat", "status": answer.status})
    return taken
