"""What a scenario's document has beyond the published schema: fields that are read here alone, and others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

UNKNOWN = "unknown field: it is kept and does nothing"
OURS = "is read here, and not in the published schema"
LONGEST_NAME = 80

_REMINDING = {"remind_after_seconds", "remind_interval_seconds", "max_reminders", "escalate_to"}
_TASK = {"title", "description", "task_type", "allowed_outcomes", "required_comment", "assignees", "evidence_required"}
TASK = _TASK | {"form_schema"}
PUBLISHED: Mapping[str, set[str]] = {
    "": {"scenario_id", "description", "idempotency_key", "agents", "humans", "workflow", "intent"},
    "agents": {"role", "address", "create_if_missing", "display_name"},
    "humans": {"role", "contact", "display_name"},
    "workflow": {"macro_id", "steps"},
    "steps": {"step_id", "tool_id", "runtime_type", "runtime_config", "assigned_to", "requires_approval"}
    | {"step_deadline_seconds", "retry", "human_task", "on_success", "on_failure"}
    | _REMINDING,
    "retry": {"max_retries", "retry_delay_seconds"},
    "intent": {"type", "payload", "deadline_at", "max_delivery_attempts", "human_task"} | _REMINDING,
}
"""The names that the published schema has, by the part of a document: the layout with `workflow.steps`."""


def unread(bundle: BaseModel) -> Iterator[str]:
    """The paths of fields that nobody reads, those at the top first."""
    for at, part, _ in _parts(bundle):
        for name in sorted(part.model_extra or {}):
            yield _path(at, name)


def ours(bundle: BaseModel) -> Iterator[str]:
    """The paths of fields with something in them that are read here, and that the published schema refuses."""
    for at, part, known in _parts(bundle):
        if known is None:
            continue
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name in part.model_fields_set and value not in ("", None) and name not in known:
                yield _path(at, name)
            elif name == "human_task" and isinstance(value, dict):
                yield from (_path(_path(at, name), one) for one in sorted(value) if one not in TASK)


Part = tuple[str, BaseModel, set[str] | None]


def _parts(part: BaseModel, at: str = "", kind: str = "") -> Iterator[Part]:
    """A document and its parts with where they are, and what the published schema has there; None where it has no such part,
    which is told of as a whole."""
    known = PUBLISHED.get(kind)
    yield at, part, known
    for name in type(part).model_fields:
        value = getattr(part, name)
        listed: Sequence[Any] = value if isinstance(value, list) else ()
        inner = name if known is not None and name in known else "-"
        if isinstance(value, BaseModel):
            yield from _parts(value, _path(at, name), inner)
        for place, one in enumerate(listed):
            if isinstance(one, BaseModel):
                yield from _parts(one, f"{_path(at, name)}.{place}", inner)


def _path(at: str, name: str) -> str:
    return f"{at}.{name[:LONGEST_NAME]}" if at else name[:LONGEST_NAME]
