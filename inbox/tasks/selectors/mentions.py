"""Members whom a comment names, as in @ann, @ann@example.com or by the nick of a profile."""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

from intents.kernel import statements

MOST = 20
_NAMED = re.compile(r"(?<![\w@.])@([\w.+-]+(?:@[\w-]+(?:\.[\w-]+)+)?)")

_SHORT = "split_part(u.email, '@', 1)"
_ALONE = """NOT EXISTS (
    SELECT FROM intents_member other JOIN intents_user o ON o.id = other.user_id
    WHERE other.workspace_id = m.workspace_id AND o.id <> u.id AND o.is_active AND other.suspended_at IS NULL
      AND o.email_verified_at IS NOT NULL AND split_part(o.email, '@', 1) = split_part(u.email, '@', 1)
)"""
_MEANT = f"""
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
LEFT JOIN intents_profile p ON p.workspace_id = m.workspace_id AND p.user_id = m.user_id
WHERE m.workspace_id = %(workspace)s AND u.is_active AND m.suspended_at IS NULL AND (
    p.nick = ANY(%(names)s)
    OR u.email_verified_at IS NOT NULL AND (u.email = ANY(%(names)s) OR ({_SHORT} = ANY(%(names)s) AND {_ALONE}))
)
"""
_MEMBERS = f"SELECT DISTINCT m.user_id {_MEANT}"
_CALLED = f"""
SELECT coalesce(nullif(u.name, ''), u.email), p.nick, CASE WHEN u.email_verified_at IS NOT NULL THEN u.email END,
       CASE WHEN u.email_verified_at IS NOT NULL AND {_ALONE} THEN {_SHORT} END
{_MEANT}
"""


def names(text: str) -> list[str]:
    """What stands after an @ in a text, in lower case, each once."""
    found = (match[1].rstrip(".").lower() for match in _NAMED.finditer(text))
    return list(dict.fromkeys(found))[:MOST]


def members(*, workspace_id: UUID, named: Iterable[str]) -> list[UUID]:
    """The users among the members of a workspace that these names mean; an address means whoever verified it. The part
    of an address before the @ means nobody when several members have it."""
    found = list(named)
    if not found:
        return []
    return [row[0] for row in statements.rows(_MEMBERS, {"workspace": workspace_id, "names": found})]


def called(workspace_id: UUID, texts: Iterable[str]) -> dict[str, str]:
    """How those are called whom comments name, by what stands after the @ in lower case. Checks no actor."""
    found = {name for text in texts for name in names(text)}
    if not found:
        return {}
    rows = statements.rows(_CALLED, {"workspace": workspace_id, "names": sorted(found)})
    return {way: name for name, *ways in rows for way in ways if way in found}


def in_names(text: str, known: Mapping[str, str]) -> str:
    """A comment as people read it: whom it names is called as everywhere, where `called` knows them."""

    def name(found: re.Match[str]) -> str:
        handle = found[1].rstrip(".")
        return f"@{known.get(handle.lower(), handle)}{found[1][len(handle) :]}"

    return _NAMED.sub(name, text)
