"""Which types of file are taken, and whether bytes are what they are declared to be."""

from dataclasses import dataclass

import puremagic

from intents.errors import InvalidField

HEAD_BYTES = 4096
"""How much of a file's beginning tells its type."""

TEXT, IMAGE, PDF, ZIP = "text", "image", "pdf", "zip"


@dataclass(frozen=True, slots=True)
class Type:
    """`family` says how its bytes are recognised; `endings` are those a file of this type may have, the first by default."""

    family: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

TYPES: dict[str, Type] = {
    "image/png": Type(IMAGE, (".png",)),
    "image/jpeg": Type(IMAGE, (".jpg", ".jpeg")),
    "image/gif": Type(IMAGE, (".gif",)),
    "image/webp": Type(IMAGE, (".webp",)),
    "application/pdf": Type(PDF, (".pdf",)),
    "text/plain": Type(TEXT, (".txt", ".log", ".md")),
    "text/csv": Type(TEXT, (".csv",)),
    "application/json": Type(TEXT, (".json",)),
    "application/zip": Type(ZIP, (".zip",)),
    f"{_OFFICE}.wordprocessingml.document": Type(ZIP, (".docx",)),
    f"{_OFFICE}.spreadsheetml.sheet": Type(ZIP, (".xlsx",)),
    f"{_OFFICE}.presentationml.presentation": Type(ZIP, (".pptx",)),
    f"{_OPEN}.text": Type(ZIP, (".odt",)),
    f"{_OPEN}.spreadsheet": Type(ZIP, (".ods",)),
    f"{_OPEN}.presentation": Type(ZIP, (".odp",)),
}
"""By MIME type. Nothing that a browser would run is among them: no HTML, no SVG, no script."""


def ensure_taken(mime_type: str) -> None:
    """Raises InvalidField for a type that is not taken."""
    if mime_type not in TYPES:
        raise InvalidField(
            "mime_type",
            "files of this type are not taken: send PNG, JPEG, GIF, WebP, PDF, text, CSV, JSON, ZIP or an office document",
            taken=list(TYPES),
        )


def may_be_shown(mime_type: str) -> bool:
    """Whether a browser may show a file of this type inside a page."""
    return TYPES[mime_type].family == IMAGE


def is_what_it_claims(mime_type: str, head: bytes, *, text: bool) -> bool:
    """Whether a file that begins with `head` can be of `mime_type`. `text` tells that all of it is UTF-8 without NUL."""
    family = TYPES[mime_type].family
    if family == TEXT:
        return text
    try:
        found = [match.mime_type for match in puremagic.magic_string(head[:HEAD_BYTES])]
    except (puremagic.PureError, ValueError):
        return False
    if family == ZIP:
        # What is inside the archive is its reader's business: these are only ever downloaded.
        return "application/zip" in found
    return bool(found) and found[0] == mime_type


def saved_as(filename: str, mime_type: str) -> str:
    """The name under which a download is saved: its ending fits its type, so that no text opens as a program."""
    endings = TYPES[mime_type].endings
    return filename if filename.lower().endswith(endings) else f"{filename}{endings[0]}"
