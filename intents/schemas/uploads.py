"""Files: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape

Sha256 = Annotated[str, StringConstraints(pattern="^[a-f0-9]{64}$")]
FileSize = Annotated[int, Field(strict=True, ge=1, le=2**31)]


class CreateUpload(Closed):
    """A file that will be sent."""

    owner_agent: Annotated[str, StringConstraints(min_length=3, max_length=255)] = Field(
        description="The address that the file belongs to.", examples=["agent://myorg/production/order-service"]
    )
    filename: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(examples=["invoice-4711.pdf"])
    mime_type: Annotated[str, StringConstraints(min_length=3, max_length=255)] = Field(
        description="What the bytes are; they are checked.", examples=["application/pdf"]
    )
    size_bytes: FileSize
    sha256: Sha256 | None = Field(None, description="Of the bytes, when you know it already.")
    ttl_seconds: Annotated[int, Field(strict=True, ge=60, le=604_800)] = Field(
        3600, description="How long the bytes can be sent."
    )


class FinalizeUpload(Closed):
    """What was sent, as the sender knows it."""

    upload_id: UUID
    size_bytes: FileSize
    sha256: Sha256 | None = None


class UploadCreated(Ok):
    upload_id: UUID
    owner_agent: str
    bucket: str
    object_path: str
    upload_url: str = Field(description="PUT the bytes here, with the same credential.")
    status: Literal["pending"]
    expires_at: datetime
    max_size_bytes: int


class UploadFinalized(Ok):
    upload_id: UUID
    owner_agent: str
    bucket: str
    object_path: str
    mime_type: str
    size_bytes: int
    sha256: str | None
    status: Literal["ready"]
    finalized_at: datetime


class Upload(Shape):
    upload_id: UUID
    owner_agent: str
    bucket: str
    object_path: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str | None
    status: Literal["pending", "ready", "expired"]
    created_at: datetime
    expires_at: datetime = Field(description="Until when the bytes could be sent. A ready file stays.")
    finalized_at: datetime | None
    download_url: str | None = Field(description="GET the bytes here, with a credential; null until the file is ready.")
    preview_url: str | None = Field(description="The same for showing an image in a page; null for other types.")


class OneUpload(Ok):
    upload: Upload


class FileReceived(Ok):
    upload_id: UUID
    received_bytes: int
    sha256: str
