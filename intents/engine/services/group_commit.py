"""Submits of several requests that arrive together, of whatever agents and workspaces, in one transaction.

A group is for what `submit` would accept without any more questions. What its statement does not accept it leaves
untouched, to be submitted by itself: that tells why.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from psycopg import errors as pg

from intents.engine import admission, timers
from intents.engine.lifecycle import Status
from intents.engine.services.idempotency import IdempotencyKey
from intents.engine.services.submission import (
    INPUT,
    SUBMIT_GROUP,
    SUBMIT_ONE,
    WHOSE,
    Submission,
    Submitted,
    row,
    whose,
)
from intents.kernel import failpoints, live, statements
from intents.kernel.actors import Machine

UNDONE = (pg.DeadlockDetected, pg.SerializationFailure, pg.LockNotAvailable, pg.QueryCanceled)
"""Of what else may mean that the connection was lost, these say for sure that nothing was committed."""

Row = dict[str, Any]
"""A row of the group's statement: columns of INPUT and WHOSE."""


class NothingSubmitted(Exception):
    """The statement failed as a whole: no intent of the group was submitted."""


def prepare(*, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None) -> Row:
    """A submission without a human task as a row of a group, with the ids of the current request. Raises what `row` does."""
    return row(actor=actor, submission=submission) | whose(actor=actor, idempotency_key=idempotency_key)


def submit_group(*, rows: Sequence[Row]) -> dict[UUID, Submitted]:
    """Submit what is accepted as it is, by intent. Not accepted are those that a rule concerns, that are refused, or whose
    idempotency key was used before, also within the group.

    Raises NothingSubmitted, and Django's OperationalError or InterfaceError when the database went away: then nobody knows.
    """
    done = _run(rows)
    failpoints.hit("after_commit")
    if done:
        accepted = {intent_id for intent_id, *_ in done}
        new = [one for one in rows if one["id"] in accepted]
        soon = any(timers.is_soon(one["deadline_at"]) for one in new)
        mailboxes = {(one["workspace"], one["mailbox"]) for one in new}
        live.wake_up(intents=accepted, mailboxes=mailboxes, workers=soon or any(by_server for *_, by_server in done))
    return {intent_id: Submitted(intent_id, Status.SUBMITTED, created_at) for intent_id, created_at, _ in done}


def _run(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    try:
        if len(rows) == 1:
            # Arrays, a column each, cost several times as much as plain values.
            return statements.rows(SUBMIT_ONE, rows[0] | admission.unadmitted())
        columns = {name: [one[name] for one in rows] for name, _ in (*INPUT, *WHOSE)}
        return statements.rows(SUBMIT_GROUP, columns | admission.unadmitted())
    except OperationalError as error:
        if isinstance(error.__cause__, UNDONE):
            raise NothingSubmitted from error
        raise
    except InterfaceError:
        raise
    except Exception as error:  # one row is enough
        raise NothingSubmitted from error
