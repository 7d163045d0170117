"""One thread of an inbox."""

from pydantic import Field

from intents.api.common import as_id, seen
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.mcp.tools.list_inbox import owner_of
from intents.schemas import inbox
from intents.threads.services import views


class OneThread(Arguments):
    thread_id: str = Field(description="Its id, which is its intent's.", max_length=64)


def run(call: Call, given: OneThread) -> ToolAnswer:
    found = views.thread(actor=call.actor, owner=owner_of(call), intent_id=as_id(given.thread_id, "thread"))
    seen(call.actor, found.intent)
    return ToolAnswer({"thread": inbox.whole(found)}, more={"thread_id": str(found.intent.id)})


TOOL = McpTool(
    name="axme.get_thread",
    title="Get a thread",
    description="One thread of the inbox with its messages and its whole intent.",
    arguments=OneThread,
    run=run,
    reads=True,
)
