"""Workspaces of who is signed in that other installations have, for the menu of workspaces. Only the site knows of such."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from intents.accounts.models import User


class Elsewhere(NamedTuple):
    """A workspace that is reached at another address, `url`, where one may have to sign in anew."""

    organization: str
    workspace: str
    url: str


_ask: list[Callable[[User], Sequence[Elsewhere]]] = []


def register(ask: Callable[[User], Sequence[Elsewhere]]) -> None:
    """Who knows of a person's workspaces elsewhere."""
    _ask.append(ask)


def of(user: User) -> list[Elsewhere]:
    """Those of a person, none where nobody knows of any."""
    return [one for ask in _ask for one in ask(user)]
