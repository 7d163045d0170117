"""Waiting for the end of an intent: what people decided, what an agent did."""

from pydantic import Field

from intents.api.common import as_id, seen
from intents.engine import selectors
from intents.mcp import looks
from intents.mcp.registry import Call, McpTool, NotYet, ToolAnswer
from intents.mcp.tools.get_intent import OneIntent
from intents.rpc import standings
from intents.schemas.shown import full

LONGEST_SECONDS = 50
"""Under the minute after which clients and proxies give up."""
AGAIN = "Call axme.wait_for again with this intent_id."


class WaitFor(OneIntent):
    wait_seconds: int = Field(
        25, ge=0, le=LONGEST_SECONDS, strict=True, description="How long to wait at most; 0 only looks."
    )


def run(call: Call, given: WaitFor) -> ToolAnswer | NotYet:
    row = selectors.intent(call.actor, as_id(given.intent_id, "intent"))
    seen(call.actor, row)
    shown = full(row)
    if standings.is_over(shown):
        return looks.over(shown)
    return NotYet(row.id, row.seq, given.wait_seconds, looks.under_way(shown, how=AGAIN), looks.standing(row, shown))


TOOL = McpTool(
    name="axme.wait_for",
    title="Wait for an intent",
    description="Wait until an intent is over: status completed, with its outcome, result or error. Status waiting says "
    "whom it waits for: then call again, as long as you like; nothing is lost in between, and nothing but people's own "
    "decision counts as one.",
    arguments=WaitFor,
    run=run,
    reads=True,
)
