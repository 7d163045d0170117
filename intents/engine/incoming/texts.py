"""Bytes as text, in the encodings that outside services declare."""

from intents.kernel import canonical
from intents.kernel.errors import InvalidField

ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16")
"""Python knows others, some of which are slow to read."""


def decoded(data: bytes, encoding: str) -> str:
    """`data` as text in the declared `encoding`, without what no JSON text may hold. Raises InvalidField."""
    try:
        if encoding in ENCODINGS:
            text = data.decode(encoding)
            canonical.check(text)
            return text
    except (UnicodeDecodeError, InvalidField):
        pass
    raise InvalidField("body", f"neither JSON nor text in {encoding[:40]!r}")
