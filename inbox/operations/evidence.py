"""The evidence of an intent: all that is on record of it, with what proves that nothing of it was changed since.

`examples/verify_evidence.py` checks it with nothing but Python and the server's public key.
"""

import base64
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from inbox.operations.permissions import ensure_may_watch
from inbox.tasks import selectors as tasks
from inbox.tasks import tally
from inbox.tasks.models import Task
from inbox.tasks.shown import shown
from intents.audit import checkpoints, merkle, notes, tree
from intents.audit.tree import StoredTiles
from intents.engine import erasing, erasures, redactions, selectors
from intents.engine.models import Delivery, Intent, IntentBody, IntentEvent, Redaction
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Actor
from intents.kernel.clock import rfc3339

FORMAT = "axme.evidence.v1"

_BODY = f"SELECT {statements.columns(IntentBody, 'b')} FROM intents_intentbody b WHERE b.intent_id = %s"
_EVENTS = f"SELECT {statements.columns(IntentEvent, 'e')} FROM intents_intentevent e WHERE e.intent_id = %s ORDER BY e.seq"
_DELIVERIES = f"SELECT {statements.columns(Delivery, 'd')} FROM intents_delivery d WHERE d.intent_id = %s ORDER BY d.id"
_TASKS = f"SELECT {statements.columns(Task, 't')} FROM inbox_task t WHERE t.intent_id = %s ORDER BY t.id"
_DECISIONS = """
SELECT d.task_id, d.revision, d.digest, p.email, b.email, d.authority, d.channel, d.outcome, d.comment, d.data, d.at,
       d.void_at, d.void_reason, d.final, d.stage + 1, d.counts_for IS NOT NULL
FROM inbox_decision d JOIN intents_user p ON p.id = d.person_id LEFT JOIN intents_user b ON b.id = d.delegated_by_id
WHERE d.task_id = ANY(%s) ORDER BY d.id
"""
_NOTIFICATIONS = """
SELECT n.task_id, n.kind, u.email, n.created_at, n.read_at,
       ARRAY(SELECT m.channel || ' ' || m.state FROM inbox_messageitem i JOIN inbox_message m ON m.id = i.message_id
             WHERE i.notification_id = n.id AND NOT i.left_out ORDER BY m.id)
FROM inbox_notification n JOIN intents_user u ON u.id = n.user_id WHERE n.task_id = ANY(%s) ORDER BY n.id
"""


def bundle(actor: Actor, intent_id: UUID) -> dict[str, Any]:
    """The evidence of an intent of the actor's workspace, as JSON has it; of one whose contents were erased with what is on
    record of that. Raises Denied, Missing."""
    intent = selectors.intent(ensure_may_watch(actor), intent_id)
    (body,) = statements.objects(IntentBody, _BODY, [intent.id])
    events = statements.objects(IntentEvent, _EVENTS, [intent.id])
    asked = statements.objects(Task, _TASKS, [intent.id])
    redacted = redactions.of([intent.id])
    gone = next(iter(erasing.erased([intent.id])), None)
    return {
        "format": FORMAT,
        "made_at": rfc3339(clock.now()),
        "intent": _intent(intent),
        "payload": None if gone else body.payload,
        "payload_salt": bytes(body.salt).hex(),
        "events": [_event(one, redacted.get(one.id)) for one in events],
        "tasks": _tasks(asked, intent, body),
        "deliveries": [_delivery(one) for one in statements.objects(Delivery, _DELIVERIES, [intent.id])],
        "log": _log(events),
    } | ({"erasure": erasures.said(gone)} if gone else {})


def _log(events: Sequence[IntentEvent]) -> dict[str, Any]:
    """Where the events are in the tree, with the newest checkpoint; None for those that it does not have yet."""
    newest, places = checkpoints.newest(), tree.leaves_of([one.id for one in events])
    size, tiles = newest.size if newest else 0, StoredTiles()
    return {
        "public_key": notes.verifier_key(),
        "checkpoint": newest.note if newest else None,
        "leaves": [_leaf(places.get(one.id), size, tiles) for one in events],
    }


