"""Submitting an intent."""

from typing import Any

from pydantic import ValidationError

from intents.api.shared import to_submission
from intents.engine.services.idempotency import Stored
from intents.engine.services.submit import submit
from intents.kernel import canonical
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.schemas.refusals import refusal
from intents.schemas.requests import SubmitIntent


class SubmitArguments(Acting, SubmitIntent):
    """An intent as the API takes it."""


def run(call: Call, given: SubmitArguments) -> ToolAnswer:
    return submitted(call, given)


def body_of(fields: dict[str, Any]) -> SubmitIntent:
    """An intent that a tool makes of its arguments. Raises InvalidField."""
    try:
        return SubmitIntent.model_validate(fields)
    except ValidationError as error:
        raise refusal(error) from None


def submitted(call: Call, body: SubmitIntent) -> ToolAnswer:
    """Submit it, once under an idempotency key. Raises what submitting raises."""
    submission = to_submission(body, actor=call.actor)
    done = submit(actor=call.machine, submission=submission, idempotency_key=call.idempotency_key())
    told = canonical.loads(done.body) if isinstance(done, Stored) else done.answer()
    return ToolAnswer(
        {"intent_id": told["intent_id"], "intent_status": told["status"], "created_at": told["created_at"]},
        "accepted",
        {"intent_id": told["intent_id"]},
    )


TOOL = McpTool(
    name="axme.submit_intent",
    title="Submit an intent",
    description="Hand work to an agent, durably: when this answers, the intent is stored and on its way. With a human_task, "
    "people are asked instead. Learn how it ends by axme.wait_for.",
    arguments=SubmitArguments,
    run=run,
)
