"""What requests about intents may hold."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AliasChoices,
    AliasGenerator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from intents.schemas.fields import Address, Closed, Count, FreeObject, Generation, Moment, Object, Reason

INTENT_TYPE = r"^[a-z0-9_]+(?:(?:\.[a-z0-9_]+)*\.v[0-9]+)?$"
"""The published pattern, and what public programs send beside it: one word, with a version or without."""


# The first is the one that is documented.
_EITHER_SPELLING = AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name)))


class SubmitIntent(Closed):
    """An intent: what should happen (`intent_type`, `payload`) and who is to do it (`to_agent`)."""

    model_config = ConfigDict(extra="forbid", alias_generator=_EITHER_SPELLING)

    intent_type: Annotated[str, StringConstraints(pattern=INTENT_TYPE, max_length=255)] = Field(
        description="A dotted name ending in its version, or one word.", examples=["order.fulfill.v1"]
    )
    to_agent: Address = Field(
        description="The agent's address, or its name in this workspace.",
        examples=["agent://myorg/production/order-service"],
    )
    payload: Object = Field(
        default_factory=dict,
        description="Whatever the agent needs, at most 128 KiB; `{}` when absent.",
        examples=[{"order_id": "ORD-123"}],
    )
    correlation_id: UUID | None = Field(None, description="Ties related intents together; made when absent.")
    from_agent: str | None = Field(None, deprecated=True, description="Ignored: the sender comes from the key.")
    reply_to: Address | None = Field(
        None,
        description="The address whose inbox shows the completion. One of another scheme, like `initiator://ann`, is taken "
        "as it is.",
    )
    deadline_at: Moment | None = Field(None, description="When the intent, if not over, becomes TIMED_OUT.")
    remind_after_seconds: Count | None = None
    remind_interval_seconds: Count | None = None
    max_reminders: Count | None = None
    escalate_to: Address | None = None
    max_delivery_attempts: Count | None = Field(
        None, description="How often the work may be delivered before the intent fails."
    )

    human_task: Object | None = Field(None, description="What a person is asked to decide. It is not handed to the agent.")


class SubmitBatch(Closed):
    """Up to 500 intents, each as for a single submit."""

    intents: list[Object] = Field(min_length=1, max_length=500)


IGNORED_ACTOR = Field(None, deprecated=True, description="Ignored: the actor comes from the credential.")


class ResolveIntent(Closed):
    """How an intent ends: COMPLETED with a `result`, FAILED with an `error`, CANCELED with a `reason`."""

    status: Literal["COMPLETED", "FAILED", "CANCELED"]
    actor: Any = IGNORED_ACTOR
    result: FreeObject | None = None
    error: FreeObject | None = None
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None

    @model_validator(mode="after")
    def _says_how(self) -> "ResolveIntent":
        needed = {"COMPLETED": "result", "FAILED": "error", "CANCELED": "reason"}[self.status]
        if getattr(self, needed) is None:
            raise ValueError(f"{self.status} needs {needed}")
        return self

    def details(self) -> Object:
        return {name: value for name in ("result", "error", "reason") if (value := getattr(self, name)) is not None}


class PatchControls(Closed):
    """A change to an intent's controls: keys to set, null to take one away."""

    actor: Any = IGNORED_ACTOR

    controls_patch: FreeObject = Field(
        default_factory=dict,
        description="`timeout_seconds`, `deadline_at`, `max_retry_count` and `retry_backoff_seconds` act; others are kept.",
    )
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None


class PatchPolicy(Closed):
    """A change to an intent's policy: grants (who else may resume it) and envelope."""

    actor: Any = IGNORED_ACTOR

    grants_patch: FreeObject = Field(default_factory=dict, examples=[{"resume": ["agent://myorg/production/helper"]}])
    envelope_patch: FreeObject = Field(default_factory=dict)
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None


class BulkCancel(Closed):
    """Which old intents to cancel. Nothing is canceled unless `dry_run` is false."""

    older_than_hours: Annotated[float, Field(strict=True, ge=0, le=24 * 366 * 100)]
    dry_run: bool = Field(True, strict=True)
    reason: Reason = "canceled in bulk"
    limit: Annotated[int, Field(strict=True, ge=1, le=500)] = 500
    status_filter: (
        Annotated[
            list[Literal["CREATED", "SUBMITTED", "DELIVERED", "ACKNOWLEDGED", "IN_PROGRESS", "WAITING"]],
            Field(max_length=10),
        ]
        | None
    ) = Field(None, description="Only these statuses; any when absent, null or empty.")
