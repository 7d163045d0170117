"""From credentials to an Actor: machine keys, person tokens, and on whose behalf a request speaks."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from intents.accounts import bearers, requirements
from intents.accounts import credentials as rows
from intents.accounts.services.keys import PREFIX as KEY_PREFIX
from intents.accounts.services.tokens import PREFIX as TOKEN_PREFIX
from intents.engine.selectors import ensure_agents_name
from intents.kernel import clock, secrets, statements
from intents.kernel.actors import Actor, Machine, Person, Scope, Tenant, key_of, sides
from intents.kernel.addresses import is_opaque, mailbox_name
from intents.kernel.errors import (
    Denied,
    DomainError,
    InvalidActorScope,
    InvalidActorToken,
    InvalidApiKey,
    MissingActorToken,
    MissingCredential,
    OwnerMismatch,
)

TRUST_SECONDS = 2.0
"""How long a looked-up credential is believed without looking again; revoking one must act within 5 s."""
CACHED = 10_000


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
    line = _line(api_key) if api_key.startswith(bearers.KEY_PREFIX) else None
    machine = (line.machine if line else _machine(api_key)) if api_key else None
    machine = _speaking_as(machine, given) if machine else None
    if not token:
        if machine is None:
            raise MissingActorToken("this is the key of a command line: send its session's token along, as it does")
        return machine
    person = _person(token)
    if line is not None and line.user_id != person.user_id:
        raise InvalidActorScope("the key and the session are of different people")
    return person if machine is None else _with_key(person, machine)


def remembered(api_key: str) -> Machine | None:
    """The agent of a machine key that was looked up a moment ago, without any look at the database; else None, also for
    keys of command lines."""
    actor = _remembered(secrets.fingerprint(api_key)) if api_key.startswith(KEY_PREFIX) else None
    return actor if isinstance(actor, Machine) else None


def remembered_person(token: str, api_key: str) -> Person | None:
    """The person of a token, with the key that came along, if one did: both looked up a moment ago. As `remembered`."""
    person = _remembered(secrets.fingerprint(token))
    if not isinstance(person, Person) or not api_key:
        return person if isinstance(person, Person) else None
    machine = remembered(api_key)
    return _with_key(person, machine) if machine is not None else None


def trusted_for(credential: str) -> float | None:
    """For how many seconds a credential that was looked up is still believed, negative when it is no more; None for one that
    was not looked up, or not accepted then."""
    found = _cache.get(secrets.fingerprint(credential))
    return found[0] - time.monotonic() if found else None


def workspace_of(credential: str) -> UUID | None:
    """The workspace of a credential that was looked up before, also where it is believed no more: for sharing out what there
    is, never for what somebody may do."""
    found = _cache.get(secrets.fingerprint(credential))
    return found[1].workspace_id if found and isinstance(found[1], Machine | Person) else None


def look_again(credential: str) -> None:
    """Look up a credential that was looked up before, and believe it from now on, or no more. Uses the database."""
    try:
        if credential.startswith(KEY_PREFIX):
            _looked_up_machine(credential)
        else:
            _looked_up_person(credential)
    except DomainError:
        forget(secrets.fingerprint(credential))


def _with_key(person: Person, machine: Machine) -> Person:
    """Raises InvalidActorScope."""
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


def _remember(fingerprint: bytes, actor: Actor, asked_at: float) -> None:
    """As the database had it when it was asked: what was revoked while it answered is found out in time."""
    if len(_cache) >= CACHED:
        _cache.clear()
    _cache[fingerprint] = (asked_at + TRUST_SECONDS, actor)


def _look_up(query: str, fingerprint: bytes, session: UUID | None = None) -> tuple[Any, ...] | None:
    found = statements.rows(query, {"fingerprint": fingerprint, "session": session, "now": clock.override()})
    return found[0] if found else None


class Line(NamedTuple):
    """A command line that sent its key: whose it is, and the agent in whose name it sends."""

    user_id: UUID
    machine: Machine | None


def _line(api_key: str) -> Line:
    """Looked up at each use: ending a session ends it at once, everywhere."""
    row = _look_up(rows.BY_KEY, secrets.fingerprint(api_key))
    if row is None:
        raise InvalidActorToken("this session of a command line is unknown, or has ended")
    workspace_id, user_id, key_id, agent_id, name, status, workspace, org, may, requires = row
    if not may:
        raise Denied(requirements.refusal(requires), requires=requires)
    if key_id is None or status != "active":
        return Line(user_id, None)
    agent = Machine(
        workspace_id=workspace_id,
        org_slug=org,
        workspace_slug=workspace,
        agent_id=agent_id,
        credential_id=key_id,
        name=name,
        speaks_as=name,
        scope=Scope.OWN,
    )
    return Line(user_id, agent)


def _machine(api_key: str) -> Machine:
    fingerprint = secrets.fingerprint(api_key)
    actor = _remembered(fingerprint)
    return actor if isinstance(actor, Machine) else _looked_up_machine(api_key)


def _looked_up_machine(api_key: str) -> Machine:
    fingerprint, asked_at = secrets.fingerprint(api_key), time.monotonic()
    row = _look_up(rows.MACHINE, fingerprint) if api_key.startswith(KEY_PREFIX) else None
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
    _remember(fingerprint, agent, asked_at)
    return agent


def _person(token: str) -> Person:
    fingerprint = secrets.fingerprint(token)
    actor = _remembered(fingerprint)
    return actor if isinstance(actor, Person) else _looked_up_person(token)


def _looked_up_person(token: str) -> Person:
    fingerprint, asked_at = secrets.fingerprint(token), time.monotonic()
    row, session = None, None
    if token.startswith(TOKEN_PREFIX):
        row = _look_up(rows.BY_TOKEN, fingerprint)
    elif bearers.looks_like_one(token) and (session := bearers.session_of(token, now=clock.now())):
        row = _look_up(rows.BY_SESSION, fingerprint, session)
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
    if session is None:  # that of a command line is looked up at each use: it may move to another workspace
        _remember(fingerprint, person, asked_at)
    return person


def still_valid(credentials: Iterable[UUID]) -> set[UUID]:
    """Of these credentials (`actor.credential_id`) the ones that would still be accepted, in one query. Not those of agents
    that may do nothing: their streams end too."""
    return {row[0] for row in statements.rows(rows.VALID, {"ids": list(credentials), "now": clock.override()})}


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
