"""The other cells by variables: `CELLS=east,west` and, for each, `CELL_EAST_DATABASE_URL`, `CELL_EAST_URL` and, for people,
`CELL_EAST_BASE_URL`."""

import re
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

from axme_site import env
from intents.feed.cursors import MOST_CELLS


class Cell(NamedTuple):
    """Another cell: how its PostgreSQL is reached, its web processes by those of this one, and by people's browsers, which
    are led there by no other address; "" where they are not."""

    name: str
    database_url: str
    url: str
    base_url: str = ""


def cells(base_url: str) -> dict[str, Cell]:
    """The other cells by their names; this one's people come to `base_url`. Raises ImproperlyConfigured."""
    names = env.items("CELLS", [])
    if odd := [one for one in names if not re.fullmatch(r"[a-z][a-z0-9]{0,31}", one)]:
        raise ImproperlyConfigured(f"CELLS: {odd[0]!r} is no name of lower-case letters and digits")
    if len(set(names)) != len(names):
        raise ImproperlyConfigured("CELLS names one twice")
    found = {name: _cell(name) for name in names}
    if circle := [name for name, cell in found.items() if cell.base_url == base_url]:
        raise ImproperlyConfigured(f"CELL_{circle[0].upper()}_BASE_URL is the own BASE_URL: it leads in a circle")
    return found


def number(others: dict[str, Cell]) -> int:
    """This cell's own number, in which it differs from all others. Raises ImproperlyConfigured."""
    given = env.integer("CELL_NUMBER", -1, at_least=-1, at_most=MOST_CELLS - 1)
    if others and given < 0:
        raise ImproperlyConfigured(f"CELL_NUMBER: with CELLS each has a number of its own, from 0 to {MOST_CELLS - 1}")
    return given


def _cell(name: str) -> Cell:
    prefix = f"CELL_{name.upper()}"
    database = env.url(prefix + "_DATABASE_URL", "", schemes=("postgresql", "postgres"))
    url = env.url(prefix + "_URL", "", schemes=("http", "https"))
    if not database or not url:
        raise ImproperlyConfigured(f"{prefix}_DATABASE_URL and {prefix}_URL belong together: set both")
    return Cell(name, database, url, env.url(prefix + "_BASE_URL", "", schemes=("http", "https")).rstrip("/"))
