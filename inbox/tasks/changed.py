"""Values that whoever approved put in the place of those that an agent proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inbox.forms import editable
from inbox.tasks.answers import Answer
from inbox.tasks.specs import APPROVED_VALUES
from intents.kernel.errors import InvalidField


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value of the payload and the one that was approved in its place. `name` is what its agent calls it."""

    name: str
    pointer: str
    proposed: Any
    approved: Any

    def as_json(self) -> dict[str, Any]:
        return {"field": self.name, "pointer": self.pointer, "proposed": self.proposed, "approved": self.approved}


@dataclass(frozen=True, slots=True)
class Approved:
    """What was approved: every value that could have been changed by its name, and those that were."""

    values: dict[str, Any]
    changes: tuple[ChangedValue, ...]


def given(answer: Answer) -> dict[str, Any]:
    """The values that an answer brings in the place of those of the payload. Raises InvalidField.

    `true` or `false` is but another word for the outcome.
    """
    for name in APPROVED_VALUES:
        if name in answer.extra and not isinstance(answer.extra[name], bool):
            raise InvalidField(answer.field(name), "belongs into data")
    data = answer.data or {}
    if "changes" in data:
        raise InvalidField(answer.field("data.changes"), "is told by the server: send the values as data.approved")
    found = data.get("approved")
    if found is None or isinstance(found, bool | str):
        return {}
    if not isinstance(found, dict):
        raise InvalidField(answer.field("data.approved"), "an object of values by their names")
    return found


def read(fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], payload: Any, *, field: str) -> Approved:
    """What is approved with the values that were `given`. Raises InvalidField below `field`."""
    values = editable.read(fields, given, payload, field=field)
    proposed = editable.proposed(fields, payload)
    changes = tuple(
        ChangedValue(one["name"], one["pointer"], proposed[one["name"]], values[one["name"]])
        for one in fields
        if not editable.same(proposed[one["name"]], values[one["name"]])
    )
    kept = {one.name for one in changes}
    # What was not changed is as it was sent: 129 is not turned into 129.0.
    return Approved({name: values[name] if name in kept else proposed[name] for name in values}, changes)


def without(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """Data of an answer without the values that it approves."""
    if data is None or not isinstance(data.get("approved"), dict | list | None):
        return data
    return {name: value for name, value in data.items() if name != "approved"}


def told(data: dict[str, Any] | None, approved: Approved | None) -> dict[str, Any] | None:
    """Data as they go to the agent: with what was approved."""
    if approved is None:
        return data or None
    changes = {"changes": [one.as_json() for one in approved.changes]} if approved.changes else {}
    return {**(data or {}), "approved": approved.values, **changes}
