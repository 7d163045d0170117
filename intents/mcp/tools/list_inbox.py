"""An agent's inbox."""

from typing import Literal

from pydantic import Field

from intents.kernel.actors import key_of
from intents.kernel.addresses import mailbox_name
from intents.mcp.refusals import OwnerNeeded
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.schemas import inbox
from intents.threads.services import views
from intents.threads.services.views import Owner


class WantedThreads(Arguments):
    status: Literal["pending", "active", "done"] | None = Field(None, description="Not begun, under way, or over.")
    limit: int = Field(20, ge=1, le=100, strict=True)
    cursor: str | None = Field(None, max_length=128, description="next_cursor of the page before.")


def owner_of(call: Call) -> Owner:
    """Whose inbox it is. Raises OwnerNeeded for a person who names nobody."""
    if call.owner:
        actor = call.actor
        return Owner(mailbox_name(call.owner, org=actor.org_slug, workspace=actor.workspace_slug), call.owner)
    key = key_of(call.actor)
    if key is None:
        raise OwnerNeeded("owner_agent", "name the agent whose inbox it is")
    return Owner(key.speaks_as, key.label)


def run(call: Call, given: WantedThreads) -> ToolAnswer:
    before = views.position(cursor=given.cursor, kind=views.NEWEST) if given.cursor is not None else None
    page = views.newest(actor=call.actor, owner=owner_of(call), limit=given.limit, before=before)
    threads = inbox.threads([thread for _, thread in page.threads])
    shown = [one for one in threads if given.status in (None, one["status"])]
    return ToolAnswer({"threads": shown, "next_cursor": page.threads[-1][0].cursor(views.NEWEST) if page.more else None})


TOOL = McpTool(
    name="axme.list_inbox",
    title="List the inbox",
    description="The threads of an agent, the last changed first: what is addressed to it, and the ends of what it sent.",
    arguments=WantedThreads,
    run=run,
    reads=True,
)
