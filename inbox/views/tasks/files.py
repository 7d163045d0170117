"""Files on a task's page: those it shows, and those that come with its form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.views.kit.refusals import in_words
from inbox.vocabulary import principals
from intents.files import selectors as domain
from intents.files import types
from intents.files.models import Media
from intents.files.services import uploads as media
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField, PayloadTooLarge

FIELD, KEPT = "evidence", "evidence_id"
"""The field for new files, and the one that repeats those that were taken with an answer that was not accepted."""
MOST = 10


@dataclass(frozen=True, slots=True)
class File:
    """A file as a page shows it. `preview_url` is empty where there is nothing to be seen of it."""

    id: UUID
    name: str
    url: str
    preview_url: str
    type_words: str
    size_bytes: int


def shown(row: Media) -> File:
    where = f"/v1/media/{row.id}"
    return File(
        id=row.id,
        name=row.filename,
        url=f"{where}/content",
        preview_url=f"{where}/preview" if types.may_be_shown(row.mime_type) else "",
        type_words=types.TYPES[row.mime_type].endings[0].removeprefix(".").upper(),
        size_bytes=row.size_bytes,
    )


def attached(task: Task) -> list[File]:
    """The files that a task shows."""
    return [shown(row) for row in selectors.attachments(task)]


def kept(person: Person, sent: QueryDict) -> list[Media]:
    """The files that were taken before, with an answer that was not accepted."""
    ids = principals.ids(sent.getlist(KEPT)[:MOST])
    return [] if not ids else list(domain.media(person).filter(id__in=ids, finalized_at__isnull=False).order_by("id"))


def take(person: Person, task: Task, uploads: "Sequence[UploadedFile[Any]]") -> list[Media]:
    """Keep what came with a form as evidence. Raises InvalidField naming the file, PayloadTooLarge."""
    if len(uploads) > MOST:
        raise InvalidField(FIELD, f"at most {MOST} files at once")
    taken = []
    for upload in uploads:
        name = upload.name or "file"
        try:
            taken.append(
                media.take(
                    actor=person,
                    owner_agent=task.intent.to_agent,
                    filename=name,
                    declared=upload.content_type or "",
                    pieces=upload.chunks(),
                )
            )
        except InvalidField as error:
            raise InvalidField(FIELD, f"“{name}”: {in_words(error.reason)}") from None
        except PayloadTooLarge as error:
            raise InvalidField(FIELD, f"“{name}”: {error.message}") from None
    return taken
