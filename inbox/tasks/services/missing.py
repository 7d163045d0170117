"""What happens once those who are left of who was asked are too few: they left the workspace or a group, were suspended, or
separation of duties keeps them. As long as there are enough without them, nothing does."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.assignees import selectors as people
from inbox.plans import quorum
from inbox.tasks import notices, permissions, selectors, tally
from inbox.tasks.models import Task
from inbox.tasks.services import apply, moves, stages, voting
from inbox.tasks.services.events import record_event
from inbox.tasks.services.open import add_assignment
from inbox.tasks.votes import Ballot
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import DECIDABLE, State
from intents.engine.services.human_tasks import Verdict
from intents.kernel import canonical, statements
from intents.kernel.actors import ADMINS, Actor, Author, System
from intents.kernel.errors import DomainError
from intents.kernel.unit_of_work import unit

SERVER = System(name="inbox")
MOST = 500
"""So many tasks are looked at in one go."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Short:
    """A locked task of which too few people are left: those who are still `able` to vote, and what its request says."""

    task: Task
    ballot: Ballot
    able: set[UUID]
    rule: Mapping[str, Any]
    actor: Actor
    now: datetime

    def names(self, users: list[UUID]) -> list[str]:
        found = people.people(users)
        return [found[one].email for one in users if one in found]

    def record(self, action: str, **details: Any) -> None:
        record_event(task=self.task, intent=self.task.intent, action=action, actor=self.actor, now=self.now, **details)


def look(*, actor: Actor) -> int:
    """Do what they say with the tasks of which too few people are left. Returns to how many something was done."""
    done = 0
    for task in selectors.maybe_too_few(limit=MOST):
        try:
            done += mend(actor=actor, seen=task)
        except (DomainError, ValueError, KeyError, TypeError):  # One that cannot be read costs itself alone.
            log.exception("a ballot cannot be looked at", extra={"action": "votes.missing", "row": str(task.id)})
    return done


@unit
def mend(*, actor: Actor, seen: Task) -> bool:
    """Do what a task says where too few of its people are left. Returns whether anything was done."""
    task, now = selectors.lock(seen)
    ballot = tally.ballot_of(task)
    over = task.due_at is not None and task.due_at <= now
    if ballot is None or task.state not in DECIDABLE or over:
        return False
    able = selectors.able(task)
    if ballot.is_possible(able):
        if ballot.short:
            voting.keep(task=task, ballot=ballot.with_short(0), actor=actor)
        return bool(ballot.short)
    spec = canonical.loads(task.spec)
    rule = quorum.parts(spec)[ballot.stage].get("on_missing") or spec.get("on_missing") or {"then": "alert"}
    short = _Short(task=task, ballot=ballot, able=able, rule=rule, actor=actor, now=now)
    return _WAYS[rule["then"]](short) or _alert(short)


def _alert(short: _Short) -> bool:
    """Owners and admins are notified, once, and the page says it."""
    task, ballot = short.task, short.ballot
    lacking = ballot.lacking(short.able)
    if ballot.short == lacking:
        return False
    voting.keep(task=task, ballot=ballot.with_short(lacking), actor=short.actor)
    if not ballot.short:
        roles = sorted(ADMINS)
        statements.insert(
            [notices.notice(task, "too_few", number=ballot.turn, principal=principals.role(one)) for one in roles]
        )
    return True


def _substitute(short: _Short) -> bool:
    """The managers of those who are missing are asked in their place, where they can decide and were not asked already."""
    task, missing = short.task, short.ballot.missing(short.able)
    able = people.able(task.workspace_id) - {*task.excluded, *short.able, *short.ballot.people, *short.ballot.voted}
    found = people.managers(task.workspace_id, missing)
    managers = {user: manager.id for user, manager in found.items() if manager.id in able}
    if not managers:
        return False
    told = []
    for manager in dict.fromkeys(managers.values()):
        principal = principals.user(manager)
        add_assignment(task=task, principal=principal, authority=permissions.ESCALATION)
        told.append(notices.notice(task, "assigned", number=short.ballot.turn, principal=principal))
    statements.insert(told)
    gone = people.people(list(managers))
    names = {one.email.lower(): found[user].email for user, one in gone.items()}
    ballot = short.ballot.with_substitutes(managers).with_names(names)
    if ballot.is_possible({*short.able, *managers.values()}):
        ballot = ballot.with_short(0)
    voting.keep(task=task, ballot=ballot, actor=short.actor)
    asked = [one.email for one in dict.fromkeys(found[user] for user in managers)]
    short.record("substituted", missing=short.names(list(managers)), to=asked)
    return True


def _skip(short: _Short) -> bool:
    """It takes no more than those who are left can give; nobody left is no agreement."""
    task, ballot = short.task, short.ballot.without_missing(short.able)
    if not ballot.approve:
        return False
    missing = short.names(short.ballot.missing(short.able))
    voting.keep(task=task, ballot=ballot.with_names({one.lower(): "" for one in missing}), actor=short.actor)
    short.record("skipped", missing=missing, needed=ballot.approve)
    if (last := ballot.settled_in_favour()) is not None:
        _settle(short, last)
    return True


def _settle(short: _Short, user: UUID) -> None:
    """What was voted before settles it now: the last vote that it took."""
    task, intent = short.task, short.task.intent
    decision = selectors.vote(task, short.ballot.stage, user)
    author = Author(label=decision.person.email)
    if (stage := tally.next_stage(task, decision)) is not None:
        stages.go_on(task=task, intent=intent, decision=decision, stage=stage, actor=author, now=short.now)
        return
    decision.final = True
    decision.save(update_fields=["final"])
    verdict = moves.Verdict(decision.outcome, decision.person, decision.at)
    moves.move_many(tasks=[task], to=State.DECIDED, now=short.now, verdict=verdict)
    apply.apply_decision(task=task, intent=intent, decision=decision, actor=author, now=short.now)


def _close(short: _Short) -> bool:
    """The task ends with the outcome that its request names, which refuses, by nobody's decision."""
    task, outcome = short.task, short.rule["outcome"]
    short.record("closed_by_rule", missing=short.names(short.ballot.missing(short.able)), outcome=outcome)
    moves.move_many(tasks=[task], to=State.WITHDRAWN, now=short.now)
    verdict = Verdict(
        intent=task.intent,
        wait=task.wait,
        task_result={"outcome": outcome, "closed": True} | tally.told(task),
        decision={
            "task_id": str(task.id),
            "revision": task.revision,
            "outcome": outcome,
            "negative": True,
            "authority": "rule",
        },
        by=short.actor,
    )
    verdict.carry_out(now=short.now)
    return True


_WAYS: dict[str, Callable[[_Short], bool]] = {
    "alert": _alert,
    "substitute": _substitute,
    "skip": _skip,
    "close": _close,
}
