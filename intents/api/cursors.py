"""Cursors of lists that go by id. Each says of which list it is: another's would skip what it knows nothing of."""

from uuid import UUID

from intents.kernel.errors import InvalidField


def cursor(kind: str, last: UUID) -> str:
    """Where a page of the list `kind`, a letter, ended."""
    return f"{kind}{last.hex}"


def parse(kind: str, text: str, *, field: str = "cursor") -> UUID:
    """The id at which a page ended. Raises InvalidField."""
    try:
        if text[:1] == kind and len(text) == 33:
            return UUID(text[1:])
    except ValueError:
        pass
    raise InvalidField(field, "not a cursor that this list gave out")
