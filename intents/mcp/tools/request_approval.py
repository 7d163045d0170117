"""Asking people to decide."""

from typing import Any

from pydantic import Field

from intents.engine import selectors
from intents.mcp import looks
from intents.mcp.registry import Acting, Call, McpTool, Started, ToolAnswer
from intents.mcp.tools.submit_intent import body_of, submitted
from intents.mcp.tools.wait_for_intent import AGAIN
from intents.rpc import standings
from intents.schemas.fields import Address, Count, Moment, Object
from intents.schemas.shown import full

INTENT_TYPE = "approval.request.v1"


class Approval(Acting):
    title: str = Field(min_length=1, max_length=255, description="What is asked, in a line.")
    description: str | None = Field(None, max_length=2000, description="What you say of it: shown as your word.")
    payload: Object = Field(
        default_factory=dict,
        description="The facts that are decided about. People are shown these, and their decision is bound to them.",
    )
    assignees: list[str] | None = Field(
        None, description="Who is asked: email addresses, groups or roles. Without any, the workspace's approvers."
    )
    risk: str | None = Field(None, description="low, medium, high or critical.")
    allowed_outcomes: list[str] | None = Field(None, description="The answers it takes; approved and rejected without any.")
    human_task: Object = Field(
        default_factory=dict,
        description="Anything else that the API's human_task may say: form_schema, quorum, escalation ...",
    )
    intent_type: str = Field(INTENT_TYPE, description="What the workspace's policies and schemas go by.")
    to_agent: Address | None = Field(None, description="Whose work it is about; yours when absent.")
    deadline_at: Moment | None = Field(None, description="When it is too late to decide.")
    remind_after_seconds: Count | None = None


def run(call: Call, given: Approval) -> ToolAnswer | Started:
    asked: dict[str, Any] = {"title": given.title} | given.human_task
    for name in ("description", "assignees", "risk", "allowed_outcomes"):
        if (value := getattr(given, name)) is not None:
            asked[name] = value
    body = {
        "intent_type": given.intent_type,
        "to_agent": given.to_agent or call.machine.label,
        "payload": given.payload,
        "human_task": asked,
    }
    checked = body_of(body).model_copy(
        update={"deadline_at": given.deadline_at, "remind_after_seconds": given.remind_after_seconds}
    )
    done = submitted(call, checked)
    row = selectors.intent(call.actor, done.data["intent_id"])
    shown = full(row)
    # A standing grant may have decided it already.
    return looks.over(shown) if standings.is_over(shown) else Started(row.id, looks.under_way(shown, how=AGAIN))


TOOL = McpTool(
    name="axme.request_approval",
    title="Ask people for approval",
    description="Ask people to decide before you act. They decide in their inbox, in minutes or days; you cannot decide for "
    "them, nor can your own user. Answers at once with the id and whom it waits for: then use axme.wait_for. Act only when "
    "the outcome is the one you need.",
    arguments=Approval,
    run=run,
)
