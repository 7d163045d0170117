"""Intents as tasks. While our people decide, a task is `working` and says whom it waits for: `input-required` would put the
question to the client. It is that only while somebody waits for the client's own answer to a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from intents.a2a.dialects import JSON, Dialect, State
from intents.a2a.refusals import TaskMissing
from intents.api.common import as_id, seen
from intents.engine import permissions, selectors
from intents.engine.lifecycle import TERMINAL, Status
from intents.engine.models import Intent, IntentEvent
from intents.engine.selectors.asked import open_questions
from intents.kernel.actors import Tenant, key_of
from intents.kernel.errors import Missing
from intents.rpc import standings
from intents.schemas.shown import event, fulls

STATES = {
    Status.CREATED: State.SUBMITTED,
    Status.SUBMITTED: State.SUBMITTED,
    Status.COMPLETED: State.COMPLETED,
    Status.CANCELED: State.CANCELED,
    Status.FAILED: State.FAILED,
    Status.TIMED_OUT: State.FAILED,
}
"""All others are work."""
ARTIFACT = "result"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An intent at a moment: its newest event's number, what is shown of it, and the open question to who looks."""

    intent_id: UUID
    seq: int
    shown: dict[str, Any]
    question: IntentEvent | None

    @property
    def state(self) -> State:
        if self.question is not None:
            return State.INPUT_REQUIRED
        return STATES.get(Status(self.shown["status"]), State.WORKING)

    @property
    def over(self) -> bool:
        return self.shown["status"] in TERMINAL

    @property
    def rests(self) -> bool:
        """Whether nothing comes until the client does something, if ever."""
        return self.over or self.question is not None

    @property
    def sentence(self) -> str:
        if self.question is None:
            return standings.sentence(self.shown)
        asked = event(self.question)
        return f"{asked['actor']} asks: {asked['details'].get('message', '')}"

    @property
    def ids(self) -> JSON:
        return {"taskId": str(self.intent_id), "contextId": self.shown["correlation_id"]}


def look(actor: Tenant, task_id: str) -> Snapshot:
    """Raises TaskMissing."""
    try:
        row = selectors.intent(actor, as_id(task_id, "task"))
    except Missing as error:
        raise TaskMissing(error.message, **error.details) from None
    seen(actor, row)
    return looks(actor, [row])[0]


def looks(actor: Tenant, rows: Sequence[Intent]) -> list[Snapshot]:
    """How it stands with intents that the actor may see, in their order."""
    agent = key_of(actor)
    asked = [row.id for row in rows if row.status not in TERMINAL and agent and permissions.may_end(agent, row)]
    shown, questions = fulls(rows), open_questions(asked)
    return [Snapshot(row.id, row.seq, shown[row.id], questions.get(row.id)) for row in rows]


def status(found: Snapshot, dialect: Dialect) -> JSON:
    message = dialect.said(
        found.sentence,
        message_id=f"{found.intent_id}-{found.seq}",
        task_id=str(found.intent_id),
        context_id=found.shown["correlation_id"],
    )
    return {"state": dialect.state(found.state), "message": message, "timestamp": found.shown["updated_at"]}


def artifact(found: Snapshot, dialect: Dialect) -> JSON | None:
    """What came of it: the result of an intent that was completed, such as what people decided; None without one."""
    result = found.shown["result"]
    if not found.over or result is None:
        return None
    return {"artifactId": ARTIFACT, "name": ARTIFACT, "parts": [dialect.data(result)]}


def task(found: Snapshot, dialect: Dialect, *, artifacts: bool = True) -> JSON:
    """The whole task, or all but what came of it."""
    shown = found.shown
    told = {name: shown[name] for name in ("status", "waiting_reason", "error", "reason") if shown.get(name) is not None}
    if not found.over and standings.waiting_for(shown):
        told["waiting_for"] = standings.waiting_for(shown)
    made = artifact(found, dialect) if artifacts else None
    fields = {"id": str(found.intent_id), "contextId": shown["correlation_id"], "status": status(found, dialect)}
    return dialect.task(fields | ({"artifacts": [made]} if made else {}) | {"metadata": {"axme": told}})
