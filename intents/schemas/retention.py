"""Requests and answers about what is kept, and for how long."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.retention.rules import MOST_DAYS
from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape

EndName = Literal["COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS, strict=True)]


class RetentionRule(Closed):
    """What happens to intents that ended as `status`, so many days after their end."""

    status: EndName
    contents_days: Days | None = Field(None, description="Then what it carried is erased; null keeps it.")
    intent_days: Days | None = Field(None, description="Then the intent is removed; null keeps it.")


class PreviewRetention(Closed):
    rules: Annotated[list[RetentionRule], Field(max_length=4)]


class SetRetention(PreviewRetention):
    expected_revision: int | None = Field(
        None,
        ge=0,
        description="The revision that was edited, 0 where nothing was set: of another one it is 409 `changed_meanwhile`.",
    )


class EraseIntent(Closed):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(description="For the audit log.")


class RetentionProgress(Shape):
    began_at: datetime
    ended_at: datetime | None
    erased: int
    removed: int
    held: int = Field(description="Past their time, but held by an open parent or child, or by what is on its way.")


class OneRetention(Ok):
    rules: list[RetentionRule]
    revision: int = Field(description="Counts the changes; 0 where nothing was ever set.")
    progress: RetentionProgress | None


class DueIntents(Shape):
    action: Literal["erase", "remove"]
    status: EndName
    intent_type: str
    from_days: int
    to_days: int | None
    count: int
    held: int
    complete: bool = Field(description="False when only the first 100,000 intents were counted.")


class RetentionPreview(Ok):
    items: list[DueIntents]


class OneErasure(Shape):
    """What is on record of erased data, as it is signed."""

    intent_id: UUID
    workspace_id: UUID
    status: EndName
    seq: int
    last_hash: str
    at: datetime
    by: str
    reason: Literal["retention", "request"]
    kept: str = Field(description="Canonical JSON of the decisions.")
    removed_at: datetime | None
    signature: str


class Erased(Ok):
    erased: list[OneErasure] = Field(description="That of the intent first, then of those that are a part of it.")


class ErasePerson(Closed):
    email: Annotated[str, StringConstraints(min_length=3, max_length=254)] = Field(description="Of somebody who left.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(description="For the audit log.")


class ErasedPerson(Shape):
    """How far the erasure of a person is."""

    user_id: UUID
    ordered_by: str
    ordered_at: datetime
    state: Literal["running", "done", "stopped"]
    place: int = Field(description="Which of `places` parts of the database is gone through.")
    places: int
    replaced: int = Field(description="Rows that named them.")
    ended_at: datetime | None
    failure: str | None = Field(description="Why it stopped. Once that is mended, order it again.")


class OnePersonErasure(Ok):
    erasure: ErasedPerson


class PersonErasures(Ok):
    items: list[ErasedPerson]
    left: list[str] = Field(description="The addresses of those who left and can be erased.")
