"""A row that was looked for by its id."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model

from intents.kernel.errors import Missing

Row = TypeVar("Row", bound=Model)


def found_or_missing(row: Row | None, what: str, row_id: UUID) -> Row:
    """A row that was looked for by its id. Raises Missing, with `<what>_id` among its details."""
    if row is None:
        raise Missing(f"no {what} has the id {row_id}", **{f"{what}_id": str(row_id)})
    return row
