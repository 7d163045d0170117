"""Ordering a bulk, looking at what it would do first, and aborting it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from inbox.operations.bulk import selectors
from inbox.operations.bulk.actions import ACTIONS
from inbox.operations.bulk.actions.action import NOT_FOUND, BulkAction
from inbox.operations.bulk.choosing import MOST, Chosen, Matched, pages
from inbox.operations.models import Bulk, BulkState
from inbox.operations.models.bulk import LIVE
from inbox.operations.permissions import ensure_may_repair
from intents.accounts import audit, stops
from intents.accounts.services import rights
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Actor, Person
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants done to which intents."""

    action: str
    choice: Chosen
    arguments: Mapping[str, Any] = field(default_factory=dict)


@unit
def preview(*, actor: Actor, asked: Asked) -> Matched:
    """What a bulk would do now. Stores nothing. Raises Denied, WorkspaceStopped, InvalidField."""
    person, action, arguments = _checked(actor, asked)
    matched = Matched()
    for _ in _counted(person, asked.choice, action, arguments, matched):
        pass
    return matched


@unit
def create(*, actor: Actor, asked: Asked, reason: str) -> tuple[Bulk, Matched]:
    """Order a bulk: what is chosen now is what it will be about, whatever the search finds later. Raises Denied,
    WorkspaceStopped, InvalidField."""
    person, action, arguments = _checked(actor, asked)
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidField("reason", f"say why, in at most {LONGEST_REASON} characters")
    now = clock.now()
    bulk = Bulk(
        workspace_id=person.workspace_id,
        action=action.name,
        arguments=canonical.dumps(arguments),
        query=asked.choice.q,
        reason=reason.strip(),
        user_id=person.user_id,
        credential_id=person.credential_id,
        by=person.email,
        due_at=now,
        created_at=now,
    )
    matched = Matched()
    for ids in _counted(person, asked.choice, action, arguments, matched):
        _keep(bulk, ids)
    bulk.matched = matched.count
    if not matched.count:
        bulk.state, bulk.due_at, bulk.ended_at = BulkState.DONE, None, now
    statements.insert([bulk])
    audit.note(
        workspace_id=bulk.workspace_id,
        actor=actor,
        action="bulk.create",
        subject=str(bulk.id),
        bulk_action=bulk.action,
        arguments=arguments,
        matched=bulk.matched,
        reason=bulk.reason,
        **({} if bulk.query is None else {"q": bulk.query}),
    )
    return bulk, matched


@unit
def abort(*, actor: Actor, bulk_id: UUID) -> Bulk:
    """Let a bulk do no more: what it did stays done. Raises Denied, Missing, Conflict when it is over."""
    person = _present(actor)
    bulk = selectors.bulk(person, bulk_id, lock=True)
    if bulk.state not in LIVE:
        raise Conflict(f"this bulk operation is {bulk.state} already", state=bulk.state)
    bulk.state, bulk.due_at, bulk.lease_token = BulkState.ABORTED, None, None
    bulk.ended_at, bulk.aborted_by = clock.now(), person.email
    bulk.save(update_fields=["state", "due_at", "lease_token", "ended_at", "aborted_by"])
    audit.note(
        workspace_id=bulk.workspace_id,
        actor=actor,
        action="bulk.abort",
        subject=str(bulk.id),
        succeeded=bulk.succeeded,
        failed=bulk.failed,
        skipped=bulk.skipped,
        matched=bulk.matched,
    )
    return bulk


def _present(actor: Actor) -> Person:
    person = ensure_may_repair(actor)
    return ensure_may_repair(rights.present(actor=person)[0])


def _checked(actor: Actor, asked: Asked) -> tuple[Person, BulkAction, dict[str, Any]]:
    person = _present(actor)
    stops.ensure_workspace_open(person.workspace_id)
    action = ACTIONS.get(asked.action)
    if action is None:
        raise InvalidField("action", f"one of {', '.join(ACTIONS)}", sent=asked.action[:80])
    asked.choice.ensure_sound(action.about)
    return person, action, action.checked(person, asked.arguments)


def _counted(
    person: Person, choice: Chosen, action: BulkAction, arguments: dict[str, Any], matched: Matched
) -> Iterator[Sequence[UUID]]:
    """The pages of what is chosen, counted in `matched` as they come."""
    for ids in pages(action.about, person, choice):
        known = 0
        tally = selectors.tally(action=action, arguments=arguments, workspace_id=person.workspace_id, ids=ids)
        for intent_type, why, count in tally:
            known += count
            matched.kinds[intent_type] += count
            if why is not None:
                matched.skipped[why] += count
        matched.count += len(ids)
        if known < len(ids):
            matched.skipped[NOT_FOUND] += len(ids) - known
        if matched.count > MOST:
            most = f"finds more than {MOST:,} {action.about.things}, the most for one bulk operation"
            raise InvalidField("filter", most, limit=MOST)
        yield ids


_KEEP = """
INSERT INTO inbox_bulkitem (id, workspace_id, bulk_id, intent_id)
SELECT v.id, %(workspace)s, %(bulk)s, v.intent_id FROM unnest(%(ids)s::uuid[], %(intents)s::uuid[]) v(id, intent_id)
"""


def _keep(bulk: Bulk, ids: Sequence[UUID]) -> None:
    params = {"workspace": bulk.workspace_id, "bulk": bulk.id, "ids": [new_id() for _ in ids], "intents": list(ids)}
    statements.rows(_KEEP, params)
