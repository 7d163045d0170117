"""Which types of file are taken, and whether bytes are what they are declared to be."""

import unicodedata
from dataclasses import dataclass

import puremagic

from intents.kernel.errors import InvalidField

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


ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "application/x-zip": "application/zip",
    "application/x-zip-compressed": "application/zip",
    "text/markdown": "text/plain",
    "text/x-markdown": "text/plain",
    "text/x-log": "text/plain",
    "text/x-csv": "text/csv",
    "application/csv": "text/csv",
    "text/json": "application/json",
}
"""Other names of types that programs send."""


def named(declared: str) -> str:
    """The type that a MIME type names, whatever its case, parameters and spelling. Raises InvalidField for one that is not
    taken."""
    plain = declared.partition(";")[0].strip().lower()
    found = ALIASES.get(plain, plain)
    if found not in TYPES:
        raise InvalidField(
            "mime_type",
            "files of this type are not taken: send PNG, JPEG, GIF, WebP, PDF, text, CSV, JSON, ZIP or an office document",
            taken=list(TYPES),
        )
    return found


def uploaded(filename: str, declared: str, head: bytes, *, text: bool) -> str:
    """The type of a file that a browser sent: that of its ending, if its bytes can be of it. Browsers declare what the
    machine has registered for the ending, which may be anything. Raises InvalidField as `named` does."""
    name = filename.lower()
    by_ending = [kind for kind, known in TYPES.items() if name.endswith(known.endings)]
    return next((kind for kind in by_ending if is_what_it_claims(kind, head, text=text)), None) or named(declared)


def plain_name(filename: str) -> str:
    """A file's name with every kind of space as a plain one, as systems write narrow and wide ones."""
    return "".join(" " if unicodedata.category(one) == "Zs" else one for one in filename).strip(" ")


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
