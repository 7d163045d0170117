"""What signing in to a workspace takes, as its owners set it."""

from collections.abc import Sequence
from dataclasses import dataclass

from intents.accounts import audit, requirements, selectors
from intents.accounts.models import Requirement, SignInRules
from intents.accounts.services import rights
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, Person, Role, System
from intents.kernel.errors import ChangedMeanwhile, Denied, InvalidField
from intents.kernel.unit_of_work import unit

LONGEST_GRACE_DAYS = 90
SESSION_HOURS = (1, 8760)
IDLE_MINUTES = (5, 43_200)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInTerms:
    """As `SignInRules` keeps them."""

    requires: Requirement = Requirement.NONE
    roles: Sequence[Role] = ()
    grace_days: int = 0
    session_hours: int | None = None
    idle_minutes: int | None = None


def ensure_owner(*, actor: Actor) -> Person:
    """Raises Denied for all but an owner, as they are now."""
    if not isinstance(actor, Person) or rights.present(actor=actor)[0].role is not Role.OWNER:
        raise Denied("only an owner changes how people sign in")
    return actor


@unit
def save(*, actor: Actor, rules: SignInTerms, revision: int | None = None) -> SignInRules:
    """Replace the rules of the actor's workspace. What is required anew gives everybody its days of grace.

    Raises Denied, InvalidField, also when they would keep out the owner who sets them, and ChangedMeanwhile when they are
    not those of `revision` any more.
    """
    person = ensure_owner(actor=actor)
    _ensure_sound(rules)
    _ensure_met(person, rules)
    row = selectors.sign_in_rules(person.workspace_id, lock=True)
    stored = row.revision if row else 0
    if revision not in (None, stored):
        raise ChangedMeanwhile("somebody else changed this meanwhile; look at it again", revision=stored)
    before = row and {"requires": row.requires, "roles": row.roles}
    now = {"requires": str(rules.requires), "roles": sorted(rules.roles)}
    if row is None:
        row = SignInRules(workspace_id=person.workspace_id, since=clock.now(), revision=0)
    elif before != now:
        row.since = clock.now()
    row.requires, row.roles, row.grace_days = str(rules.requires), sorted(rules.roles), rules.grace_days
    row.session_hours, row.idle_minutes = rules.session_hours, rules.idle_minutes
    row.revision += 1
    row.save()
    _note(person, row)
    return row


@unit
def relax(*, actor: System, rules: SignInRules) -> None:
    """Require nothing any more: for who is locked out with all others, as when the identity provider is gone."""
    rules.requires, rules.session_hours, rules.idle_minutes = Requirement.NONE, None, None
    rules.revision += 1
    rules.save()
    _note(actor, rules)


def _note(actor: Actor, row: SignInRules) -> None:
    audit.note(
        workspace_id=row.workspace_id,
        actor=actor,
        action="sign_in_rules.set",
        subject=row.requires or "nothing required",
        roles=row.roles,
        grace_days=row.grace_days,
        session_hours=row.session_hours,
        idle_minutes=row.idle_minutes,
    )


def _ensure_sound(rules: SignInTerms) -> None:
    if not 0 <= rules.grace_days <= LONGEST_GRACE_DAYS:
        raise InvalidField("grace_days", f"0 to {LONGEST_GRACE_DAYS} days")
    for name, (least, most) in {"session_hours": SESSION_HOURS, "idle_minutes": IDLE_MINUTES}.items():
        value = getattr(rules, name)
        if value is not None and not least <= value <= most:
            raise InvalidField(name, f"{least} to {most}, or nothing for no limit")


def _ensure_met(person: Person, rules: SignInTerms) -> None:
    """Raises InvalidField when `rules`, without any grace, would keep `person` out."""
    if not rules.requires or (rules.roles and Role.OWNER not in rules.roles):
        return
    if rules.requires == Requirement.OIDC and not selectors.signed_in_by_provider(person):
        raise InvalidField(
            "requires", "sign in with the identity provider yourself first, or this would keep you out of the workspace"
        )
    if rules.requires != Requirement.OIDC and not statements.rows(
        requirements.HOLDS, {"user": person.user_id, "passkey": rules.requires == Requirement.PASSKEY}
    ):
        what = "add a passkey" if rules.requires == Requirement.PASSKEY else "set up two-factor authentication"
        raise InvalidField("requires", f"{what} for yourself first, or this would keep you out of the workspace")
