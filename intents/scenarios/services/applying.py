"""Applying a scenario: its version, the agents that are missing, and a run of it, in one transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from intents.engine.models import Intent
from intents.engine.selectors import lock_many
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit_many
from intents.kernel import canonical, clock
from intents.kernel.actors import OPERATORS, Machine, Person, Role, Tenant
from intents.kernel.addresses import SCHEME
from intents.kernel.clock import rfc3339
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField, PayloadTooLarge
from intents.kernel.unit_of_work import unit, unless_taken
from intents.scenarios import permissions, results, selectors
from intents.scenarios.compiling import AGENT, Compiled, Problem
from intents.scenarios.models import ScenarioRun, ScenarioVersion
from intents.scenarios.selectors import Loaded
from intents.scenarios.services import provisioning
from intents.scenarios.services.provisioning import Participant
from intents.scenarios.services.running import ScenarioCarrier

OF_A_RUN = ("payload", "deadline_at")
"""Keys of a document's `intent` that one run brings: another value makes no other version."""
TRIES = 5
"""To add a version while others of the same scenario are added."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A run that began: its intent as it is now, the run, and its agents."""

    intent: Intent
    run: Loaded
    participants: Sequence[Participant]


@unit
def apply(*, actor: Tenant, sent: Mapping[str, Any], compiled: Compiled, run: Mapping[str, Any]) -> Applied:
    """Begin a run of the document `sent`, which was compiled without errors. `run` says what it is about: `payload`,
    `deadline_at`, `deadline_seconds`, and `defaults` for its steps.

    Raises Denied for who may not apply, or not make the agents that are missing, InvalidField for a deadline in the past,
    PayloadTooLarge for what could not be handed on to agents.
    """
    machine = permissions.sender(actor, compiled.program["scenario_id"])
    _ensure_room(compiled, run)
    participants = provisioning.provide(actor=actor, wanted=compiled.program["agents"])
    version = _version(actor, sent, compiled.program)
    program = selectors.program(version)
    intent, now = _new_intent(
        actor=machine,
        version=version,
        intent_type=program["intent_type"],
        payload=run["payload"],
        deadline_at=_deadline(run),
    )
    row = ScenarioRun(
        intent_id=intent.id,
        workspace_id=intent.workspace_id,
        version_id=version.id,
        applied_by=_applier(actor),
        defaults=canonical.dumps(dict(run["defaults"])),
    )
    like = Loaded(row, version, program, (actor.org_slug, actor.workspace_slug), machine.name)
    return Applied(intent, ScenarioCarrier.begin(run=row, like=like, intent=intent, actor=actor, now=now), participants)


@unit
def save(*, actor: Tenant, sent: Mapping[str, Any], compiled: Compiled, base: int) -> ScenarioVersion:
    """Make the document `sent`, which was compiled without errors, the next version of its scenario, and begin no run.
    `base` is the version that it was written from, 0 for none. The newest one is returned where the document says the same.

    Raises Denied for who may not apply, ChangedMeanwhile where the newest version is another than `base`.
    """
    permissions.ensure_may_apply(actor)
    return _version(actor, sent, compiled.program, base)


def problems(*, actor: Tenant, compiled: Compiled, run: Mapping[str, Any]) -> list[Problem]:
    """What `apply` would refuse of a document that was compiled without errors. Nothing is stored."""
    found = provisioning.problems(actor=actor, wanted=compiled.program["agents"])
    for check in (partial(_ensure_room, compiled, run), partial(_deadline, run)):
        try:
            check()
        except (PayloadTooLarge, InvalidField) as refusal:
            found.append((refusal.details["field"], getattr(refusal, "reason", refusal.message)))
    return found


def _ensure_room(compiled: Compiled, run: Mapping[str, Any]) -> None:
    """Raises PayloadTooLarge."""
    results.ensure_room(run["payload"], [step["input"] for step in compiled.program["steps"] if step["kind"] == AGENT])


def _deadline(run: Mapping[str, Any]) -> datetime | None:
    """When a run that begins now is to be over. Raises InvalidField."""
    now = clock.now()
    deadline_at: datetime | None = run["deadline_at"]
    if deadline_at is None and run["deadline_seconds"]:
        deadline_at = now + timedelta(seconds=run["deadline_seconds"])
    if deadline_at is not None and deadline_at <= now:
        raise InvalidField("intent.deadline_at", "this time has passed already")
    return deadline_at


def _new_intent(
    *,
    actor: Machine,
    version: ScenarioVersion,
    intent_type: str,
    payload: Mapping[str, Any],
    deadline_at: datetime | None,
) -> tuple[Intent, datetime]:
    """A new intent for a run of a version, locked, and the time after locking."""
    text = canonical.sized(dict(payload), "intent.payload")
    submission = Submission(
        intent_type=intent_type,
        to_agent=f"{SCHEME}{permissions.run_name(version.scenario_id)}",
        payload=text,
        payload_sent=canonical.as_sent(dict(payload), text),
        correlation_id=uuid4(),
        deadline_at=deadline_at,
        told={"scenario_id": version.scenario_id, "version": str(version.version)},
        run=True,
    )
    (made,) = submit_many(actor=actor, submissions=[submission])
    if not isinstance(made, Submitted):
        raise made
    locked = lock_many([made.intent_id])
    return locked.intents[made.intent_id], locked.now


def _version(actor: Tenant, sent: Mapping[str, Any], program: Mapping[str, Any], base: int | None = None) -> ScenarioVersion:
    """The newest version, where the document says the same; else a new one, after `base` alone if that is given."""
    document = {name: value for name, value in sent.items() if name != "idempotency_key"}
    if "intent" in document:
        document["intent"] = {name: value for name, value in sent["intent"].items() if name not in OF_A_RUN}
        if not document["intent"]:
            # Of another layout, whose run alone brought one.
            del document["intent"]
    digest = hashlib.sha256(canonical.dumps(document).encode()).digest()
    taken = Conflict("somebody else applies this scenario at this moment; try again")
    for _ in range(TRIES):
        newest = selectors.newest(actor.workspace_id, program["scenario_id"])
        if newest is not None and bytes(newest.digest) == digest:
            return newest
        if base is not None and base != (newest.version if newest else 0):
            raise _changed(newest)
        version = ScenarioVersion(
            workspace_id=actor.workspace_id,
            scenario_id=program["scenario_id"],
            version=newest.version + 1 if newest else 1,
            title=program["title"],
            digest=digest,
            document=canonical.ordered(document),
            program=canonical.dumps(dict(program)),
            created_by=actor.label,
            created_at=clock.now(),
        )
        with suppress(Conflict), unless_taken(taken):
            version.save(force_insert=True)
            return version
    raise taken


def _changed(newest: ScenarioVersion | None) -> ChangedMeanwhile:
    if newest is None:
        return ChangedMeanwhile("there is no version of this scenario any more", revision=0)
    by, at = newest.created_by, rfc3339(newest.created_at)
    said = (
        f"changed since you opened it, by {by} at {at}: look at it again, and send revision {newest.version} to overwrite it"
    )
    return ChangedMeanwhile(said, revision=newest.version, changed_by=by, changed_at=at)


def _applier(actor: Tenant) -> str:
    """The address of a person who applies it, where they may decide and would not be asked as an approver."""
    asks = isinstance(actor, Person) and actor.role in OPERATORS and actor.role not in (Role.OWNER, Role.ADMIN)
    return actor.email if asks and isinstance(actor, Person) else ""
