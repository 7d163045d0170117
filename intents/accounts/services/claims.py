"""What claims of an identity provider give: roles and groups in workspaces, looked at anew at each sign-in.

What a mapping gave is kept (`ClaimGrant`), and only that is taken back when the claim is gone: not what a person was given
by hand, before or since.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import ClaimGrant, ClaimMapping, Member, User
from intents.accounts.oidc.gifts import EMAIL_DOMAIN, STRENGTH, Gift, wanted
from intents.accounts.services import groups, sign_in_rules, tenancy
from intents.kernel import clock
from intents.kernel.actors import Actor, Role
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit

MAPPED_ROLES = tuple(role for role in Role if role is not Role.OWNER)
"""Owners are made by owners alone."""
LONGEST = 255
MOST = 200


@unit
def apply(*, actor: Actor, provider: str, user: User, claims: Mapping[str, Any], email: str) -> None:
    """Give `user` what the claims give now, and take back what they gave before and do not any more."""
    gifts = wanted(provider=provider, claims=claims, email=email)
    grants = {grant.workspace_id: grant for grant in accounts.claim_grants(user, provider)}
    for workspace_id in sorted({*gifts, *grants}):
        grant = grants.get(workspace_id)
        gift = gifts.get(workspace_id) or Gift(grant.workspace if grant else gifts[workspace_id].workspace)
        grant = grant or ClaimGrant(workspace=gift.workspace, user=user, provider=provider)
        _give_role(actor, grant, gift)
        member = accounts.membership(gift.workspace, user)
        _give_groups(actor, grant, gift, member)
        if grant.role or grant.groups:
            grant.save()
        elif not grant._state.adding:
            grant.delete()


def _give_role(actor: Actor, grant: ClaimGrant, gift: Gift) -> None:
    member = accounts.membership(grant.workspace, grant.user)
    if member is None or (grant.role and member.role != grant.role):
        # Nobody's, or changed by hand since: what was given before is not there any more.
        grant.role, grant.role_before = "", ""
    before = grant.role_before if grant.role else (member.role if member else "")
    if gift.role and (not before or STRENGTH[gift.role] < STRENGTH[before]):
        if member is None or member.role != gift.role:
            _set_role(actor, grant, gift.role)
        grant.role, grant.role_before = gift.role, before
    elif grant.role:
        _take_role(actor, grant, member, before)


def _set_role(actor: Actor, grant: ClaimGrant, role: str) -> None:
    tenancy.set_member(actor=actor, workspace=grant.workspace, user=grant.user, role=Role(role))


def _take_role(actor: Actor, grant: ClaimGrant, member: Member | None, before: str) -> None:
    with suppress(Conflict):  # the last owner stays
        if before:
            _set_role(actor, grant, before)
        elif member is not None:
            tenancy.remove_member(actor=actor, member=member)
    grant.role, grant.role_before = "", ""


def _give_groups(actor: Actor, grant: ClaimGrant, gift: Gift, member: Member | None) -> None:
    if member is None:
        grant.groups = []
        return
    present = accounts.groups_of_member(member)
    given = set(grant.groups) & present
    for group in accounts.groups_of(grant.workspace_id).filter(id__in=given - set(gift.groups)):
        groups.leave(actor=actor, group=group, member=member)
    for group_id in set(gift.groups) - present:
        groups.join(actor=actor, group=gift.groups[group_id], member=member)
        given.add(group_id)
    grant.groups = sorted(given & set(gift.groups))


@unit
def add(
    *, actor: Actor, provider: str, claim: str, value: str, role: str = "", group_id: UUID | None = None
) -> ClaimMapping:
    """Have a claim give a role, a group, or both, from everybody's next sign-in on. Raises Denied, InvalidField, Missing,
    Conflict."""
    person = sign_in_rules.ensure_owner(actor=actor)
    claim, value = claim.strip(), value.strip()
    if not claim or not value or max(len(claim) * 2, len(value)) > LONGEST:
        raise InvalidField("value", "name a claim and its value")
    if claim == EMAIL_DOMAIN:
        value = value.removeprefix("@").lower()
    if role and role not in MAPPED_ROLES:
        raise InvalidField("role", "a claim makes nobody an owner")
    group = accounts.group(person, group_id) if group_id else None
    if not role and group is None:
        raise InvalidField("role", "choose a role, a group, or both")
    known = accounts.claim_mappings(person.workspace_id)
    if len(known) >= MOST:
        raise Conflict(f"a workspace has at most {MOST} of these")
    mapping = ClaimMapping(
        workspace_id=person.workspace_id,
        provider=provider,
        claim=claim,
        value=value,
        role=role,
        group=group,
        created_at=clock.now(),
    )
    mapping.save()
    _note(person, "claim_mapping.add", mapping)
    return mapping


@unit
def remove(*, actor: Actor, mapping: ClaimMapping) -> None:
    """What it gave is taken back at each person's next sign-in. Raises Denied."""
    person = sign_in_rules.ensure_owner(actor=actor)
    _note(person, "claim_mapping.remove", mapping)
    mapping.delete()


def _note(actor: Actor, action: str, mapping: ClaimMapping) -> None:
    audit.note(
        workspace_id=mapping.workspace_id,
        actor=actor,
        action=action,
        subject=str(mapping)[:383],
        provider=mapping.provider,
        role=mapping.role,
        group=mapping.group.name if mapping.group else None,
    )
