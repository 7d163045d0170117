"""Asking whether a nick is free."""

from intents.accounts.services import nicks
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.schemas.people import Nick


class OneNick(Arguments):
    nick: Nick


def run(call: Call, given: OneNick) -> ToolAnswer:
    plain = nicks.normal(given.nick)
    told = {"nick": f"@{plain}", "normalized_nick": plain, "public_address": f"{plain}@ax"}
    return ToolAnswer(told | {"available": nicks.is_free(actor=call.actor, nick=plain)})


TOOL = McpTool(
    name="axme.check_nick",
    title="Check a nick",
    description="Whether nobody in this workspace has the nick.",
    arguments=OneNick,
    run=run,
    reads=True,
)
