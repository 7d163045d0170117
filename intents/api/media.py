"""Files: announcing and finishing them. Their bytes come and go on the async edge."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.files import selectors, types
from intents.files.models import Media
from intents.files.services import uploads as media
from intents.kernel import clock
from intents.kernel.clock import rfc3339
from intents.schemas import uploads

router = Router(tags=["Media"])

BUCKET = "media"


@router.post("/media/create-upload", response={200: uploads.UploadCreated, **REFUSALS}, summary="Announce a file to be sent")
def create_upload(request: Request, body: uploads.CreateUpload) -> HttpResponse:
    """The first of three steps: announce a file, PUT its bytes to `upload_url` with the same credential, then finalize it.
    Images (PNG, JPEG, GIF, WebP), PDF, plain text, CSV, JSON, ZIP and office documents are taken."""

    def run() -> dict[str, Any]:
        row = media.announce(
            actor=request.auth,
            owner_agent=body.owner_agent,
            filename=body.filename,
            mime_type=body.mime_type,
            size_bytes=body.size_bytes,
            sha256=bytes.fromhex(body.sha256) if body.sha256 else None,
            lasts=timedelta(seconds=body.ttl_seconds),
        )
        return _placed(row) | {
            "upload_url": _url(row, "content"),
            "status": "pending",
            "expires_at": rfc3339(row.expires_at),
            "max_size_bytes": row.size_bytes,
        }

    return once(request, run)


@router.post("/media/finalize-upload", response={200: uploads.UploadFinalized, **REFUSALS}, summary="Finish a file")
def finalize_upload(request: Request, body: uploads.FinalizeUpload) -> HttpResponse:
    """The last step: size and SHA-256 are compared with what came. From then on the file is ready and never changes."""

    def run() -> dict[str, Any]:
        row = media.finish(
            actor=request.auth,
            media_id=body.upload_id,
            size_bytes=body.size_bytes,
            sha256=bytes.fromhex(body.sha256) if body.sha256 else None,
        )
        assert row.finalized_at is not None
        return _placed(row) | {
            "mime_type": row.mime_type,
            "size_bytes": row.size_bytes,
            "sha256": _hex(row.sha256),
            "status": "ready",
            "finalized_at": rfc3339(row.finalized_at),
        }

    return once(request, run)


@router.get("/media/{upload_id}", response={200: uploads.OneUpload, **REFUSALS}, summary="Get a file's description")
def get_upload(request: Request, upload_id: str) -> HttpResponse:
    """What is known of a file: its state, and where to get its bytes when it is ready."""
    row = selectors.media_item(request.auth, as_id(upload_id, "file"))
    upload = _placed(row) | {
        "mime_type": row.mime_type,
        "filename": row.filename,
        "size_bytes": row.size_bytes,
        "sha256": _hex(row.sha256 or row.declared_sha256),
        "status": _status(row, clock.now()),
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at),
        "finalized_at": rfc3339(row.finalized_at) if row.finalized_at else None,
        "download_url": _url(row, "content") if row.finalized_at else None,
        "preview_url": _url(row, "preview") if row.finalized_at and types.may_be_shown(row.mime_type) else None,
    }
    del upload["ok"]
    return answer({"ok": True, "upload": upload})


def _placed(row: Media) -> dict[str, Any]:
    return {
        "ok": True,
        "upload_id": str(row.id),
        "owner_agent": row.owner_agent,
        "bucket": BUCKET,
        "object_path": f"{row.id}/{row.filename}",
    }


def _url(row: Media, what: str) -> str:
    return f"{settings.BASE_URL}/v1/media/{row.id}/{what}"


def _status(row: Media, now: datetime) -> str:
    if row.finalized_at is not None:
        return "ready"
    return "expired" if row.expires_at <= now else "pending"


def _hex(digest: bytes | memoryview | None) -> str | None:
    return None if digest is None else bytes(digest).hex()
