"""Sending a message."""

from typing import Annotated

from pydantic import AliasChoices, Field, StringConstraints, model_validator

from intents.mcp.registry import Acting, Call, McpTool, ToolAnswer
from intents.mcp.tools.resolve_contact import found
from intents.mcp.tools.submit_intent import body_of, submitted
from intents.schemas.fields import Address, Object

TEXT, INTENT = "message.text.v1", "message.intent.v1"
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]


class Message(Acting):
    to: Address = Field(
        validation_alias=AliasChoices("to", "recipient"), description="A nick, an email address, or an agent's address."
    )
    text: Text | None = Field(None, description="What to say.")
    message: Text | None = Field(None, description="The same as text.")
    intent: Object | None = Field(None, description="A payload for its agent, beside or in place of a text.")
    semantic_type: str | None = Field(None, max_length=255, description="The intent's type.")

    @model_validator(mode="after")
    def _says_something(self) -> "Message":
        if self.text is not None and self.message is not None and self.text != self.message:
            raise ValueError("text and message are the same: give one")
        if self.text is None and self.message is None and self.intent is None:
            raise ValueError("give a text or an intent")
        return self


def run(call: Call, given: Message) -> ToolAnswer:
    text = given.text if given.text is not None else given.message
    contact = found(call.actor, given.to)
    address, by = contact or (given.to, "address")
    body = {
        "intent_type": given.semantic_type or (INTENT if given.intent is not None else TEXT),
        "to_agent": address,
        "payload": (given.intent or {}) | ({} if text is None else {"text": text}),
    }
    done = submitted(call, body_of(body))
    return ToolAnswer(done.data | {"recipient_agent": address, "resolution": by}, done.status, done.more)


TOOL = McpTool(
    name="axme.send",
    title="Send a message",
    description="Send a text, or a payload, to an agent or a contact. It waits in their inbox.",
    arguments=Message,
    run=run,
)
MESSAGE_TOOL = McpTool(
    name="axme.send_message",
    title="Send a message",
    description="As axme.send: recipient and message are understood too.",
    arguments=Message,
    run=run,
)
