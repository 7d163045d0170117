"""Idempotency keys: the same request twice has one effect and one answer.

The record is inserted first, in the transaction that does the work; its unique constraint lets a concurrent twin wait until
that transaction ends, and then either replay the answer or, when it rolled back, do the work itself.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from intents.engine import answers
from intents.engine.models import IdempotencyRecord
from intents.kernel import canonical, clock, statements
from intents.kernel.errors import IdempotencyConflict, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

KEY_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """An idempotency key as one account used it on one route (`POST /v1/...`), and the SHA-256 of what it asked for, 32
    bytes."""

    workspace_id: UUID
    account_id: UUID
    route: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer given before: JSON text."""

    status_code: int
    body: str


def _fingerprint(body: Any) -> bytes:
    """What a body asks for, without the correlation id, which clients make anew on each try."""
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key not in ("correlation_id", "correlationId")}
    return hashlib.sha256(canonical.dumps(body).encode()).digest()


def parse_key(*, workspace_id: UUID, account_id: UUID, route: str, key: str, sent: Any) -> IdempotencyKey:
    """The key of a request; `sent` is its parsed body. Raises InvalidField."""
    if not key.isprintable() or not 1 <= len(key) <= KEY_LENGTH:
        raise InvalidField("Idempotency-Key", f"1 to {KEY_LENGTH} printable characters")
    return IdempotencyKey(
        workspace_id=workspace_id, account_id=account_id, route=route[:255], key=key, fingerprint=_fingerprint(sent)
    )


def stored_answer(idempotency_key: IdempotencyKey) -> Stored | None:
    """The answer kept under a key. Raises IdempotencyConflict when the key was used for something else."""
    record = IdempotencyRecord.objects.filter(
        account_id=idempotency_key.account_id, route=idempotency_key.route, key=idempotency_key.key, body__isnull=False
    ).first()
    if record is None:
        return None
    if bytes(record.fingerprint) != idempotency_key.fingerprint:
        raise IdempotencyConflict("this Idempotency-Key was used for a different request before; choose a new key")
    return Stored(record.status_code or 200, answers.unsealed(record.body or ""))


_INSERT = f"""
INSERT INTO intents_idempotencyrecord (id, workspace_id, account_id, route, key, fingerprint, created_at)
VALUES (%(id)s, %(workspace)s, %(account)s, %(route)s, %(key)s, %(fingerprint)s, {clock.NOW})
ON CONFLICT (account_id, route, key) DO NOTHING RETURNING id
"""

_ANSWERED = "UPDATE intents_idempotencyrecord SET status_code = %s, body = %s WHERE id = %s"


def run_once(*, idempotency_key: IdempotencyKey, work: Callable[[], tuple[int, str]]) -> tuple[Stored, bool]:
    """Do `work`, which answers (status code, JSON text), unless it was done under this key before.

    Returns the answer and whether it is a replay. An error raised by `work` undoes all and is not kept. Raises
    IdempotencyConflict.
    """

    @unit
    def attempt() -> tuple[Stored, bool] | None:
        params = {
            "id": new_id(),
            "workspace": idempotency_key.workspace_id,
            "account": idempotency_key.account_id,
            "route": idempotency_key.route,
            "key": idempotency_key.key,
            "fingerprint": idempotency_key.fingerprint,
            "now": clock.override(),
        }
        inserted = statements.rows(_INSERT, params)
        if not inserted:
            stored = stored_answer(idempotency_key)
            return None if stored is None else (stored, True)
        status_code, body = work()
        statements.rows(_ANSWERED, [status_code, answers.sealed(body), inserted[0][0]])
        return Stored(status_code, body), False

    # None: the twin's record vanished between the insert and the look. Then the way is free.
    answer = attempt() or attempt()
    if answer is None:
        raise IdempotencyConflict("another request with this Idempotency-Key is being pruned; choose a new key")
    return answer