def _leaf(index: int | None, size: int, tiles: StoredTiles) -> dict[str, Any] | None:
    if index is None or index >= size:
        return None
    return {"index": index, "proof": [base64.b64encode(one).decode() for one in merkle.inclusion(tiles, index, size)]}


def _intent(row: Intent) -> dict[str, Any]:
    return {
        "intent_id": str(row.id),
        "intent_type": row.intent_type,
        "status": row.status,
        "from_agent": row.from_agent,
        "to_agent": row.to_agent,
        "correlation_id": str(row.correlation_id),
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
        "seq": row.seq,
        "last_hash": bytes(row.last_hash).hex(),
    }


def _event(row: IntentEvent, redacted: Redaction | None) -> dict[str, Any]:
    beside = {"redaction": {"at": rfc3339(redacted.at), "signature": bytes(redacted.signature).hex()}} if redacted else {}
    return beside | {
        "seq": row.seq,
        "event_type": row.event_type,
        "status": row.status,
        "waiting_reason": row.waiting_reason,
        "handler": row.handler,
        "actor": row.actor,
        "at": rfc3339(row.at),
        "details": row.details,
        "salt": bytes(row.salt).hex() if row.salt is not None else None,
        "digest": bytes(row.digest).hex(),
        "prev_hash": bytes(row.prev_hash).hex(),
        "hash": bytes(row.hash).hex(),
        "trace_id": row.trace_id,
        "request_id": row.request_id,
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "to_agent": row.target,
        "binding": row.binding,
        "state": row.state,
        "attempt": row.attempt,
        "created_at": rfc3339(row.created_at),
        "begun_at": _time(row.begun_at),
        "ended_at": _time(row.ended_at),
        "last_error": row.last_error,
    }


def _tasks(rows: Sequence[Task], intent: Intent, body: IntentBody) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    decisions = list(statements.rows(_DECISIONS, [ids])) if ids else []
    notified = list(statements.rows(_NOTIFICATIONS, [ids])) if ids else []
    return [
        {
            "task_id": str(row.id),
            "state": row.state,
            "revision": row.revision,
            "headline": row.headline,
            "digest": bytes(row.digest).hex(),
            "shown": _shown(row, intent, body) if body.salt else None,
            "policy": {"spec": canonical.loads(row.spec), "plan": canonical.loads(row.plan) if row.plan else None},
            **({"progress": progress} if (progress := tally.progress_of(row)) else {}),
            "decisions": [_decision(one) for one in decisions if one[0] == row.id],
            "notified": _notified(one for one in notified if one[0] == row.id),
        }
        for row in rows
    ]


def _shown(row: Task, intent: Intent, body: IntentBody) -> str:
    """What people were shown, as its digest was made of it."""
    spec = canonical.loads(row.spec)
    return canonical.dumps(shown(task=row, spec=spec, intent=intent, body=body, media=tasks.attachments(row)))


def _decision(row: tuple[Any, ...]) -> dict[str, Any]:
    _task, revision, digest, person, delegated_by, authority, channel, outcome, comment, data, at, void_at, reason, *vote = (
        row
    )
    return {
        "revision": revision,
        "digest": bytes(digest).hex(),
        "person": person,
        "delegated_by": delegated_by,
        "authority": authority,
        "channel": channel,
        "outcome": outcome,
        "comment": comment,
        "data": data,
        "at": rfc3339(at),
        "void_at": _time(void_at),
        "void_reason": reason,
        **_vote(*vote),
    }


def _vote(final: bool, stage: int, is_vote: bool) -> dict[str, Any]:
    """What a decision is among several; nothing where one person decides."""
    return {"vote": {"stage": stage, "settles": final}} if is_vote else {}


def _notified(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "person": email, "at": rfc3339(at), "read_at": _time(read_at), "messages": messages}
        for _task, kind, email, at, read_at, messages in rows
    ]


def _time(moment: Any) -> str | None:
    return rfc3339(moment) if moment else None
