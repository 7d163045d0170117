"""What steps end with, kept within the one limit of any JSON value: an agent gets the results of all steps before."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from intents.kernel import canonical
from intents.kernel.errors import PayloadTooLarge

ROOM = 1024
"""Bytes that are left for what is put beside."""


def ensure_room(payload: Any, inputs: Sequence[Any]) -> None:
    """Raises PayloadTooLarge where the payload of a run and what one of its steps puts in leave no room to hand them on."""
    limit = settings.PAYLOAD_MAX_BYTES - ROOM
    if inputs and _size(payload) + max(_size(one) for one in inputs) > limit:
        told = f"intent.payload and the input of a step are larger than {limit} bytes together; put large data elsewhere"
        raise PayloadTooLarge(f"{told} and send its address", field="intent.payload", limit=limit)


def beside(value: Mapping[str, Any], results: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """`value` with `results` by step, and `errors` where there are any. Where that is more than a JSON value may be, the
    largest are left out, and say so: the run shows each, and so does the step's own intent."""
    left = settings.PAYLOAD_MAX_BYTES - ROOM - _size(value)
    kept = {"results": dict(results)} | ({"errors": dict(errors)} if errors else {})
    sizes = {(name, step_id): _size({step_id: one}) for name, ended in kept.items() for step_id, one in ended.items()}
    for name, step_id in sorted(sizes, key=lambda place: -sizes[place]):
        if sum(sizes.values()) <= left:
            break
        kept[name][step_id] = {"omitted": True, "bytes": _size(kept[name][step_id])}
        sizes[name, step_id] = _size({step_id: kept[name][step_id]})
    return {**value, **kept}


def _size(value: Any) -> int:
    return len(canonical.dumps(value).encode())
