"""Completions of outside tools: by a keyless callback address, or by naming the tool and its job.

A completion counts once. One that comes before its wait is kept for a day and satisfies the wait when that opens; one
that is repeated changes nothing. An advisory lock on the job makes a completion and a wait that meet see each other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.accounts import stops
from intents.accounts.stops import AgentStopped
from intents.engine import permissions, selectors, waits
from intents.engine.lifecycle import Status, refusal
from intents.engine.models import Callback, Intent, Signal, Wait, WaitState
from intents.engine.selectors import calling
from intents.engine.services.parking import satisfy
from intents.engine.signed_calls import Used
from intents.kernel import canonical, clock, secrets, statements
from intents.kernel.actors import OPERATORS, Actor, Machine, Person, Scope, System, Tenant, sides
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Conflict, Denied, Missing, Unavailable
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

KEPT_HOURS = 24
"""How long a completion waits for its wait."""
PREFIX = "axme_cb_"


@dataclass(frozen=True, slots=True)
class Received:
    """`applied` when the completion ended a wait; `kept` when it is kept for one to come; neither when it came before."""

    applied: bool
    kept: bool
    intent_id: UUID | None


def _lock_job(workspace_id: UUID, job: waits.Job) -> None:
    """Held to the end of the transaction by whoever completes the job or starts to wait for it."""
    name = f"{workspace_id}/{job.tool}/{job.external_id}"
    statements.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def early(*, intent: Intent, job: waits.Job, now: datetime) -> Signal | None:
    """The completion of `job` that came before its wait; locks the job, so that none is missed from now on.

    Raises Conflict when another intent waits for the job, or the job was completed and used before.
    """
    _lock_job(intent.workspace_id, job)
    if _waiting_for(intent.workspace_id, job) is not None:
        raise Conflict("another intent waits for this job already", status=intent.status, external_id=job.external_id)
    signal = calling.completion(intent.workspace_id, tool=job.tool, external_id=job.external_id)
    if signal is None:
        return None
    if signal.wait_id is not None:
        raise Conflict(
            "this job was completed before; give each job an id of its own",
            status=intent.status,
            external_id=job.external_id,
        )
    if (now - signal.received_at).total_seconds() > KEPT_HOURS * 3600:
        signal.delete()
        return None
    return signal


def new_callback(*, wait: Wait, now: datetime) -> str:
    """A keyless address for a tool wait: the token that belongs into it."""
    token = PREFIX + secrets.new_token()
    Callback.objects.create(
        workspace_id=wait.workspace_id,
        intent_id=wait.intent_id,
        wait=wait,
        fingerprint=secrets.fingerprint(token),
        created_at=now,
    )
    return token


def resume_of(*, result: dict[str, Any], received_at: datetime, job: waits.Job | None = None) -> dict[str, Any]:
    """What an agent is told of a tool's completion."""
    named = {"tool": job.tool, "external_id": job.external_id} if job else {}
    return {"result": result, "received_at": rfc3339(received_at)} | named


@unit
def call_back(*, token: str, result: dict[str, Any], used: Used | None = None) -> Received:
    """A callback was called. Called again it changes nothing. Raises Missing for an unknown token, InvalidTransition when
    nothing waits for it any more, Denied when the signed call `used` ended another wait."""
    callback = calling.callback(token)
    if callback is None:
        raise Missing("no callback has this address")
    locked = selectors.lock_many([callback.intent_id])
    intent = locked.intents[callback.intent_id]
    wait = calling.wait(callback.wait_id)
    if wait.state == WaitState.SATISFIED:
        return Received(False, False, intent.id)
    if wait.state != WaitState.OPEN:
        raise refusal(Status(intent.status), f"this callback is {wait.state}")
    _ensure_agent_gets(intent)
    if used is not None:
        _use(used)
    job = waits.Job(wait.tool, wait.external_id) if wait.tool and wait.external_id else None
    if job is not None:
        # The tool may also name its job: telling it both ways counts once.
        _lock_job(intent.workspace_id, job)
        if kept := _keep(intent.workspace_id, job, result, now=locked.now):
            Signal.objects.filter(id=kept).update(wait_id=wait.id)
    resume = resume_of(result=result, received_at=locked.now)
    satisfy(intent=intent, resume=resume, actor=System(name="callback"), now=locked.now)
    return Received(True, False, intent.id)


def _ensure_agent_gets(intent: Intent) -> None:
    """Raises Unavailable while the agent of a locked intent is killed: the tool comes again, and nothing is lost."""
    try:
        permissions.ensure_agent_gets(intent)
    except AgentStopped as refused:
        raise Unavailable(f"{refused.message}; call again then", **refused.details) from refused


_USE = """
INSERT INTO intents_usedsignature (id, tool_id, fingerprint, expires_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (tool_id, fingerprint) DO NOTHING RETURNING id
"""


