"""Looking at an intent."""

from pydantic import Field

from intents.api.common import as_id, seen
from intents.engine import selectors
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.schemas.shown import full


class OneIntent(Arguments):
    intent_id: str = Field(description="Its id.", max_length=64)


def run(call: Call, given: OneIntent) -> ToolAnswer:
    row = selectors.intent(call.actor, as_id(given.intent_id, "intent"))
    seen(call.actor, row)
    return ToolAnswer({"intent": full(row)}, more={"intent_id": str(row.id)})


TOOL = McpTool(
    name="axme.get_intent",
    title="Get an intent",
    description="An intent with its payload, its status, whom it waits for and, once it is over, its result or error.",
    arguments=OneIntent,
    run=run,
    reads=True,
)
