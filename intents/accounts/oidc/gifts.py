"""What the claims of an identity provider are worth here, by the mappings of each workspace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from intents.accounts import selectors as accounts
from intents.accounts.models import Group, Workspace
from intents.accounts.oidc.providers import Provider
from intents.kernel.actors import Role
from intents.kernel.unseen import unseen

EMAIL_DOMAIN = "email_domain"
"""The claim that stands for the domain of a verified address."""
STRENGTH = {str(role): place for place, role in enumerate(Role)}
LONGEST_NAME = 120


@dataclass(slots=True)
class Gift:
    """What the claims give in a workspace: the strongest role of all that fit, "" for none, and all groups."""

    workspace: Workspace
    role: str = ""
    groups: dict[UUID, Group] = field(default_factory=dict)


def wanted(*, provider: str, claims: Mapping[str, Any], email: str) -> dict[UUID, Gift]:
    """By workspace what claims give. A group alone makes nobody a member."""
    found: dict[UUID, Gift] = {}
    for mapping in accounts.mappings_of(provider):
        if mapping.value not in _values(claims, email, mapping.claim):
            continue
        gift = found.setdefault(mapping.workspace_id, Gift(mapping.workspace))
        if mapping.role and (not gift.role or STRENGTH[mapping.role] < STRENGTH[gift.role]):
            gift.role = mapping.role
        if mapping.group is not None:
            gift.groups[mapping.group.id] = mapping.group
    return found


def _values(claims: Mapping[str, Any], email: str, claim: str) -> list[str]:
    """What stands in a claim, whose name may lead into objects: `realm_access.roles`."""
    if claim == EMAIL_DOMAIN:
        return [email.rpartition("@")[2]] if email else []
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return [str(one) for one in several if isinstance(one, str | int)]


def verified_email(provider: Provider, claims: Mapping[str, Any]) -> str:
    """The address of the claims in lower case, "" for none that is known to be theirs."""
    email, said = claims.get("email"), claims.get("email_verified")
    # Some send it as a text.
    verified = said is True or said == "true" or (said is None and provider.trusts_email)
    return email.strip().lower() if isinstance(email, str) and verified and "@" in email else ""


def name(claims: Mapping[str, Any]) -> str:
    """What somebody is called, "" for a name with characters that cannot be seen."""
    found = claims.get("name")
    plain = " ".join(found.split())[:LONGEST_NAME] if isinstance(found, str) else ""
    return "" if unseen(plain) else plain
