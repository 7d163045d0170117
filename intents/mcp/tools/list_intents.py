"""Listing intents."""

from typing import Annotated

from pydantic import Field, StringConstraints

from intents.engine import selectors
from intents.engine.lifecycle import Status
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from intents.schemas.shown import summaries


class WantedIntents(Arguments):
    status: Status | None = Field(None, description="Only these.")
    q: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None,
        description="Beginnings of words, all to be found in the type, the addresses, the payload or what people are asked.",
    )
    limit: int = Field(20, ge=1, le=100, strict=True)


def run(call: Call, given: WantedIntents) -> ToolAnswer:
    rows = selectors.intents(call.actor).order_by("-id")
    if given.status is not None:
        rows = rows.filter(status=given.status)
    if given.q is not None:
        rows = rows.filter(selectors.matching(call.actor, given.q))
    page = list(rows[: given.limit + 1])
    return ToolAnswer({"intents": summaries(page[: given.limit]), "more": len(page) > given.limit})


TOOL = McpTool(
    name="axme.list_intents",
    title="List intents",
    description="The intents that you may see, newest first.",
    arguments=WantedIntents,
    run=run,
    reads=True,
)
