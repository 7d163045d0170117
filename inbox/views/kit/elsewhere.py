"""Workspaces of who is signed in that other installations have, for the menu of workspaces. Only the site knows of such."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from intents.accounts.models import User
from intents.accounts.sessions import PROVIDER


class Elsewhere(NamedTuple):
    """A workspace that is reached at another address, `url`, where one may have to sign in anew."""

    organization: str
    workspace: str
    url: str


Ask = Callable[[User, str, frozenset[UUID]], Sequence[Elsewhere]]
_ask: list[Ask] = []
_unsure: list[Callable[[User], bool]] = []


def register(ask: Ask, unsure: Callable[[User], bool]) -> None:
    """Who knows of a person's workspaces elsewhere; `ask` is told by which identity provider they are signed in, "" for
    none, and which workspaces they have here. `unsure` tells whether not all was known when that was asked last."""
    _ask.append(ask)
    _unsure.append(unsure)


def of(request: Any) -> list[Elsewhere]:
    """Those of who is signed in, whose `seats` are known; none where nobody knows of any."""
    here = frozenset(seat.person.workspace_id for seat in request.seats)
    return [one for ask in _ask for one in ask(request.user, request.session.get(PROVIDER, ""), here)]


def unsure(request: Any) -> bool:
    """Whether there may be more than `of` has just told."""
    return any(one(request.user) for one in _unsure)
