"""What is voted on as a stage of a task begins: how many votes it takes of those whom it is put to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.assignees.services.principals import Names
from inbox.plans import quorum
from inbox.tasks import selectors
from inbox.tasks.assignments import BY_DEFAULT
from inbox.tasks.specs import assignees
from inbox.tasks.votes import Ballot, seated
from intents.kernel.errors import InvalidField

MOST_PEOPLE = 200
"""Where more are asked, nobody is missed by name."""


def ballot(
    spec: Mapping[str, Any],
    *,
    assigned: Mapping[str, str],
    electorate: Mapping[str, Sequence[UUID]],
    excluded: Collection[UUID],
    stage: int = 0,
    turn: int = 0,
    revision: int = 1,
    until: datetime | None = None,
) -> Ballot:
    """The ballot of a stage of what a completed human task asks. `assigned` are the principals that it is put to, with what
    the request calls them; `electorate` their users now. Users who are `excluded` count among those asked: they are missing.
    `until` is when the wait as a whole ends, whatever a stage's time is."""
    stages = quorum.parts(dict(spec))
    part = stages[stage]
    rule = quorum.rule(part.get("quorum", spec.get("quorum")))
    people = {user for principal in assigned for user in electorate.get(principal, ())}
    unknown = [one for one in assigned if one.startswith(("email:", "name:")) and not electorate.get(one)]
    asked = len(people) + len(unknown)
    seats: tuple[tuple[UUID, ...], ...] = ()
    if rule.approve == quorum.ONE_EACH:
        seats = tuple(tuple(one for one in electorate.get(name, ()) if one not in excluded) for name in assigned)
    return Ballot(
        stage=stage,
        stages=len(stages),
        turn=turn,
        revision=revision,
        name=part.get("name"),
        approve=quorum.needed(rule.approve, people=asked, entries=len(assigned)),
        reject=quorum.needed(rule.reject, people=asked, entries=len(assigned)),
        asked=len(assigned) if seats else asked,
        waiting=tuple(assigned.values()),
        seats=seats,
        people=tuple(sorted(people)) if len(people) <= MOST_PEOPLE else (),
        until=until,
    )


def ensure_possible(*, workspace_id: UUID, spec: Mapping[str, Any], field: str) -> None:
    """Raises InvalidField when a quorum of a completed human task asks for more people than there are. Who is looked up when
    the time comes, or is nobody's address yet, counts as one."""
    names = Names(workspace_id)
    names.learn(text for number in range(len(quorum.parts(dict(spec)))) for text in assignees(spec, stage=number))
    for number, part in enumerate(quorum.parts(dict(spec))):
        within = f"{field}.stages.{number}" if part else field
        texts = assignees(spec, stage=number)
        assigned = {names.principal(text): text for text in texts} or BY_DEFAULT
        if unknown := next((text for one, text in assigned.items() if part and one.startswith("name:")), None):
            raise InvalidField(f"{within}.assignees.{texts.index(unknown)}", "no member, group or role is called that")
        electorate = selectors.electorate(workspace_id, assigned)
        found = ballot(spec, assigned=assigned, electorate=electorate, excluded=(), stage=number)
        later = [one for one in assigned if not electorate[one] and not one.startswith(("group:", "role:"))]
        people = {user for users in electorate.values() for user in users}
        there = len(seated(found.seats, sorted(people)) if found.seats else people) + len(later)
        place = f"{within}.quorum" if "quorum" in part or not part else f"{field}.quorum"
        for needed in (found.approve, found.reject):
            if needed > there:
                raise InvalidField(place, f"it takes {needed} people, and {there} can decide it")
