"""Completing work."""

from pydantic import Field

from intents.api.common import alive, as_id
from intents.api.shared import applied
from intents.engine.services import work
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.schemas.fields import Fenced, FreeObject


class Complete(Acting, Fenced):
    intent_id: str = Field(description="The intent that you work on.", max_length=64)
    result: FreeObject = Field(default_factory=dict, description="What came of it.")


def run(call: Call, given: Complete) -> ToolAnswer:
    wanted = as_id(given.intent_id, "intent")
    alive(call.actor, wanted)
    done = call.once(
        lambda: applied(
            work.complete(actor=call.actor, intent_id=wanted, result=given.result, lease_token=given.lease_token)
        )
    )
    return ToolAnswer({"intent": done["intent"]}, more={"intent_id": str(wanted)})


TOOL = McpTool(
    name="axme.complete",
    title="Complete work",
    description="Complete an intent that is addressed to you, with its result. While people are asked about it, nobody can.",
    arguments=Complete,
    run=run,
)
