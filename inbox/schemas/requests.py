"""What requests about tasks may hold. Bodies are closed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inbox.answers import MAX_COMMENT
from intents.schemas.requests import Moment


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecideTask(Closed):
    """How a person decides a task."""

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="One of the task's `outcomes`; `approved` and `rejected` stand for its own yes and no.",
        examples=["approved"],
    )
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None
    data: dict[str, Any] | None = Field(
        None, description='What the form asks for. Texts are turned into what its schema wants, like "12" into 12.'
    )
    payload_digest: Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{64}$")] | None = Field(
        None, description="The task's `payload_digest` as it was shown. If the task is another by now, this is refused."
    )


class CommentOnTask(Closed):
    comment: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


class AskAgent(Closed):
    question: Annotated[str, StringConstraints(min_length=1, max_length=MAX_COMMENT)]


TO = Field(description="A member by e-mail address or id, or a group by name or id.", examples=["Finance"])


class DelegateTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    until: Moment | None = Field(None, description="When it ends; absent, it lasts as long as the task.")
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class AssignTask(Closed):
    to: Annotated[str, StringConstraints(min_length=1, max_length=383)] = TO
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT)] | None = None


class SnoozeTask(Closed):
    until: Moment | None = Field(description="Until when to hide the task from your list; null shows it again.")


class DecideApproval(Closed):
    """Yes or no."""

    decision: Literal["approve", "reject"]
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None
