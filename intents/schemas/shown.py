"""Rows as JSON, where naming those whom they wait for takes a look at what is asked of them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from intents.engine import selectors
from intents.engine.human_gate import gate
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Intent, IntentEvent
from intents.engine.selectors import waited as waits
from intents.engine.selectors.waited import Waited
from intents.schemas import shapes
from intents.schemas.shapes import Whom


def waited_for(rows: Iterable[Intent], *, people: bool = True) -> dict[UUID, Whom]:
    """Whom those of the intents that wait are with, in three queries however many: the agents that have their children, the
    tool, the time, and the `people` by name, where those are wanted."""
    waiting = [row for row in rows if row.waiting_reason]
    found = {row.id: Whom("time", "time") for row in waiting if row.waiting_reason == WaitReason.TIME}
    programs = [row.id for row in waiting if row.waiting_reason in (WaitReason.AGENT, WaitReason.TOOL)]
    found |= {one: whom for one, waited in waits.waited_for(programs).items() if (whom := _of_programs(waited))}
    asked = [row.id for row in waiting if row.waiting_reason == WaitReason.HUMAN] if people else []
    return found | ({one: Whom(str(one), name) for one, name in gate().asked(intent_ids=asked).items()} if asked else {})


def _of_programs(waited: Waited) -> Whom | None:
    if waited.tool:
        return Whom(waited.tool, waited.tool)
    if not waited.agents:
        return None
    return Whom(waited.agents[0], ", ".join(address.rpartition("/")[2] for address in waited.agents))


def full(row: Intent) -> dict[str, Any]:
    """An intent with everything."""
    return fulls([row])[row.id]


def with_that_of_its_run(payload: Any) -> Any:
    """The payload of a scenario's step with the fields of its run's, which published agents read there; else as it is."""
    if not isinstance(payload, dict) or not {"parent_payload", "scenario_id", "run_id", "step_id"} <= payload.keys():
        return payload
    parent = payload["parent_payload"]
    return parent | payload if isinstance(parent, dict) else payload


def fulls(rows: Sequence[Intent]) -> dict[UUID, dict[str, Any]]:
    """Intents with everything, by id."""
    details, whom = selectors.details([row.id for row in rows]), waited_for(rows)
    return {row.id: shapes.intent(row, details[row.id], whom=whom.get(row.id)) for row in rows}


def summaries(rows: Iterable[Intent]) -> list[dict[str, Any]]:
    """Intents as a list shows them."""
    rows = list(rows)
    whom = waited_for(rows)
    return [shapes.summary(row, whom=whom.get(row.id)) for row in rows]


def event(row: IntentEvent) -> dict[str, Any]:
    return events([row])[0]


def events(rows: Iterable[IntentEvent]) -> list[dict[str, Any]]:
    """Steps of histories, of one or many intents."""
    rows = list(rows)
    of_people = {row.intent_id for row in rows if row.pending_type == "human"}
    named = gate().asked(intent_ids=sorted(of_people)) if of_people else {}
    return [shapes.event(row, asked=named.get(row.intent_id)) for row in rows]
