"""Replying in a thread."""

from pydantic import Field

from intents.api.common import as_id
from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.mcp.tools.list_inbox import owner_of
from intents.schemas import inbox
from intents.threads.services import threads


class Reply(Acting, inbox.Reply):
    thread_id: str = Field(description="The thread.", max_length=64)


def run(call: Call, given: Reply) -> ToolAnswer:
    wanted, owner = as_id(given.thread_id, "thread"), owner_of(call)

    def work() -> dict[str, object]:
        shown = threads.reply(actor=call.actor, owner=owner, intent_id=wanted, message=given.message)
        return {"thread": inbox.whole(shown)}

    return ToolAnswer(call.once(work), more={"thread_id": str(wanted)})


TOOL = McpTool(
    name="axme.reply",
    title="Reply in a thread",
    description="Add a message to a thread that is not over: whoever follows it reads it. It decides and ends nothing.",
    arguments=Reply,
    run=run,
)
