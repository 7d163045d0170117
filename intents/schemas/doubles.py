"""What a scenario's document says in two places, of which one alone is read."""

from collections.abc import Iterator, Mapping
from typing import Any


def unread(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The path of each thing that is left unread, and the path of what is read in its place. Two places that say the same
    are none. `document` has the types of a bundle."""
    workflow, lasting = document["workflow"] or {}, document["durability"] or {}
    macro, listed = workflow.get("macro_id"), workflow.get("steps")
    if document["workflow_steps"]:
        if macro:
            yield "workflow_steps", "workflow.macro_id"
        elif listed and listed != document["workflow_steps"]:
            yield "workflow_steps", "workflow.steps"
    if _differ(document["entry_step"], workflow.get("entry_step")):
        yield "entry_step", "workflow.entry_step"
    for name in sorted(lasting):
        if _differ(lasting[name], document["intent"].get(name)):
            yield f"durability.{name}", f"intent.{name}"
    spans = [name for name in ("deadline_seconds", "deadline_minutes", "deadline_minutes_from_now") if lasting.get(name)]
    for name in spans if document["intent"]["deadline_at"] else spans[1:]:
        yield f"durability.{name}", "intent.deadline_at" if document["intent"]["deadline_at"] else f"durability.{spans[0]}"
    place, steps = ("workflow.steps", listed) if listed or macro else ("workflow_steps", document["workflow_steps"])
    for number, step in enumerate(steps or ()):
        if _differ(step["config"], step["runtime_config"]):
            yield f"{place}.{number}.config", f"{place}.{number}.runtime_config"


def _differ(left: Any, right: Any) -> bool:
    return bool(left and right and left != right)
