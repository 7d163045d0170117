"""Whether an intent may be submitted at all, where a workspace has rules for that: asked of who knows them, filled in
`apps.py`.

Where there is none the submit statement finds that out by itself. Else it accepts nothing, and is run again, in a
transaction in which each intent was admitted: what is counted and set aside for it is committed with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from intents.accounts import bindings
from intents.kernel import clock
from intents.kernel.errors import DomainError, RateLimited

UNGOVERNED = """NOT EXISTS (
    SELECT FROM intents_agentpolicy p
    WHERE p.workspace_id = input.workspace AND p.name = ANY(ARRAY['', input.mailbox, input.sender, input.speaker])
) AND NOT EXISTS (
    SELECT FROM intents_semanticschema s WHERE s.workspace_id = input.workspace AND s.active
      AND (s.semantic_type = input.intent_type OR s.base = input.intent_type)
) AND NOT EXISTS (
    SELECT FROM intents_quotapolicy q
    WHERE q.workspace_id = input.workspace AND q.limits -> 'intents_per_day' IS NOT NULL
) AND NOT EXISTS (
    SELECT FROM intents_receiverule r
    WHERE r.workspace_id = input.workspace AND r.name = ANY(ARRAY['', input.mailbox, input.reply_mailbox])
      AND r.mode NOT IN ('open', 'use_org_default')
)"""
"""For the rows `input` of a submit, each by the key of the agent `speaker` in a `workspace`: nobody concerned has a policy,
no schema says what payloads of the type hold, the workspace has no limit, and all may send to the mailbox, and to where it
is answered. What `Admits.governed` tells one by one."""


def unadmitted() -> dict[str, Any]:
    """The parameters of a submit's statement beside its rows, of which none was admitted by rules or is the server's."""
    return {"admitted": False, "of_server": False, "now": clock.override()} | bindings.choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An intent that is to be submitted, by local names, `payload` as JSON. `speaker` is the agent whose key sends it,
    whomever it names as the sender: it counts for both. It `works` when an agent gets it, and not people. The answer goes to
    `reply_mailbox`, if to any."""

    id: UUID
    sender: str
    mailbox: str
    speaker: str
    intent_type: str
    payload: str = "{}"
    works: bool = True
    reply_mailbox: str | None = None

    @property
    def concerned(self) -> frozenset[str]:
        """The agents whose policies it is under."""
        return frozenset((self.sender, self.mailbox, self.speaker))


class PolicyBreach(RateLimited):
    """One more intent would break a limit of an agent's policy, which the details name. `noted` once `note_refused` has seen
    to it."""

    noted = False

    def __init__(self, message: str, *, retry_after: int, limit: Decimal | int, reset: int, details: dict[str, Any]) -> None:
        super().__init__(message, retry_after=retry_after, limit=int(limit), reset=reset)
        self.details |= details


class Admission(Protocol):
    """What became of intents that want to be submitted, in the transaction that does it."""

    @property
    def refused(self) -> Mapping[UUID, DomainError]:
        """Why, of those that may not be."""

    @property
    def warnings(self) -> Mapping[UUID, dict[str, Any]]:
        """What the histories of others are to tell."""

    def settle(self, ids: Collection[UUID]) -> None:
        """These were submitted."""


class Admits(Protocol):
    """Asks some rules. `governed` tells whether there is any for these, `admit` takes the locks and decides, and `note`
    does what is to be done about breaches, in a transaction of its own. `ensure_handed_over` raises Denied when an agent may
    not be given what another has, `ensure_tool` when an agent may not wait for a tool."""

    def governed(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> bool: ...
    def admit(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> Admission: ...
    def ensure_handed_over(self, workspace_id: UUID, wanted: Wanted) -> None: ...
    def ensure_tool(self, workspace_id: UUID, name: str, tool: str) -> None: ...
    def note(self, workspace_id: UUID, refusals: Collection[DomainError]) -> None: ...


_registered: list[Admits] = []


def register(*admits: Admits) -> None:
    """Let these decide, in this order and in place of others."""
    _registered[:] = admits


def governing(workspace_id: UUID, wanted: Sequence[Wanted]) -> list[Admits]:
    """Who has rules for these."""
    return [one for one in _registered if one.governed(workspace_id, wanted)]


@dataclass(slots=True)
class AdmittedByAll:
    """An `Admission` by several, each asked of those that the ones before it let pass."""

    refused: dict[UUID, DomainError] = field(default_factory=dict)
    warnings: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    parts: list[Admission] = field(default_factory=list)

    def settle(self, ids: Collection[UUID]) -> None:
        for part in self.parts:
            part.settle(ids)


def admit(asked: Sequence[Admits], workspace_id: UUID, wanted: Sequence[Wanted]) -> AdmittedByAll:
    """What those who have rules for these decide, under the locks that they take."""
    admitted = AdmittedByAll()
    for one in asked:
        part = one.admit(workspace_id, [each for each in wanted if each.id not in admitted.refused])
        admitted.parts.append(part)
        admitted.refused |= part.refused
        admitted.warnings |= part.warnings
    return admitted


def ensure_handed_over(workspace_id: UUID, wanted: Wanted) -> None:
    """Raises Denied when what was submitted before may not be given to the agent in `mailbox`."""
    for one in _registered:
        one.ensure_handed_over(workspace_id, wanted)


def ensure_tool(workspace_id: UUID, name: str, tool: str) -> None:
    """Raises Denied when an agent may not wait for a tool."""
    for one in _registered:
        one.ensure_tool(workspace_id, name, tool)


def note(workspace_id: UUID, refusals: Collection[DomainError]) -> None:
    """Do what is to be done about breaches."""
    for one in _registered:
        one.note(workspace_id, refusals)


def note_refused(workspace_id: UUID, refusal: BaseException) -> None:
    """Do what is to be done about a breach that refused a request, itself or as the cause of what did. Run after the
    transaction that it undid."""
    breach = refusal if isinstance(refusal, PolicyBreach) else refusal.__cause__
    if isinstance(breach, PolicyBreach) and not breach.noted:
        note(workspace_id, [breach])
        breach.noted = True
