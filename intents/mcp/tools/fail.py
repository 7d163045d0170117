"""Reporting that work failed."""

from pydantic import Field

from intents.api.common import alive, as_id
from intents.api.shared import applied
from intents.engine.services import work
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.schemas import work_requests


class Fail(Acting, work_requests.Fail):
    intent_id: str = Field(description="The intent that you work on.", max_length=64)


def run(call: Call, given: Fail) -> ToolAnswer:
    wanted = as_id(given.intent_id, "intent")
    alive(call.actor, wanted)
    done = call.once(
        lambda: applied(
            work.fail(
                actor=call.actor,
                intent_id=wanted,
                error=given.error,
                retryable=given.retryable,
                lease_token=given.lease_token,
            )
        )
    )
    return ToolAnswer({"intent": done["intent"]}, "failed", {"intent_id": str(wanted)})


TOOL = McpTool(
    name="axme.fail",
    title="Report a failure",
    description="Say that your work on an intent failed, and whether trying again may help.",
    arguments=Fail,
    run=run,
    destroys=True,
)
