"""Backups in tests: the commands, and a server that is restored beside this one."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from django.core.management import call_command

from axme_site import postgres_tools
from intents.kernel.models import new_id


@contextmanager
def elsewhere() -> Iterator[str]:
    """Another database, in which nothing is yet, as this server's."""
    name = f"axme_empty_{new_id().hex[-12:]}"
    postgres_tools.create(name)
    with postgres_tools.connected_to(name):
        yield name
    postgres_tools.drop(name)


def run(command: str, *words: object) -> str:
    out = StringIO()
    call_command(command, *map(str, words), stdout=out)
    return out.getvalue()
