"""Deciding by standing grants: what a new task asks is decided as its grantor decided in advance.

A timer row of the transaction that opens the task tries it soon afterwards, in a transaction of its own. The intent is
locked first, then its task, then the grants of the workspace in one order: what a grant has used is counted under its lock,
so that any number of tasks at the same moment never take more than its limits.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from inbox.standing import pattern, selectors
from inbox.standing.models import GrantUse
from inbox.tasks import permissions, tally
from inbox.tasks import selectors as task_selectors
from inbox.tasks.answers import Answer
from inbox.tasks.models import StandingGrant, Task
from inbox.tasks.notices import notice
from inbox.tasks.services import decide, reading
from inbox.tasks.services.decide import Channel, Decided
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import State
from intents.accounts import selectors as accounts
from intents.engine.models import Intent
from intents.engine.selectors import Locked
from intents.engine.timers import Due
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Person
from intents.kernel.errors import DomainError

log = logging.getLogger(__name__)


def fire(due: Sequence[Due], locked: Locked) -> None:
    """Try the standing grants of their workspaces on tasks that were opened."""
    found = {one.intent_id for one in due if one.intent_id in locked.intents}
    tasks = task_selectors.lock_live(sorted(found))
    if not tasks:
        return
    grants = selectors.lock_active(sorted({task.workspace_id for task in tasks}), now=locked.now)
    payloads = task_selectors.payloads([task.intent_id for task in tasks])
    for task in tasks:
        payload = canonical.loads(payloads[task.intent_id])
        here = [one for one in grants if one.workspace_id == task.workspace_id]
        _try(task=task, intent=locked.intents[task.intent_id], grants=here, payload=payload, now=locked.now)


def _try(*, task: Task, intent: Intent, grants: Sequence[StandingGrant], payload: Mapping[str, Any], now: datetime) -> None:
    """Decide a locked task by the first grant that may, the oldest first; where it takes several people, by one of each."""
    # What was asked may be another question by now than the one that the timer was armed for.
    if not grants or canonical.loads(task.spec).get("standing_grants") is False:
        return
    allowed = selectors.highest_risk(task.workspace_id)
    for grant in grants:
        if State(task.state) is not State.OPEN:  # Who claimed it decides it themselves.
            return
        if grant.created_at <= task.assigned_at and pattern.covers(allowed, task.risk):
            _use(grant=grant, task=task, intent=intent, payload=payload, now=now)


def _use(*, grant: StandingGrant, task: Task, intent: Intent, payload: Mapping[str, Any], now: datetime) -> Decided | None:
    """Decide a locked task by a locked grant, where all of it allows that."""
    if not pattern.covers(grant.risk, task.risk) or not _fits(grant, task, intent, payload, now=now):
        return None
    found = accounts.absent(workspace_id=task.workspace_id, user_id=grant.grantor_id, by=grant.id)
    if found is None:
        return None
    person, user = found
    if _asked_for_it(intent, person):
        return None
    try:
        may = permissions.ensure_may_decide(person, task, now=now)
        ballot = tally.ballot_of(task)
        if may.authority == permissions.DELEGATE or (ballot is not None and person.user_id in ballot.voted):
            return None
        given = reading.read(task=task, answer=Answer(outcome=grant.outcome, comment=grant.comment))
        with transaction.atomic():
            decided = decide.decide_as(
                task=task,
                intent=intent,
                actor=person,
                user=user,
                given=given,
                channel=Channel.GRANT,
                now=now,
                standing_grant=grant,
            )
            _record(grant=grant, task=task, decided=decided, now=now)
    except DomainError as refusal:
        extra = {"action": "standing.refused", "task": str(task.id), "grant": str(grant.id), "why": refusal.message}
        log.info("a standing grant decides nothing here", extra=extra)
        return None
    return decided


def _asked_for_it(intent: Intent, person: Person) -> bool:
    """Whether a person's token came with what asks: nobody grants their own requests, whatever the duties."""
    return any(person.user_id == asked_by for _account, asked_by, _sender in task_selectors.sent(intent))


def _fits(grant: StandingGrant, task: Task, intent: Intent, payload: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether a grant is for a task, and its limits leave room for it."""
    try:
        match, limits = pattern.match_of(grant.match), pattern.limits_of(grant.limits)
    except ValueError:
        log.exception("a standing grant cannot be read", extra={"action": "standing.unreadable", "row": str(grant.id)})
        return False
    if not match.fits(intent_type=intent.intent_type, agent=intent.sender, payload=payload):
        return False
    if not limits.takes(task.amount, task.currency):
        return False
    used = selectors.used(grant, day=_day(grant, now), currency=task.currency)
    return limits.leaves_room(used, task.amount, task.currency)


def _record(*, grant: StandingGrant, task: Task, decided: Decided, now: datetime) -> None:
    """Store the use, and have the grantor told of it."""
    use = GrantUse(
        workspace_id=task.workspace_id,
        grant_id=grant.id,
        task_id=task.id,
        decision_id=decided.decision.id,
        at=now,
        day=_day(grant, now),
        amount=task.amount,
        currency=task.currency,
    )
    statements.insert([use], [notice(task, "granted", principal=principals.user(grant.grantor_id))])


def _day(grant: StandingGrant, now: datetime) -> date:
    return now.astimezone(clock.zone(grant.time_zone)).date()
