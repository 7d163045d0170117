"""Arriving from an identity provider: who that is here, and what their claims give them.

An identity is the pair of issuer and subject. An email address joins an account only when both sides know it to be
verified; who is not known here comes in only where a workspace has mapped one of their claims.
"""

from collections.abc import Mapping
from typing import Any

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import Identity, User
from intents.accounts.oidc import gifts
from intents.accounts.oidc.providers import Provider
from intents.accounts.oidc.tokens import NotSignedIn
from intents.accounts.services import claims as claimed
from intents.accounts.services import tenancy
from intents.kernel import clock
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit


@unit
def arrive(*, actor: Actor, provider: Provider, claims: Mapping[str, Any]) -> User:
    """The user whom verified `claims` are about, with what these give them in each workspace. Raises NotSignedIn."""
    known = accounts.identity(provider.issuer, claims["sub"])
    email = gifts.verified_email(provider, claims)
    if known is None:
        known = Identity(
            user=_joined(actor, email) or _newcomer(actor, provider, claims, email),
            issuer=provider.issuer,
            subject=claims["sub"],
            created_at=clock.now(),
        )
    known.last_used_at = clock.now()
    known.save()
    claimed.apply(actor=actor, provider=provider.id, user=known.user, claims=claims, email=email)
    return known.user


def _joined(actor: Actor, email: str) -> User | None:
    """The account of a verified address. Raises NotSignedIn when the account's own is not verified: whoever typed it could
    still sign in to it."""
    user = accounts.known_as(email, lock=True) if email else None
    if user is not None and user.email_verified_at is None:
        raise NotSignedIn(
            "account_unverified",
            "There is an account with your email address, which nobody has verified. Use “Forgotten password” to show that"
            " it is yours, then sign in here again.",
        )
    if user is not None:
        for member in user.memberships.all():
            audit.note(workspace_id=member.workspace_id, actor=actor, action="identity.join", subject=user.email)
    return user


def _newcomer(actor: Actor, provider: Provider, claims: Mapping[str, Any], email: str) -> User:
    if not email:
        raise NotSignedIn(
            "email_unverified",
            "Your identity provider does not vouch for your email address, so it opens no account here.",
        )
    if not any(gift.role for gift in gifts.wanted(provider=provider.id, claims=claims, email=email).values()):
        raise NotSignedIn("uninvited", "You have no account here. Ask an owner or admin of the workspace to invite you.")
    return tenancy.create_person(actor=actor, email=email, name=gifts.name(claims))
