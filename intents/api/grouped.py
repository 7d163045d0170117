"""The short path of a submit: requests that arrive together share a transaction.

It takes what is plain: a submit by a machine key that was looked up a moment ago. `take` reads it on the event loop, and
asks nobody; `submit_all` submits a group on a thread. Whatever is not plain, is refused, or was submitted before is left to
the ordinary path (`intents.submit_intent`), which alone tells why. So both give the same answers.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from intents import auth
from intents.api.common import LONGEST_ESCAPE, CountedRequest, count, to_json
from intents.api.shared import to_submission
from intents.engine.services import idempotency
from intents.engine.services.group_commit import NothingSubmitted, Prepared, prepare, submit_group
from intents.engine.services.idempotency import IdempotencyKey
from intents.engine.services.submission import Submitted
from intents.kernel import canonical, tracing
from intents.kernel.actors import Machine
from intents.kernel.tracing import Trace
from intents.schemas import requests

PATH = "/v1/intents"
LONGEST_BODY = 16 * 1024
"""Bytes. Reading a longer one would hold up all others on the loop."""

_READ = frozenset({b"x-api-key", b"authorization", b"idempotency-key", b"x-owner-agent", b"content-type"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A submit that was read and may go in a group: `asked` by a request of these ids. It was `prepared`, unless that needs
    a look at the database."""

    actor: Machine
    asked: requests.SubmitIntent
    idempotency_key: IdempotencyKey | None
    trace: Trace
    prepared: Prepared | None


class Done(NamedTuple):
    """What became of one: the `answer` as JSON text, None for what the ordinary path is to answer. It was `counted`. Its
    group is `undone` where that failed as a whole, whatever one of them is."""

    answer: str | None
    counted: CountedRequest
    undone: bool = False


def take(
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes | bytearray,
    may_wait: Callable[[UUID], bool] = lambda workspace_id: True,
) -> Taken | None:
    """A `POST /v1/intents` without a query, read; None where it is not plain, or not sound, or its workspace's may not wait
    for a group. Headers have their names in lower case. Raises what `may_wait` does."""
    if not 0 < len(body) <= min(LONGEST_BODY, settings.PAYLOAD_MAX_BYTES * LONGEST_ESCAPE):
        return None
    found = _plain(headers)
    actor = auth.remembered(_key(found)) if found is not None else None
    if found is None or actor is None or not may_wait(actor.workspace_id):
        return None
    try:
        sent = canonical.parse(bytes(body))
        asked = requests.SubmitIntent.model_validate(sent)
        if asked.human_task is not None and not _is_flat(asked.human_task):
            return None
        idempotency_key = None
        if (key := found.get(b"idempotency-key")) is not None:
            idempotency_key = idempotency.parse_key(
                workspace_id=actor.workspace_id,
                account_id=auth.speaker_id(actor),
                route=f"POST {PATH}",
                key=key,
                sent=sent,
            )
        taken = Taken(actor, asked, idempotency_key, tracing.current(), None)
        is_looked_up = asked.human_task is not None or "@" in asked.to_agent or "@" in (asked.reply_to or "")
        return taken if is_looked_up else replace(taken, prepared=_prepared(taken))
    except Exception:
        return None  # whatever it is, the ordinary path meets it too, and tells


def _is_flat(human_task: dict[str, Any]) -> bool:
    """Whether a human task holds no objects, of which some take long to judge."""
    texts = (one for value in human_task.values() for one in (value if isinstance(value, list) else (value,)))
    return not any(isinstance(one, dict | list) for one in texts)


def _prepared(taken: Taken) -> Prepared:
    submission = to_submission(taken.asked, actor=taken.actor)
    return prepare(actor=taken.actor, submission=submission, idempotency_key=taken.idempotency_key)


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str] | None:
    """The headers that a submit reads; None where one comes twice, or speaks for somebody else, or of another kind of
    body."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in _READ:
            if name in found or name == b"x-owner-agent":
                return None
            found[name] = value.decode("latin-1")
    kind = found.get(b"content-type", "application/json")
    return found if kind.startswith("application/json") else None


def _key(found: dict[bytes, str]) -> str:
    """The one machine key among the headers, "" where there may be more."""
    if b"authorization" not in found:
        return found.get(b"x-api-key", "")
    scheme, _, bearer = found[b"authorization"].partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" and b"x-api-key" not in found else ""


def submit_all(taken: Sequence[Taken]) -> list[Done]:
    """Submit a group, each for itself. Uses the database.

    Raises what `submit_group` does when the database went away.
    """
    counted = [count(one.actor, f"POST {PATH[1:]}") for one in taken]
    group = [None if of_it.refused else _looked_up(one) for one, of_it in zip(taken, counted, strict=True)]
    made: dict[UUID, Submitted] = {}
    undone = False
    try:
        if sound := [one for one in group if one is not None]:
            made = submit_group(group=sound)
    except NothingSubmitted as error:
        # Each alone then: of them one may be at fault.
        undone = True
        told = {"action": "submit.group", "requests": len(group), "error": type(error.__cause__).__name__}
        log.warning("a group was not submitted", extra=told)
    answers = [to_json(made[one.id].answer()) if one is not None and one.id in made else None for one in group]
    return [Done(answer, of_it, undone) for answer, of_it in zip(answers, counted, strict=True)]


def _looked_up(taken: Taken) -> Prepared | None:
    """What was taken, prepared; None where that fails, which harms no other. Uses the database, and binds the ids of its
    request. Raises what tells that the database went away."""
    if taken.prepared is not None:
        return taken.prepared
    tracing.bind(taken.trace)
    try:
        return _prepared(taken)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return None
