"""What requests about tasks may hold. Bodies are closed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inbox.answers import MAX_COMMENT


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


class DecideApproval(Closed):
    """Yes or no."""

    decision: Literal["approve", "reject"]
    comment: Annotated[str, StringConstraints(max_length=1000)] | None = None
