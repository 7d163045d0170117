"""Whom names mean: a member, a group, a role, who is on call, or nobody that is known here."""

from collections.abc import Iterable
from uuid import UUID

from inbox.assignees import selectors
from inbox.vocabulary import principals
from intents.kernel.actors import MANAGER, Role

_ROLES = frozenset(role.value for role in Role)


class Names:
    """The principals that names in a workspace mean. Each is looked up once; those learned together, by one query."""

    def __init__(self, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self._known: dict[str, str | None] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Look up what is not known yet."""
        if new := {_plain(text) for text in texts} - self._known.keys():
            self._known |= dict.fromkeys(new) | selectors.named(self.workspace_id, new)

    def principal(self, text: str) -> str:
        """The principal that `text` means; `AssigneeResolver` tells who two of them are when the time comes."""
        self.learn([text])
        plain = _plain(text)
        if found := self._known[plain]:
            return found
        if plain == MANAGER:
            return MANAGER
        if "@" in plain and "://" not in plain:
            return principals.email(plain)
        if plain in _ROLES:
            return principals.role(plain)
        return principals.name(text.strip())

    def all_principals(self, text: str) -> set[str]:
        """All under which somebody of that name may be found: what was put to an address before a member had it stays so."""
        found = self.principal(text)
        return {found, principals.email(text)} if "@" in text and found.startswith("user:") else {found}


def _plain(text: str) -> str:
    plain = text.strip().lower()
    schedule = principals.schedule(plain)
    return f"{principals.ON_CALL}{' '.join(schedule.split())}" if schedule else plain


def principal(*, workspace_id: UUID, text: str) -> str:
    """The principal that one name means."""
    return Names(workspace_id).principal(text)
