"""What people sign in by: their tokens and sessions, and who says at other places that it is them."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from intents.accounts.models import ClaimGrant, ClaimMapping, Identity, PersonToken, Session, SignInRules, User
from intents.accounts.selectors.rows import found_or_missing
from intents.kernel.actors import Person


def tokens(actor: Person) -> QuerySet[PersonToken]:
    """The person's own tokens of this workspace that were not revoked, newest first; no sessions of command lines."""
    found = PersonToken.objects.filter(workspace_id=actor.workspace_id, user_id=actor.user_id, revoked_at=None)
    return found.filter(provider=None).order_by("-id")


def token(actor: Person, token_id: UUID) -> PersonToken:
    """Raises Missing."""
    return found_or_missing(tokens(actor).filter(id=token_id).first(), "token", token_id)


def sessions(actor: Person, now: datetime) -> QuerySet[Session]:
    """Where the person is signed in, the latest used first."""
    return Session.objects.filter(user_id=actor.user_id, expires_at__gt=now).order_by("-seen_at")


def provider_of(actor: Person) -> str:
    """The identity provider by which the acting browser was signed in, "" for none."""
    found = Session.objects.filter(id=actor.credential_id, user_id=actor.user_id).values_list("provider", flat=True).first()
    return found or ""


def sign_in_rules(workspace_id: UUID, *, lock: bool = False) -> SignInRules | None:
    """What signing in to a workspace takes. Checks no actor."""
    found = SignInRules.objects.filter(workspace_id=workspace_id)
    return (found.select_for_update() if lock else found).first()


def claim_mappings(workspace_id: UUID) -> QuerySet[ClaimMapping]:
    """What claims give in a workspace, the oldest first. Checks no actor."""
    return ClaimMapping.objects.filter(workspace_id=workspace_id).select_related("group").order_by("id")


def claim_mapping(actor: Person, mapping_id: UUID) -> ClaimMapping:
    """Raises Missing."""
    return found_or_missing(claim_mappings(actor.workspace_id).filter(id=mapping_id).first(), "mapping", mapping_id)


def mappings_of(provider: str) -> QuerySet[ClaimMapping]:
    """What the claims of a provider give, in all workspaces. Checks no actor."""
    return ClaimMapping.objects.filter(provider=provider).select_related("workspace", "group").order_by("id")


def claim_grants(user: User, provider: str) -> QuerySet[ClaimGrant]:
    """What the claims of a provider have given a user, in all workspaces, locked. Checks no actor."""
    found = ClaimGrant.objects.filter(user=user, provider=provider).select_related("workspace")
    return found.select_for_update(of=("self",))


def identity(issuer: str, subject: str) -> Identity | None:
    """Who somebody is here whom a provider knows as `subject`. Checks no actor."""
    return Identity.objects.filter(issuer=issuer, subject=subject).select_related("user").first()


def identities(user: User) -> QuerySet[Identity]:
    """Who a user is to identity providers."""
    return Identity.objects.filter(user=user).order_by("id")


def authenticators(user: User) -> QuerySet[Authenticator]:
    """The second factors of a user: passkeys, the app, and the recovery codes for them."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user)
    return found


def signed_in_by_provider(actor: Person) -> bool:
    """Whether the person signed in by an identity provider, with this session, or ever with the token that acts."""
    sessions = Session.objects.filter(id=actor.credential_id, user_id=actor.user_id)
    if sessions.exists():
        return sessions.exclude(provider="").exists()
    lines = PersonToken.objects.filter(id=actor.credential_id).exclude(provider=None)
    if lines.exists():
        return lines.exclude(provider="").exists()
    return Identity.objects.filter(user_id=actor.user_id).exists()
