"""How endpoints fare, on the wire: of agents that are called and of subscriptions."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape
from intents.sending.breaker import FAULTS
from intents.sending.models import EndpointHealth

StateName = Literal["ok", "failing", "unreachable", "disabled"]


class EndpointState(Shape):
    """How an endpoint fares."""

    state: StateName = Field(
        description="`failing`: nothing but failures since `failing_since`. `unreachable`: nobody answers at all, and one"
        " try is made at a time. `disabled`: nothing is posted until it is enabled."
    )
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: Literal["failing", "gone"] | None = Field(
        description="`failing`: for days nothing but failures. `gone`: it answered 410."
    )


class OneEndpoint(Ok):
    endpoint: EndpointState


class EndpointEnabled(Ok):
    applied: bool = Field(description="Whether anything was wrong with it.")


def state(row: EndpointHealth | None) -> dict[str, Any]:
    """What is wrong with an endpoint; nothing is without a row."""
    if row is None:
        return {"state": "ok", "failing_since": None, "disabled_at": None, "disabled_reason": None}
    return {
        "state": "disabled" if row.disabled_at else "unreachable" if row.faults >= FAULTS else "failing",
        "failing_since": rfc3339(row.failing_since),
        "disabled_at": rfc3339(row.disabled_at) if row.disabled_at else None,
        "disabled_reason": row.disabled_reason,
    }
