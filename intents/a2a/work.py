"""What each method does, on a thread of the edge."""

from typing import Any
from uuid import UUID

from intents import auth
from intents.a2a import incoming, tasks
from intents.a2a.incoming import SentMessage
from intents.a2a.refusals import NotCancelable, Unsupported
from intents.a2a.tasks import Snapshot
from intents.api.common import to_json
from intents.api.shared import to_submission
from intents.engine.lifecycle import Status
from intents.engine.services import idempotency, questions, resolve
from intents.engine.services.idempotency import IdempotencyKey, Stored, run_once
from intents.engine.services.submit import submit
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField, InvalidTransition

CANCELED = "canceled by who asked, through A2A"


def task_id(params: dict[str, Any]) -> str:
    """Raises InvalidField."""
    found = params.get("id")
    if not isinstance(found, str):
        raise InvalidField("id", "must be the id of a task")
    return found


def send(actor: Tenant, params: dict[str, Any], target: str) -> Snapshot:
    """Take a message: as a new task, or as the client's answer to what one asks. A message that comes again, by its
    `messageId`, acts once. Raises what submitting and answering raise."""
    message = incoming.read(params)
    if message.task_id is not None:
        return _answer(actor, message)
    machine = auth.machine(actor)
    wanted = incoming.wanted(message, target=target, sender=machine.label)
    key = _key(actor, message, target)
    done = submit(actor=machine, submission=to_submission(wanted, actor=actor), idempotency_key=key)
    told = canonical.loads(done.body) if isinstance(done, Stored) else done.answer()
    return tasks.look(actor, str(told["intent_id"]))


def _key(actor: Tenant, message: SentMessage, target: str) -> IdempotencyKey:
    return idempotency.parse_key(
        workspace_id=actor.workspace_id,
        account_id=auth.speaker_id(actor),
        route="POST /a2a message",
        key=message.message_id,
        sent={"target": target, "message": message.sent},
    )


def _answer(actor: Tenant, message: SentMessage) -> Snapshot:
    found = tasks.look(actor, message.task_id or "")

    def work() -> tuple[int, str]:
        if found.question is None:
            raise Unsupported("the task asks nothing of you: begin another one", status=found.shown["status"])
        if message.context_id is not None and str(message.context_id) != found.shown["correlation_id"]:
            raise InvalidField("message.contextId", "is not that of the task")
        questions.answer(actor=actor, intent_id=found.intent_id, text=message.text, question_seq=found.question.seq)
        return 200, to_json({"intent_id": str(found.intent_id)})

    run_once(idempotency_key=_key(actor, message, ""), work=work)
    return tasks.look(actor, str(found.intent_id))


def cancel(actor: Tenant, wanted: str) -> Snapshot:
    """End a task, which withdraws what people are asked. Raises NotCancelable, and what resolving raises."""
    found = tasks.look(actor, wanted)
    if found.over:
        raise NotCancelable("the task is over", status=found.shown["status"])
    try:
        resolve.resolve(actor=actor, intent_id=found.intent_id, status=Status.CANCELED, details={"reason": CANCELED})
    except InvalidTransition as error:  # it ended meanwhile
        raise NotCancelable(error.message, **error.details) from None
    return tasks.look(actor, wanted)


def again(given: auth.Credentials, intent_id: UUID) -> Snapshot:
    """How it stands by now, to who is still who they were. Raises as `auth.authenticate`."""
    return tasks.look(auth.authenticate(given), str(intent_id))
