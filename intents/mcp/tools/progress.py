"""Reporting progress."""

from pydantic import Field

from intents.api.common import alive, as_id
from intents.api.shared import applied
from intents.engine.services import work
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.schemas import work_requests


class WorkProgress(Acting, work_requests.Progress):
    intent_id: str = Field(description="The intent that you work on.", max_length=64)


def run(call: Call, given: WorkProgress) -> ToolAnswer:
    wanted = as_id(given.intent_id, "intent")
    alive(call.actor, wanted)
    done = call.once(
        lambda: applied(
            work.progress(
                actor=call.actor,
                intent_id=wanted,
                message=given.message,
                percent=given.percent,
                lease_token=given.lease_token,
            )
        )
    )
    return ToolAnswer({"intent": done["intent"], "event": done["event"]}, more={"intent_id": str(wanted)})


TOOL = McpTool(
    name="axme.progress",
    title="Report progress",
    description="Tell how far your work on an intent is. It also keeps the work yours.",
    arguments=WorkProgress,
    run=run,
)
