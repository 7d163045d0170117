"""What every table shares: a UUIDv7 key, made in Python because the embedded PostgreSQL may be older than uuidv7()."""

from uuid import UUID

from django.db import models
from uuid6 import uuid7


def new_id() -> UUID:
    """A UUIDv7: ordered by time, so that an index of ids grows at its end."""
    return UUID(bytes=uuid7().bytes)


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
