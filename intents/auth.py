"""From credentials to an Actor: machine keys, person tokens, and on whose behalf a request speaks."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from intents.accounts import absences, requirements, stops
from intents.accounts.services.keys import PREFIX as KEY_PREFIX
from intents.accounts.services.tokens import PREFIX as TOKEN_PREFIX
from intents.engine.selectors import ensure_agents_name
from intents.kernel import clock, secrets, statements
from intents.kernel.actors import Actor, Machine, Person, Scope, Tenant, key_of, sides
from intents.kernel.addresses import is_opaque, mailbox_name
from intents.kernel.errors import (
    Denied,
    InvalidActorScope,
    InvalidActorToken,
    InvalidApiKey,
    MissingCredential,
    OwnerMismatch,
)

TRUST_SECONDS = 2.0
"""How long a looked-up credential is believed without looking again; revoking one must act within 5 s."""
CACHED = 10_000
LAST_USED_SECONDS = 60
"""`last_used_at` is written at most this often for each credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request brought: the headers `x-api-key` and `Authorization`, and whom it says to speak for."""

    api_key: str = ""
    authorization: str = ""
    owner_query: str = ""
    owner_header: str = ""


_cache: dict[bytes, tuple[float, Actor]] = {}


def authenticate(given: Credentials) -> Tenant:
    """The actor of a request: the person when a person's token is there, with the key that came along, else the machine
    key's agent. With both, `actors.sides` has the rights of either.

    Raises MissingCredential, InvalidApiKey, InvalidActorToken, InvalidActorScope, Denied (a suspended agent), and
    OwnerMismatch, InvalidAddress or AgentNotFound for the address it speaks for.
    """
    api_key, token = given.api_key, ""
    if given.authorization:
        scheme, _, bearer = given.authorization.partition(" ")
        bearer = bearer.strip()
        if scheme.lower() != "bearer" or not bearer:
            raise InvalidActorToken("the Authorization header must be: Bearer <token>")
        if bearer.startswith(KEY_PREFIX):
            if api_key and api_key != bearer:
                raise InvalidApiKey("x-api-key and Authorization hold two different machine keys: send one")
            api_key = bearer
        else:
            token = bearer
    if not api_key and not token:
        raise MissingCredential("send a machine key as x-api-key, or a person's token as Authorization: Bearer")
    machine = _speaking_as(_machine(api_key), given) if api_key else None
    if not token:
        assert machine is not None
        return machine
    person = _person(token)
    if machine is None:
        return person
    if machine.workspace_id != person.workspace_id:
        raise InvalidActorScope("the machine key and the person's token belong to different workspaces")
    return replace(person, machine=replace(machine, person_id=person.user_id, person=person.email))


def _speaking_as(machine: Machine, given: Credentials) -> Machine:
    if given.owner_query and given.owner_header and given.owner_query != given.owner_header:
        raise OwnerMismatch("owner_agent", "the query owner_agent and the header x-owner-agent name different agents")
    owner = given.owner_query or given.owner_header
    if not owner:
        return machine
    name = mailbox_name(owner, org=machine.org_slug, workspace=machine.workspace_slug)
    if not machine.reaches(name):
        raise InvalidActorScope(f"this key speaks for {machine.label} only", owner_agent=owner)
    ensure_agents_name(machine.workspace_id, name)
    # Such a mailbox can be read, but nothing is sent in its name.
    return machine if is_opaque(owner) else replace(machine, speaks_as=name)


def forget(fingerprint: bytes | None = None) -> None:
    """Look a credential up again at its next use, all of them by default."""
    if fingerprint is None:
        _cache.clear()
    else:
        _cache.pop(fingerprint, None)


def _remembered(fingerprint: bytes) -> Actor | None:
    found = _cache.get(fingerprint)
    return found[1] if found and found[0] > time.monotonic() else None


def _remember(fingerprint: bytes, actor: Actor) -> None:
    if len(_cache) >= CACHED:
        _cache.clear()
    _cache[fingerprint] = (time.monotonic() + TRUST_SECONDS, actor)


# A credential's use is noted in the look-up itself, and seldom, so that a busy key does not write on each request.
_MACHINE = f"""
WITH found AS (
    SELECT k.id, k.workspace_id, k.agent_id, k.scope, k.tools, k.last_used_at, a.name, a.status,
           w.slug AS workspace, o.slug AS org
    FROM intents_agentkey k
    JOIN intents_agent a ON a.id = k.agent_id
    JOIN intents_workspace w ON w.id = k.workspace_id
    JOIN intents_organization o ON o.id = w.organization_id
    WHERE k.fingerprint = %(fingerprint)s AND a.status <> 'deleted' AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > {clock.NOW})
), used AS (
    UPDATE intents_agentkey k SET last_used_at = {clock.NOW} FROM found
    WHERE k.id = found.id
      AND (found.last_used_at IS NULL OR found.last_used_at < {clock.NOW} - make_interval(secs => {LAST_USED_SECONDS}))
)
SELECT id, workspace_id, agent_id, scope, tools, name, status, workspace, org FROM found
"""

_PERSON = f"""
WITH found AS (
    SELECT t.id, t.workspace_id, t.user_id, t.last_used_at, u.email, u.email_verified_at, m.role,
           w.slug AS workspace, o.slug AS org,
           ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id) AS groups,
           {absences.STANDS_IN_FOR} AS stands_in_for,
           {requirements.TOKEN_MAY} AS may, p.requires
    FROM intents_persontoken t
    JOIN intents_user u ON u.id = t.user_id
    JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
    {requirements.JOIN}
    JOIN intents_workspace w ON w.id = t.workspace_id
    JOIN intents_organization o ON o.id = w.organization_id
    WHERE t.fingerprint = %(fingerprint)s AND u.is_active AND m.suspended_at IS NULL AND t.revoked_at IS NULL
      AND (t.expires_at IS NULL OR t.expires_at > {clock.NOW})
), used AS (
    UPDATE intents_persontoken t SET last_used_at = {clock.NOW} FROM found
    WHERE t.id = found.id
      AND (found.last_used_at IS NULL OR found.last_used_at < {clock.NOW} - make_interval(secs => {LAST_USED_SECONDS}))
)
SELECT id, workspace_id, user_id, email, email_verified_at, role, workspace, org, groups, stands_in_for, may, requires
FROM found
"""


def _look_up(query: str, fingerprint: bytes) -> tuple[Any, ...] | None:
    found = statements.rows(query, {"fingerprint": fingerprint, "now": clock.override()})
    return found[0] if found else None


def _machine(api_key: str) -> Machine:
    fingerprint = secrets.fingerprint(api_key)
    actor = _remembered(fingerprint)
    if isinstance(actor, Machine):
        return actor
    row = _look_up(_MACHINE, fingerprint) if api_key.startswith(KEY_PREFIX) else None
    if row is None:
        raise InvalidApiKey("this machine key is unknown, revoked or expired")
    key_id, workspace_id, agent_id, scope, tools, name, status, workspace, org = row
    if status != "active":
        raise Denied(f"the agent {name} is {status}", status=status)
    agent = Machine(
        workspace_id=workspace_id,
        org_slug=org,
        workspace_slug=workspace,
        agent_id=agent_id,
        credential_id=key_id,
        name=name,
        speaks_as=name,
        scope=Scope(scope),
        tools=frozenset(tools),
    )
    _remember(fingerprint, agent)
    return agent


def _person(token: str) -> Person:
    fingerprint = secrets.fingerprint(token)
    actor = _remembered(fingerprint)
    if isinstance(actor, Person):
        return actor
    row = _look_up(_PERSON, fingerprint) if token.startswith(TOKEN_PREFIX) else None
    if row is None:
        raise InvalidActorToken("this person's token is unknown, revoked or expired")
    token_id, workspace_id, user_id, email, verified_at, role, workspace, org, groups, stands_in_for, may, requires = row
    if not may:
        raise Denied(requirements.refusal(requires), requires=requires)
    person = Person.stored(
        token_id,
        workspace_id=workspace_id,
        org=org,
        workspace=workspace,
        user_id=user_id,
        email=email,
        verified_at=verified_at,
        role=role,
        groups=groups,
        stands_in_for=stands_in_for,
    )
    _remember(fingerprint, person)
    return person


_VALID = f"""
SELECT k.id FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
WHERE k.id = ANY(%(ids)s) AND a.status = 'active' AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > {clock.NOW}) AND NOT {stops.does_nothing("a", "name")}
UNION ALL
SELECT t.id FROM intents_persontoken t
JOIN intents_user u ON u.id = t.user_id
JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
{requirements.JOIN}
WHERE t.id = ANY(%(ids)s) AND u.is_active AND m.suspended_at IS NULL AND t.revoked_at IS NULL
  AND (t.expires_at IS NULL OR t.expires_at > {clock.NOW}) AND {requirements.TOKEN_MAY}