class _Begun(NamedTuple):
    """A record of a request that is under way."""

    id: UUID
    workspace_id: UUID
    account_id: UUID
    route: str
    key: str
    fingerprint: bytes


class _Ended(NamedTuple):
    id: UUID
    status_code: int
    body: str


_BEGUN: statements.Columns = (
    ("id", "uuid"),
    ("workspace_id", "uuid"),
    ("account_id", "uuid"),
    ("route", "text"),
    ("key", "text"),
    ("fingerprint", "bytea"),
)
_ENDED: statements.Columns = (("id", "uuid"), ("status_code", "int"), ("body", "text"))
_NAMES = ", ".join(name for name, _ in _BEGUN)
_BEGIN = f"""
INSERT INTO intents_idempotencyrecord ({_NAMES}, created_at)
SELECT {_NAMES}, {clock.NOW} FROM {statements.recordset("records", "v", _BEGUN)} ORDER BY account_id, route, key
ON CONFLICT (account_id, route, key) DO NOTHING RETURNING id
"""
_END = f"""
WITH dropped AS (DELETE FROM intents_idempotencyrecord WHERE id = ANY({statements.array("dropped", "uuid")}))
UPDATE intents_idempotencyrecord r SET status_code = v.status_code, body = v.body
FROM {statements.few("records", "v", _ENDED)} WHERE r.id = v.id
"""


class Records:
    """The records of requests that share a transaction."""

    def __init__(self, keys: Iterable[IdempotencyKey]) -> None:
        """Begin what was done under none of these keys before, in one order for all groups. Waits for who does it at this
        moment."""
        given = list(keys)
        made = [_Begun(new_id(), one.workspace_id, one.account_id, one.route, one.key, one.fingerprint) for one in given]
        given_now = {"records": statements.records(made, _BEGUN), "now": clock.override()}
        new = {row[0] for row in statements.rows(_BEGIN, given_now)} if made else set()
        self.begun = {key: record.id for key, record in zip(given, made, strict=True) if record.id in new}

    def end(self, told: Mapping[IdempotencyKey, Stored]) -> None:
        """Keep the answers of what was done, and forget of the others that they were begun."""
        if self.begun:
            ended = [_Ended(self.begun[key], one.status_code, answers.sealed(one.body)) for key, one in told.items()]
            dropped = [record for key, record in self.begun.items() if key not in told]
            statements.rows(_END, {"records": statements.records(ended, _ENDED), "dropped": dropped})


def keep(idempotency_key: IdempotencyKey, body: str) -> None:
    """Store the answer of work that could not be done in the record's transaction; the first one kept counts."""
    params = {
        "id": new_id(),
        "workspace": idempotency_key.workspace_id,
        "account": idempotency_key.account_id,
        "route": idempotency_key.route,
        "key": idempotency_key.key,
        "fingerprint": idempotency_key.fingerprint,
        "now": clock.override(),
    }
    if made := statements.rows(_INSERT, params):
        statements.rows(_ANSWERED, [200, body, made[0][0]])


def keep_instead(*, idempotency_key: IdempotencyKey, body: str) -> None:
    """Let a repeat of the request that this transaction did be answered by `body`: what it stored at first was not so."""
    kept = IdempotencyRecord.objects.filter(
        account_id=idempotency_key.account_id, route=idempotency_key.route, key=idempotency_key.key
    )
    kept.update(body=body)


def prune(*, limit: int = 5000) -> int:
    """Forget the oldest answers past their time. Returns how many."""
    query = f"""
        DELETE FROM intents_idempotencyrecord WHERE id IN (
            SELECT id FROM intents_idempotencyrecord
            WHERE created_at < {clock.START} - make_interval(days => %(days)s) ORDER BY created_at LIMIT %(limit)s
        ) RETURNING id
    """
    return len(statements.rows(query, {"days": settings.IDEMPOTENCY_DAYS, "limit": limit, "now": clock.override()}))