def _use(used: Used) -> None:
    """Raises Denied when it was used before. For the same wait it cannot have been, for that is open."""
    if not _mark(used):
        raise Denied("this signed call was used before, for another wait")


def _mark(used: Used) -> bool:
    """Note that a signed call ended a wait. Whether it is the first."""
    return bool(statements.rows(_USE, [new_id(), used.tool_id, used.fingerprint, used.expires_at]))


def complete(*, actor: Tenant, job: waits.Job, result: dict[str, Any]) -> Received:
    """A tool completed a job: ends the wait for it, or is kept until one opens. Repeated it changes nothing. Raises Denied:
    a key of scope `own` tells only of tools that it was granted."""
    actor = _teller(actor, job.tool)
    return told(actor=actor, workspace_id=actor.workspace_id, job=job, result=result)


def told(*, actor: Actor, workspace_id: UUID, job: waits.Job, result: dict[str, Any], used: Used | None = None) -> Received:
    """The same from an actor who may tell it, by the signed call `used`. Checks no rights."""
    while True:
        candidate = _waiting_for(workspace_id, job)
        received = _complete(actor=actor, workspace_id=workspace_id, job=job, result=result, candidate=candidate, used=used)
        if received is not None:
            return received


def _teller(actor: Tenant, tool: str) -> Tenant:
    for side in sides(actor):
        match side:
            case Machine() if side.scope is Scope.WORKSPACE or tool in side.tools:
                return side
            case Person() if side.role in OPERATORS:
                return side
    raise Denied(f"this key was not granted the tool {tool}: an admin makes one that is, or send a workspace key", tool=tool)


def _waiting_for(workspace_id: UUID, job: waits.Job) -> UUID | None:
    return calling.waiting_for(workspace_id, tool=job.tool, external_id=job.external_id)


@unit
def _complete(
    *,
    actor: Actor,
    workspace_id: UUID,
    job: waits.Job,
    result: dict[str, Any],
    candidate: UUID | None,
    used: Used | None,
) -> Received | None:
    """One try with the intent that seemed to wait. Intents are locked before jobs, so None, to try again, when under the
    job's lock another intent waits than the one that was locked."""
    key = actor if isinstance(actor, Machine) else None
    locked = selectors.lock_many([candidate] if candidate else [], speaking=(key.name, key.speaks_as) if key else ())
    _lock_job(workspace_id, job)
    if _waiting_for(workspace_id, job) != candidate:
        return None
    kept = _keep(workspace_id, job, result, now=locked.now)
    if kept is None or candidate is None:
        return Received(False, kept is not None, None)
    intent = locked.intents[candidate]
    if key is not None:
        stops.ensure_acts(intent.stopped, key.name, key.speaks_as)
    _ensure_agent_gets(intent)
    wait = waits.open_of(intent)
    assert wait is not None
    if used is not None:
        _mark(used)
    Signal.objects.filter(id=kept).update(wait_id=wait.id)
    satisfy(intent=intent, resume=resume_of(result=result, received_at=locked.now, job=job), actor=actor, now=locked.now)
    return Received(True, False, intent.id)


def _keep(workspace_id: UUID, job: waits.Job, result: dict[str, Any], *, now: datetime) -> UUID | None:
    """Store a completion. None when it was told before, unless that was so long ago that it is forgotten."""
    query = f"""
        INSERT INTO intents_signal (id, workspace_id, tool, external_id, result, received_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (workspace_id, tool, external_id) DO UPDATE
        SET result = excluded.result, received_at = excluded.received_at
        WHERE intents_signal.wait_id IS NULL
          AND intents_signal.received_at < excluded.received_at - make_interval(hours => {KEPT_HOURS})
        RETURNING id
    """
    made = statements.rows(query, [new_id(), workspace_id, job.tool, job.external_id, canonical.dumps(result), now])
    return made[0][0] if made else None


_PRUNE_USED = f"""
DELETE FROM intents_usedsignature WHERE id IN (
    SELECT id FROM intents_usedsignature WHERE expires_at < {clock.START} ORDER BY expires_at LIMIT %(limit)s
)
"""


def prune(*, limit: int = 5000) -> int:
    """Forget completions that nobody waited for in time, and signed calls that are too old to be sent again. Returns how
    many completions."""
    statements.rows(_PRUNE_USED, {"limit": limit, "now": clock.override()})
    query = f"""
        DELETE FROM intents_signal WHERE id IN (
            SELECT id FROM intents_signal
            WHERE wait_id IS NULL AND received_at < {clock.START} - make_interval(hours => %(hours)s)
            ORDER BY received_at LIMIT %(limit)s
        ) RETURNING id
    """
    return len(statements.rows(query, {"hours": KEPT_HOURS, "limit": limit, "now": clock.override()}))
