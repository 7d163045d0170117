"""Files for tests: small ones of each kind, and one that is sent and finished."""

import hashlib
import io
import zipfile
from typing import Any
from uuid import UUID

from intents.files.services import uploads
from intents.files.storage import files
from intents.kernel.actors import Tenant
from tests.callers import Answer, Caller

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def archive(name: str = "letter.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(name, "Dear Ada")
    return buffer.getvalue()


FILES: dict[str, bytes] = {
    "image/png": PNG,
    "image/jpeg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"x" * 40,
    "image/gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff,\x00",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"x" * 30,
    "application/pdf": PDF,
    "text/plain": "Grüße".encode(),
    "text/csv": b"a,b\n1,2\n",
    "application/json": b'{"a": 1}',
    "application/zip": archive(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": archive("word/document.xml"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": archive("xl/workbook.xml"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": archive("ppt/presentation.xml"),
    "application/vnd.oasis.opendocument.text": archive("content.xml"),
    "application/vnd.oasis.opendocument.spreadsheet": archive("content.xml"),
    "application/vnd.oasis.opendocument.presentation": archive("content.xml"),
}


def announce(by: Caller, data: bytes = PNG, mime_type: str = "image/png", **fields: Any) -> Answer:
    body = {"owner_agent": "shop", "filename": "file.bin", "mime_type": mime_type, "size_bytes": len(data)}
    return by.post("/media/create-upload", body | fields)


def send(actor: Tenant, upload_id: str, data: bytes) -> None:
    """Send the bytes of an announced file, past the server."""
    incoming = files().begin()
    try:
        incoming.write(data)
        incoming.close()
        uploads.receive(actor=actor, media_id=UUID(upload_id), incoming=incoming)
    finally:
        incoming.discard()


def finalize(by: Caller, upload_id: str, data: bytes, **fields: Any) -> Answer:
    return by.post("/media/finalize-upload", {"upload_id": upload_id, "size_bytes": len(data)} | fields)


def ready(by: Any, data: bytes = PNG, mime_type: str = "image/png", **fields: Any) -> str:
    """A finished file of the machine `by`: its id."""
    upload_id: str = announce(by, data, mime_type, **fields).ok()["upload_id"]
    send(by.actor, upload_id, data)
    finalize(by, upload_id, data).ok()
    return upload_id


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
