"""Canceling an intent."""

from pydantic import Field

from intents.api.common import as_id
from intents.engine.lifecycle import Status
from intents.engine.services import resolve
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.schemas.fields import Reason
from intents.schemas.shown import full


class Cancel(Acting):
    intent_id: str = Field(description="Its id.", max_length=64)
    reason: Reason = Field("canceled through MCP", description="Why: it stands in the history.")


def run(call: Call, given: Cancel) -> ToolAnswer:
    wanted = as_id(given.intent_id, "intent")

    def work() -> dict[str, object]:
        ended = resolve.resolve(actor=call.actor, intent_id=wanted, status=Status.CANCELED, details={"reason": given.reason})
        return {"intent": full(ended.intent)}

    return ToolAnswer(call.once(work), "canceled", {"intent_id": str(wanted)})


TOOL = McpTool(
    name="axme.cancel",
    title="Cancel an intent",
    description="End an intent that is not needed any more. What people are asked about it is withdrawn.",
    arguments=Cancel,
    run=run,
    destroys=True,
)
