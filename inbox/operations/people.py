"""How people decide: how soon they look, how soon they decide, what they undo, what expires on them. Each person sees their
own numbers first; owners and admins see those of large groups, and everybody's where the workspace says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inbox.operations import deciding, fatigue
from inbox.operations.measures import TimeRange
from inbox.vocabulary import principals
from intents.kernel import statements
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied, MissingActorToken


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMetrics:
    """How a person, or the members of a group, decided over a time.

    `view_seconds` and `decide_seconds` are the medians from a task's assignment to the first look at its page, and to the
    decision. `undone` counts decisions taken back, `expired` tasks assigned to them by name that nobody decided in time.
    `hasty` counts decisions made sooner after the first look than the text can be read, of the `looked` that were
    made with a look before; `reminders` those that were sent before their decisions.
    """

    id: UUID
    name: str
    is_group: bool
    decided: int
    undone: int
    expired: int
    looked: int
    hasty: int
    reminders: int
    view_seconds: float | None
    decide_seconds: float | None

    @property
    def undone_share(self) -> float | None:
        """Of all decisions made, those taken back."""
        return _share(self.undone, self.decided + self.undone)

    @property
    def expired_share(self) -> float | None:
        """Of all tasks that ended with them, those that expired."""
        return _share(self.expired, self.decided + self.expired)

    @property
    def hasty_share(self) -> float | None:
        """Of the decisions after a look, those made sooner than can be read."""
        return _share(self.hasty, self.looked)

    @property
    def reminders_each(self) -> float | None:
        """Reminders for each decision."""
        return _share(self.reminders, self.decided)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


_FIELDS = (
    *("id", "name", "is_group", "decided", "undone", "expired", "looked", "hasty", "reminders"),
    *("view_seconds", "decide_seconds"),
)


def own(actor: Actor, span: TimeRange) -> DecisionMetrics:
    """How the actor decided. Raises MissingActorToken for machines."""
    if not isinstance(actor, Person):
        raise MissingActorToken("these are a person's own numbers: send their token as Authorization: Bearer")
    found = _metrics(actor.workspace_id, span, only=[principals.user(actor.user_id)])
    return found[0] if found else _nothing(actor)


def _nothing(person: Person) -> DecisionMetrics:
    counts: dict[str, Any] = dict.fromkeys(("decided", "undone", "expired", "looked", "hasty", "reminders"), 0)
    medians: dict[str, Any] = {"view_seconds": None, "decide_seconds": None}
    return DecisionMetrics(id=person.user_id, name=person.email, is_group=False, **counts, **medians)


def everybody(actor: Actor, span: TimeRange) -> list[DecisionMetrics]:
    """How all people of the actor's workspace decided, and then its groups, those who decided most first. Where the
    workspace does not show each person, groups alone, where `fatigue.LEAST_PEOPLE` decided what was assigned to them. Raises
    Denied for all but owners and admins."""
    if not isinstance(actor, Person) or actor.role not in ADMINS:
        raise Denied("only an owner or an admin sees how others decide, with a person's token")
    found = _metrics(actor.workspace_id, span)
    if fatigue.sees_each(actor.workspace_id):
        return found
    large = fatigue.large_groups(actor.workspace_id, span)
    return [one for one in found if one.is_group and one.id in large]


def _metrics(workspace_id: UUID, span: TimeRange, *, only: Sequence[str] | None = None) -> list[DecisionMetrics]:
    params = deciding.bounds(workspace_id, span.length)
    params["only"] = None if only is None else list(only)
    return [DecisionMetrics(**dict(zip(_FIELDS, row, strict=True))) for row in statements.rows(deciding.READ, params)]


def shape(one: DecisionMetrics) -> dict[str, Any]:
    """The metrics for programs: lengths of time in seconds, shares from 0 to 1."""
    return {
        "id": str(one.id),
        "name": one.name,
        "kind": "group" if one.is_group else "person",
        "decided": one.decided,
        "undone": one.undone,
        "expired": one.expired,
        "hasty": one.hasty,
        "reminders": one.reminders,
        "view_seconds": one.view_seconds,
        "decide_seconds": one.decide_seconds,
        "undone_share": one.undone_share,
        "expired_share": one.expired_share,
        "hasty_share": one.hasty_share,
        "reminders_each": one.reminders_each,
    }
