"""Whether an agent is stopped: SQL for the statements that run anyway, and the one refusal.

What a stopped agent may do is in one table here. Each statement reads the rows of `AgentStop` it is about, which are
few, so that a stop acts in every process with the next statement, and costs none of its own. One row may stand for all of
a workspace: then no agent and no person does anything there.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from intents.accounts.models import EVERYTHING, StopState, TenantStatus
from intents.kernel import statements
from intents.kernel.errors import Denied, Unavailable

GETS_NOTHING = frozenset(StopState)
"""States in which no work is delivered."""
DOES_NOTHING = frozenset({StopState.QUARANTINED, StopState.KILLED})
"""States in which it neither sends nor moves an intent on."""
IS_SENT_NOTHING = frozenset({StopState.KILLED})
"""States in which what is sent to it is refused; in the others it waits."""


def _texts(states: Collection[str]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


SENDING = f"""NOT EXISTS (
    SELECT FROM intents_agentstop c
    WHERE c.workspace_id = input.workspace
      AND c.name = ANY(ARRAY['{EVERYTHING}', input.mailbox, input.sender, input.speaker])
      AND (c.name = '{EVERYTHING}' OR c.state IN ({_texts(IS_SENT_NOTHING)})
           OR (c.state IN ({_texts(DOES_NOTHING)}) AND c.name = ANY(ARRAY[input.sender, input.speaker])))
)"""
"""For the rows `input` of a submit, each by the key of the agent `speaker` in a `workspace`."""

TAKING = f"""
SELECT c.state, c.name FROM intents_agentstop c
WHERE c.workspace_id = %(workspace)s::uuid
  AND (c.name = ANY(ARRAY['{EVERYTHING}', %(target)s::text])
       OR (c.name = %(speaker)s::text AND c.state IN ({_texts(DOES_NOTHING)})))
UNION ALL
SELECT a.status, a.name FROM intents_agent a
WHERE a.workspace_id = %(workspace)s::uuid AND a.name = %(target)s::text AND a.status = 'suspended'
"""
"""The stopped and the suspended ones of whose work is taken, the `target`, and the stopped ones of who takes it. Who is
suspended takes nothing, for its keys are refused."""


def stopped_row(alias: str, name: str) -> str:
    """Whether work for the agent in the column `name` of the table `alias` is kept back."""
    return f"""EXISTS (
        SELECT FROM intents_agentstop c
        WHERE c.workspace_id = {alias}.workspace_id AND c.name = ANY(ARRAY['{EVERYTHING}', {alias}.{name}])
    )"""


def does_nothing(alias: str, name: str) -> str:
    """Whether the agent in the column `name` of the table `alias` may do nothing."""
    return f"""EXISTS (
        SELECT FROM intents_agentstop c
        WHERE c.workspace_id = {alias}.workspace_id AND c.name = ANY(ARRAY['{EVERYTHING}', {alias}.{name}])
          AND (c.name = '{EVERYTHING}' OR c.state IN ({_texts(DOES_NOTHING)}))
    )"""


def any_does_nothing(alias: str, names: str) -> str:
    """Whether an agent of the SQL array `names`, in the workspace of the table `alias`, may do nothing."""
    return f"""EXISTS (
        SELECT FROM intents_agentstop c
        WHERE c.workspace_id = {alias}.workspace_id AND c.name = ANY(ARRAY['{EVERYTHING}'] || {names})
          AND (c.name = '{EVERYTHING}' OR c.state IN ({_texts(DOES_NOTHING)}))
    )"""


OF_INTENT = f"""ARRAY(
    SELECT c.state || ' ' || c.name FROM intents_agentstop c
    WHERE c.workspace_id = locked.workspace_id
      AND c.name = ANY(ARRAY['{EVERYTHING}', locked.mailbox, locked.sender] || %(speaking)s::text[])
)"""
"""The stopped ones among those who are concerned with a row `locked` of an intent, and who are `speaking`."""


def read(found: Iterable[str]) -> Mapping[str, str]:
    """OF_INTENT as states by names."""
    return {name: state for state, _, name in (one.partition(" ") for one in found)}


class AgentStopped(Denied):
    """An agent is paused, quarantined or killed. The details name it, and its `status`."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(
            f"the agent {name} is {state}: an owner, an admin or an operator lets it go on", agent=name, status=state
        )


_HERE = {
    TenantStatus.PENDING: "this workspace has not begun yet: nothing is accepted, decided or delivered here",
    TenantStatus.SUSPENDED: "this workspace is suspended: nothing is accepted, decided or delivered here",
    TenantStatus.ARCHIVED: "this workspace is archived: nothing is accepted, decided or delivered here",
}


class WorkspaceStopped(AgentStopped):
    """The workspace, or its organization, is not active. The details have its `status`."""

    def __init__(self, state: str) -> None:
        Denied.__init__(self, _HERE[TenantStatus(state)], status=state)


MOVING = "moving"
"""The state under which all of a workspace is stopped for the seconds in which it goes to another cell."""
KEPT_WHILE_MOVING = "the workspace is being moved"
"""What the database says to who would change its rows at the end of that, as it says it of rows that another one locks."""


class WorkspaceMoving(Unavailable, WorkspaceStopped):
    """The workspace is on its way to another cell: the same request is answered there in a moment."""

    def __init__(self) -> None:
        Unavailable.__init__(self, "this workspace is being moved; try again in a moment", status=MOVING)


def ensure_open(found: Mapping[str, str]) -> None:
    """Raises WorkspaceStopped when nothing goes on in a workspace, as `found` has what is stopped there."""
    if EVERYTHING in found:
        raise WorkspaceMoving if found[EVERYTHING] == MOVING else WorkspaceStopped(found[EVERYTHING])


def ensure_workspace_open(workspace_id: UUID) -> None:
    """Raises WorkspaceStopped when nothing goes on there."""
    ensure_open(states(workspace_id, []))


_STATES = "SELECT name, state FROM intents_agentstop WHERE workspace_id = %s AND name = ANY(%s)"


def states(workspace_id: UUID, names: Collection[str]) -> dict[str, str]:
    """Those of these agents that are stopped, with their states, and EVERYTHING where all of the workspace is."""
    return dict(statements.rows(_STATES, [workspace_id, [EVERYTHING, *names]]))


def may_nothing(found: Mapping[str, str], *names: str) -> bool:
    """Whether one of `names` may do nothing, as `found` has their states, or nobody may."""
    return EVERYTHING in found or any(found.get(name) in DOES_NOTHING for name in names)


def ensure_acts(found: Mapping[str, str], *names: str) -> None:
    """Raises AgentStopped when one of `names` may do nothing, as `found` has their states, or nobody may."""
    ensure_open(found)
    for name in names:
        if found.get(name) in DOES_NOTHING:
            raise AgentStopped(name, found[name])


def ensure_may_send(workspace_id: UUID, *, speakers: Collection[str], mailbox: str) -> None:
    """Raises AgentStopped when nothing may be sent by one of the speakers, or to the mailbox. For telling why a statement
    with SENDING did nothing."""
    found = states(workspace_id, [*speakers, mailbox])
    ensure_acts(found, *speakers)
    if found.get(mailbox) in IS_SENT_NOTHING:
        raise AgentStopped(mailbox, found[mailbox])
