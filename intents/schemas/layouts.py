"""Scenario documents that name everything otherwise, in the usual layout: `scenario`, `agents[].agent_uri`, steps of an
`intent_type` to an agent, and `timeouts` like "10m" by intent type."""

import re
from collections.abc import Mapping
from typing import Any

_SPAN = re.compile(r"(\d{1,6}) ?(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
APPROVAL = "human_approval"
"""What `timeouts` call the time that people have."""


def usual(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """`sent` in the usual layout. What is in it already stays as it is, and so does what has the wrong type."""
    if "scenario_id" in sent or not isinstance(sent.get("scenario"), str):
        return sent
    timeouts = sent["timeouts"] if isinstance(sent.get("timeouts"), dict) else {}
    agents = [_agent(one) for one in _objects(sent.get("agents"))]
    raw = sent["workflow"].get("steps") if isinstance(sent.get("workflow"), dict) else None
    steps = [step for one in _objects(raw) for step in _steps(one, timeouts)]
    rest = {name: value for name, value in sent.items() if name not in ("scenario", "timeouts")}
    first = next((one["intent_type"] for one in steps if isinstance(one.get("intent_type"), str)), sent["scenario"])
    made = {"scenario_id": sent["scenario"], "agents": agents, "workflow": {"steps": steps}}
    return rest | made | {"intent": {"type": first} | _object(sent.get("intent"))}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _agent(one: Mapping[str, Any]) -> dict[str, Any]:
    address = one.get("agent_uri")
    named = {"role": address, "address": address, "display_name": one.get("name")} if address else {}
    return named | {name: value for name, value in one.items() if name not in ("agent_uri", "name")}


def _steps(one: Mapping[str, Any], timeouts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A step; and after it the one in which people approve it, where it requires that."""
    named = str(one.get("intent_type"))
    made = {
        "step_id": one.get("intent_type"),
        "assigned_to": one.get("to_agent"),
        "step_deadline_seconds": _seconds(timeouts.get(named)),
    }
    given = {name: value for name, value in one.items() if name not in ("to_agent", "requires_human_approval")}
    if not one.get("requires_human_approval"):
        return [made | given]
    asks = {
        "step_id": f"{(made | given)['step_id']}_approval",
        "requires_approval": True,
        "description": one.get("description"),
        "step_deadline_seconds": _seconds(timeouts.get(APPROVAL)),
    }
    return [made | given, asks]


def _seconds(text: Any) -> int | None:
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else None
