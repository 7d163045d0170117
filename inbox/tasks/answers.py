"""What a person sends to decide a task, whatever the surface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from intents.kernel.errors import InvalidField

MAX_COMMENT = 4000
KINDS = {"outcome": str, "approved": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`outcome` as sent, None where something else tells it: `also` are other words for it, each with its place in the
    request, and so may the data be. `extra` are keys beside `data`, passed on unread; `flat` tells that there was no `data`,
    only keys beside the outcome. `within` is the answer's place in the request, for naming what is wrong with it."""

    outcome: str | None
    comment: str | None = None
    data: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    also: tuple[tuple[str, str | bool], ...] = ()
    flat: bool = False
    within: str = ""

    def field(self, name: str) -> str:
        return f"{self.within}.{name}" if self.within else name


def from_task_result(
    task_result: dict[str, Any], *, beside: Mapping[str, Any] = MappingProxyType({}), within: str = "task_result"
) -> Answer:
    """The answer in the public format: `outcome`, `comment` and `data`; without `data`, the other keys are the data. Outcome
    and comment may stand `beside` it instead, and `approved`, true or false, may stand for an outcome.

    Raises InvalidField.
    """
    outcome, comment, data = (task_result.get(name) for name in ("outcome", "comment", "data"))
    others = {name: value for name, value in task_result.items() if name not in ("outcome", "comment", "data")}
    if outcome is not None and (not isinstance(outcome, str) or not outcome):
        raise InvalidField(f"{within}.outcome", "the outcome is required, as text")
    if comment is None and isinstance(beside.get("comment"), str):
        comment = beside["comment"]
    if comment is not None and (not isinstance(comment, str) or len(comment) > MAX_COMMENT):
        raise InvalidField(f"{within}.comment", f"text of at most {MAX_COMMENT} characters")
    also = [(name, beside[name]) for name in ("outcome", "approved") if isinstance(beside.get(name), KINDS[name])]
    if data is None:
        return Answer(outcome=outcome, comment=comment, data=others or None, also=tuple(also), flat=True, within=within)
    if not isinstance(data, dict):
        raise InvalidField(f"{within}.data", "an object")
    if isinstance(others.get("approved"), bool):
        also.append((f"{within}.approved", others["approved"]))
    return Answer(outcome=outcome, comment=comment, data=data, extra=others, also=tuple(also), within=within)


def evidence_ids(data: Mapping[str, Any] | None) -> dict[str, UUID]:
    """The files that `data.evidence` names, each with its place below it: `.0`, or nothing for a single one."""
    given = (data or {}).get("evidence")
    places = {f".{index}": one for index, one in enumerate(given)} if isinstance(given, list) else {"": given}
    return {place: found for place, one in places.items() if (found := file_id(one)) is not None}


def says_something(given: Any) -> bool:
    """Whether what was given as evidence is a text, such as a link or the number of a receipt: command lines send no
    files."""
    texts = given if isinstance(given, list) else [given]
    return any(isinstance(one, str) and one.strip() for one in texts)


def file_id(value: Any) -> UUID | None:
    """The id of a file, as it is or as {"media_id": ...}; None for anything else."""
    text = value.get("media_id") if isinstance(value, dict) else value
    try:
        return UUID(text) if isinstance(text, str) and len(text) == 36 else None
    except ValueError:
        return None
