"""Submits that arrive together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import InterfaceError, OperationalError

from intents.api.common import to_json
from intents.api.grouped.taking import GroupedCall, Lane, PlainRequest, Taken
from intents.api.shared import to_submission
from intents.engine.services.group_commit import Prepared, prepare, submit_group
from intents.engine.services.idempotency import IdempotencyKey
from intents.kernel import tracing
from intents.kernel.actors import Machine
from intents.kernel.tracing import Trace
from intents.schemas import requests


@dataclass(frozen=True, slots=True)
class Submit:
    """A submit: `asked` by a request of these ids. It was `prepared`, unless that needs a look at the database."""

    actor: Machine
    asked: requests.SubmitIntent
    idempotency_key: IdempotencyKey | None
    trace: Trace
    prepared: Prepared | None


def _read(asked: PlainRequest) -> Submit | None:
    body = requests.SubmitIntent.model_validate(asked.sent)
    if body.human_task is not None and not _is_flat(body.human_task):
        return None
    submit = Submit(asked.actor, body, asked.idempotency_key, asked.trace, None)
    is_looked_up = body.human_task is not None or "@" in body.to_agent or "@" in (body.reply_to or "")
    return submit if is_looked_up else replace(submit, prepared=_prepared(submit))


def _is_flat(human_task: dict[str, Any]) -> bool:
    """Whether a human task holds no objects, of which some take long to judge."""
    texts = (one for value in human_task.values() for one in (value if isinstance(value, list) else (value,)))
    return not any(isinstance(one, dict | list) for one in texts)


def _prepared(submit: Submit) -> Prepared:
    submission = to_submission(submit.asked, actor=submit.actor)
    return prepare(actor=submit.actor, submission=submission, idempotency_key=submit.idempotency_key)


def _submit_all(taken: Sequence[Taken]) -> list[str | None]:
    group = [_looked_up(one.wanted) for one in taken]
    sound = [one for one in group if one is not None]
    made = submit_group(group=sound) if sound else {}
    return [to_json(made[one.id].answer()) if one is not None and one.id in made else None for one in group]


def _looked_up(submit: Submit) -> Prepared | None:
    """What was taken, prepared; None where that fails, which harms no other. Uses the database, and binds the ids of its
    request. Raises what tells that the database went away."""
    if submit.prepared is not None:
        return submit.prepared
    tracing.bind(submit.trace)
    try:
        return _prepared(submit)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return None


SUBMIT = GroupedCall(Lane("submit", _submit_all), "POST", "/v1/intents", _read)
