"""The short path of a submit: requests that arrive together share a transaction.

It takes what is plain: a submit by a machine key that was looked up a moment ago. `take` reads it on the event loop, and
asks nobody; `submit_all` submits a group on a thread. Whatever is not plain, is refused, or was submitted before is left to
the ordinary path (`intents.submit_intent`), which alone tells why. So both give the same answers.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from pydantic import ValidationError

from intents import auth
from intents.api.common import LONGEST_ESCAPE, CountedRequest, count, to_json
from intents.api.shared import to_submission
from intents.engine.services import idempotency
from intents.engine.services.group_commit import NothingSubmitted, prepare, submit_group
from intents.kernel import canonical
from intents.kernel.actors import Machine
from intents.kernel.errors import DomainError
from intents.schemas import requests

PATH = "/v1/intents"
LONGEST_BODY = 16 * 1024
"""Bytes. Reading a longer one would hold up all others on the loop."""

_READ = frozenset({b"x-api-key", b"authorization", b"idempotency-key", b"x-owner-agent", b"content-type"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A submit that was read and may go in a group: `row` is its row of the group's statement."""

    actor: Machine
    row: dict[str, Any]


class Done(NamedTuple):
    """What became of one: the `answer` as JSON text, None for what the ordinary path is to answer. It was `counted`."""

    answer: str | None
    counted: CountedRequest


def take(headers: Iterable[tuple[bytes, bytes]], body: bytes | bytearray) -> Taken | None:
    """A `POST /v1/intents` without a query, read; None where it is not plain, or not sound. Headers have their names in
    lower case."""
    if not 0 < len(body) <= min(LONGEST_BODY, settings.PAYLOAD_MAX_BYTES * LONGEST_ESCAPE):
        return None
    found = _plain(headers)
    actor = auth.remembered(_key(found)) if found is not None else None
    if found is None or actor is None:
        return None
    try:
        sent = canonical.parse(bytes(body))
        asked = requests.SubmitIntent.model_validate(sent)
        if asked.human_task is not None or "@" in asked.to_agent or "@" in (asked.reply_to or ""):
            return None  # these are looked up
        key = found.get(b"idempotency-key")
        idempotency_key = (
            idempotency.parse_key(
                workspace_id=actor.workspace_id,
                account_id=auth.speaker_id(actor),
                route=f"POST {PATH}",
                key=key,
                sent=sent,
            )
            if key is not None
            else None
        )
        submission = to_submission(asked, actor=actor)
        return Taken(actor, prepare(actor=actor, submission=submission, idempotency_key=idempotency_key))
    except (DomainError, ValidationError):
        return None


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
    rows = [one.row for one, of_it in zip(taken, counted, strict=True) if not of_it.refused]
    try:
        done = submit_group(rows=rows) if rows else {}
    except NothingSubmitted as error:
        # Each alone then: of them one may be at fault.
        log.warning(
            "a group was not submitted", extra={"action": "submit.group", "rows": len(rows), "error": repr(error.__cause__)}
        )
        done = {}
    return [
        Done(to_json(made.answer()) if (made := done.get(one.row["id"])) else None, of_it)
        for one, of_it in zip(taken, counted, strict=True)
    ]
