"""The circuit breaker of endpoints: where nobody answers, one try at a time is made until somebody does.

So an endpoint that hangs takes one thread now and then, not as many as it may have in flight, and what is to be posted to it
keeps its tries.
"""

from datetime import datetime, timedelta

from intents.kernel import clock
from intents.sending.connector import Fault
from intents.sending.models.health import EndpointHealth

FAULTS = 5
"""So many tries in a row without any answer break the circuit."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)


def count(row: EndpointHealth, fault: Fault | None, *, now: datetime) -> None:
    """A try failed, without an answer because of `fault`. Any answer closes the circuit; where this server does not connect
    by its own rules, nothing is known of the endpoint."""
    if fault is None:
        row.faults, row.probe_at = 0, None
    elif fault is not Fault.REFUSED:
        row.faults += 1
        row.probe_at = now + _pause(row.faults - FAULTS) if row.faults >= FAULTS else None


def _pause(beyond: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(beyond, 30)), LONGEST_PAUSE)


def allowed(in_flight: str, while_disabled: str) -> str:
    """SQL for how many may be in flight to an endpoint whose health is the row `h`, or NULL: as many as `in_flight`, or one
    when it is time for one, or none; once it is disabled `while_disabled`."""
    return f"""
CASE WHEN h.disabled_at IS NOT NULL THEN {while_disabled}
     WHEN h.faults >= {FAULTS} THEN (h.probe_at <= {clock.START})::int
     ELSE {in_flight} END"""