"""


def still_valid(credentials: Iterable[UUID]) -> set[UUID]:
    """Of these credentials (`actor.credential_id`) the ones that would still be accepted, in one query. Not those of agents
    that may do nothing: their streams end too."""
    return {row[0] for row in statements.rows(_VALID, {"ids": list(credentials), "now": clock.override()})}


def machine(actor: Tenant) -> Machine:
    """The machine key of a request. Raises MissingCredential."""
    found = key_of(actor)
    if found is None:
        raise MissingCredential("this needs a machine key: send it as x-api-key")
    return found


def account_id(actor: Tenant) -> UUID:
    """The account that idempotency keys and rate limits belong to: an agent, or a person in one workspace."""
    return actor.agent_id if isinstance(actor, Machine) else uuid5(actor.workspace_id, str(actor.user_id))


def speaker_id(actor: Tenant, *, owner: str = "", secret: bool = False) -> UUID:
    """To whom an Idempotency-Key belongs: the account, or of several credentials these accounts, and the address it speaks
    for, which a person names as `owner`. Of an answer that shows a `secret` to the credential alone."""
    account, key = account_id(actor), key_of(actor)
    parts = [owner] if key is None and owner else []
    if key is not None and key is not actor:
        parts += [str(key.agent_id), key.speaks_as]
    elif key is not None and key.speaks_as != key.name:
        parts.append(key.speaks_as)
    if secret:
        parts += [str(side.credential_id) for side in sides(actor)]
    return uuid5(account, "\n".join(parts)) if parts else account
