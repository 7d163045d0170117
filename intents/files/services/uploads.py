"""Files: announced, received, finished; those that never are go away again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from intents.accounts import limits
from intents.files import selectors, types
from intents.files.models import Media
from intents.files.storage import Incoming, files
from intents.kernel import clock, statements
from intents.kernel.actors import Person, Role, Tenant, key_of
from intents.kernel.addresses import local_name
from intents.kernel.errors import Conflict, Denied, InvalidActorScope, InvalidField, PayloadTooLarge
from intents.kernel.unit_of_work import unit

FORGOTTEN_AFTER = timedelta(days=1)
"""How long an upload that was never finished can still be looked at after its time."""
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')


@unit
def announce(
    *,
    actor: Tenant,
    owner_agent: str,
    filename: str,
    mime_type: str,
    size_bytes: int,
    sha256: bytes | None,
    lasts: timedelta,
) -> Media:
    """A file that will be sent within `lasts`. Raises InvalidField (name, type), PayloadTooLarge, InvalidAddress,
    AgentNotFound, InvalidActorScope (another's address), Denied."""
    _ensure_may_send(actor)
    owner = local_name(owner_agent, org=actor.org_slug, workspace=actor.workspace_slug)
    machine = key_of(actor)
    if machine is not None and not machine.reaches(owner):
        raise InvalidActorScope(f"this key sends files for {machine.label} only", owner_agent=owner_agent)
    filename, mime_type = types.plain_name(filename), types.named(mime_type)
    if filename.strip(". ") != filename or not filename or not filename.isprintable() or _NOT_IN_NAMES & set(filename):
        raise InvalidField("filename", 'a plain name: printable characters without / \\ : * ? " < > |, no dot at its ends')
    if size_bytes < 1:
        raise InvalidField("size_bytes", "an empty file is none")
    if size_bytes > settings.MEDIA_MAX_BYTES:
        raise too_large(settings.MEDIA_MAX_BYTES)
    limits.spend(actor.workspace_id, "media_upload_bytes_per_day", size_bytes)
    limits.spend(actor.workspace_id, "media_storage_bytes", size_bytes)
    now = clock.now()
    return Media.objects.create(
        workspace_id=actor.workspace_id,
        owner=owner,
        owner_agent=owner_agent,
        filename=filename,
        mime_type=mime_type,
        size_bytes=size_bytes,
        declared_sha256=sha256,
        created_by=actor.label,
        created_at=now,
        expires_at=now + lasts,
    )


def to_receive(*, actor: Tenant, media_id: UUID) -> Media:
    """A file whose bytes may be sent now. Raises Missing, Denied, Conflict (finished, or its time is over)."""
    _ensure_may_send(actor)
    row = selectors.media_item(actor, media_id)
    _ensure_open(row, clock.now())
    return row


@unit
def receive(*, actor: Tenant, media_id: UUID, incoming: Incoming) -> None:
    """Keep the bytes of a closed `incoming` for a file, in place of any that came before. Raises Missing, Conflict,
    InvalidField when they are not of the declared type."""
    row, now = _locked(actor, media_id)
    _ensure_open(row, now)
    if not types.is_what_it_claims(row.mime_type, incoming.head, text=incoming.is_text):
        raise InvalidField("mime_type", f"the bytes are not {row.mime_type}, as they were declared to be")
    if row.sha256 is not None and bytes(row.sha256) != incoming.digest:
        _let_go(row)
    _lock_content(row.workspace_id, incoming.digest)
    files().keep(incoming, row.workspace_id)
    row.sha256, row.received_bytes = incoming.digest, incoming.size
    row.save(update_fields=["sha256", "received_bytes"])


@unit
def finish(*, actor: Tenant, media_id: UUID, size_bytes: int, sha256: bytes | None) -> Media:
    """The bytes are whole: from now on the file is ready and never changes. Doing it again changes nothing.

    Raises Missing, Denied, Conflict (nothing came, or its time is over), InvalidField when what came has not the size or
    the SHA-256 that is told now or was announced.
    """
    _ensure_may_send(actor)
    row, now = _locked(actor, media_id)
    if row.finalized_at is None:
        _ensure_open(row, now)
        if row.sha256 is None:
            raise Conflict("no bytes have come yet: PUT them to upload_url first", upload_id=str(row.id))
    assert row.sha256 is not None
    for size in (size_bytes, row.size_bytes):
        if row.received_bytes != size:
            raise InvalidField("size_bytes", f"{row.received_bytes} bytes came, not {size}")
    for expected in (sha256, row.declared_sha256):
        if expected is not None and bytes(row.sha256) != bytes(expected):
            raise InvalidField("sha256", f"what came has the SHA-256 {bytes(row.sha256).hex()}: send it again")
    if row.finalized_at is None:
        row.finalized_at = now
        row.save(update_fields=["finalized_at"])
    return row


def take(*, actor: Tenant, owner_agent: str, filename: str, declared: str, pieces: Iterable[bytes]) -> Media:
    """A file that came as a whole, with a page's form: announced, received and finished at once, as what its name and bytes
    say; the `declared` type is a hint. Raises as those do."""
    incoming = files().begin()
    try:
        for piece in pieces:
            incoming.write(piece)
            if incoming.size > settings.MEDIA_MAX_BYTES:
                raise too_large(settings.MEDIA_MAX_BYTES)
        incoming.close()
        kind = types.uploaded(filename, declared, incoming.head, text=incoming.is_text)
        return _taken(actor=actor, owner_agent=owner_agent, filename=filename, mime_type=kind, incoming=incoming)
    finally:
        incoming.discard()


@unit
def _taken(*, actor: Tenant, owner_agent: str, filename: str, mime_type: str, incoming: Incoming) -> Media:
    row = announce(
        actor=actor,
        owner_agent=owner_agent,
        filename=filename,
        mime_type=mime_type,
        size_bytes=incoming.size,
        sha256=incoming.digest,
        lasts=timedelta(minutes=1),
    )
    receive(actor=actor, media_id=row.id, incoming=incoming)
    return finish(actor=actor, media_id=row.id, size_bytes=incoming.size, sha256=None)


@unit
def prune(*, limit: int = 500) -> int:
    """Forget uploads that were never finished, with their bytes. Returns how many."""
    rows = selectors.lock_abandoned(before=clock.now() - FORGOTTEN_AFTER, limit=limit)
    forget(rows)
    files().sweep()
    return len(rows)


def forget(rows: Iterable[Media]) -> None:
    """Delete locked files that no intent shows, with their bytes."""
    for row in rows:
        if row.sha256 is not None:
            _let_go(row)
        row.delete()


def too_large(limit: int) -> PayloadTooLarge:
    """The refusal of a file of more than `limit` bytes, to be raised."""
    return PayloadTooLarge(f"a file holds at most {limit} bytes", field="size_bytes", limit=limit)


def _ensure_may_send(actor: Tenant) -> None:
    if key_of(actor) is None and isinstance(actor, Person) and actor.role == Role.VIEWER:
        raise Denied("viewers send no files", role=str(actor.role))


def _ensure_open(row: Media, now: datetime) -> None:
    if row.finalized_at is not None:
        raise Conflict("this file is finished and never changes; announce another", upload_id=str(row.id), status="ready")
    if row.expires_at <= now:
        raise Conflict("the time to send this file is over; announce it again", upload_id=str(row.id), status="expired")


def _locked(actor: Tenant, media_id: UUID) -> tuple[Media, datetime]:
    selectors.media_item(actor, media_id)
    # The sweep may have been first.
    return selectors.lock(media_id) or selectors.media_item(actor, media_id), clock.now()


def _lock_content(workspace_id: UUID, digest: bytes) -> None:
    """Nobody else keeps or removes this content until the transaction ends."""
    statements.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"media:{workspace_id}:{digest.hex()}"])


def _let_go(row: Media) -> None:
    """Remove the bytes of a locked file unless another has the same."""
    assert row.sha256 is not None
    digest = bytes(row.sha256)
    _lock_content(row.workspace_id, digest)
    if not selectors.has_twin(row):
        files().remove(row.workspace_id, digest)
