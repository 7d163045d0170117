"""What a person sends to decide a task, whatever the surface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from intents.errors import InvalidField

MAX_COMMENT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`outcome` as sent. `extra` are keys beside `data`, passed on unread. `within` is the answer's place in the request,
    for naming what is wrong with it."""

    outcome: str
    comment: str | None = None
    data: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    within: str = ""

    def field(self, name: str) -> str:
        return f"{self.within}.{name}" if self.within else name


def from_task_result(
    task_result: dict[str, Any], *, beside: Mapping[str, Any] = MappingProxyType({}), within: str = "task_result"
) -> Answer:
    """The answer in the public format: `outcome`, `comment` and `data`; without `data`, the other keys are the data.

    Raises InvalidField.
    """
    outcome, comment, data = (task_result.get(name) for name in ("outcome", "comment", "data"))
    others = {name: value for name, value in task_result.items() if name not in ("outcome", "comment", "data")}
    if not isinstance(outcome, str) or not outcome:
        raise InvalidField(f"{within}.outcome", "the outcome is needed, as text")
    if comment is not None and (not isinstance(comment, str) or len(comment) > MAX_COMMENT):
        raise InvalidField(f"{within}.comment", f"text of at most {MAX_COMMENT} characters")
    if data is None:
        return Answer(outcome=outcome, comment=comment, data=others or None, within=within)
    if not isinstance(data, dict):
        raise InvalidField(f"{within}.data", "an object")
    return Answer(outcome=outcome, comment=comment, data=data, extra=others, within=within)


def evidence_ids(data: Mapping[str, Any] | None) -> dict[str, UUID]:
    """The files that `data.evidence` names, each with its place below it: `.0`, or nothing for a single one."""
    given = (data or {}).get("evidence")
    places = {f".{index}": one for index, one in enumerate(given)} if isinstance(given, list) else {"": given}
    return {place: found for place, one in places.items() if (found := file_id(one)) is not None}


def file_id(value: Any) -> UUID | None:
    """The id of a file, as it is or as {"media_id": ...}; None for anything else."""
    text = value.get("media_id") if isinstance(value, dict) else value
    try:
        return UUID(text) if isinstance(text, str) and len(text) == 36 else None
    except ValueError:
        return None
