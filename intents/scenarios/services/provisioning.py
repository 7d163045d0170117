"""The agents of a scenario: those that are missing and may be made get an account and a key of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from intents.accounts import bindings, settable
from intents.accounts.models import Agent, AgentKey
from intents.accounts.services import agents, keys
from intents.engine import selectors
from intents.kernel.actors import ADMINS, Machine, Person, Scope, Tenant, sides
from intents.kernel.addresses import full_address, local_name
from intents.kernel.errors import Conflict, Denied, DomainError, InvalidField
from intents.scenarios.compiling import Problem


@dataclass(frozen=True, slots=True)
class Participant:
    """An agent of a scenario. `row` is None where nobody registered it, and `secret` the key it got now."""

    role: str
    address: str
    row: Agent | None
    secret: str | None = None
    key: AgentKey | None = None


def provide(*, actor: Tenant, wanted: Sequence[Mapping[str, Any]]) -> list[Participant]:
    """The agents that a document names, made where they are missing and it asks for that. Raises Denied for who does not
    manage agents, and what making an agent raises, naming its place."""
    names, known = _known(actor, wanted)
    found = []
    for place, (one, name) in enumerate(zip(wanted, names, strict=True)):
        address = full_address(actor.org_slug, actor.workspace_slug, name)
        if name in known or not one["create_if_missing"]:
            found.append(Participant(one["role"], address, known.get(name)))
            continue
        manager = _manager(actor)
        try:
            with transaction.atomic():
                row = agents.create_agent(
                    actor=manager,
                    workspace=selectors.workspace(actor),
                    name=name,
                    display_name=one["display_name"],
                    description=one["description"],
                    callback_url=one["callback_url"],
                    **_mode(one),
                )
        except InvalidField as refusal:
            raise InvalidField(*_placed(place, refusal)) from refusal
        except Conflict:
            # Somebody else made it at this moment, and has its key.
            if not (theirs := next(iter(selectors.agents_of(actor.workspace_id, [name])), None)):
                raise
            known[name] = theirs
            found.append(Participant(one["role"], address, theirs))
            continue
        key, secret = keys.create_key(actor=manager, agent=row, scope=Scope.OWN)
        known[name] = row
        found.append(Participant(one["role"], address, row, secret, key))
    return found


def problems(*, actor: Tenant, wanted: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What would keep `provide` from making the agents that are missing."""
    names, known = _known(actor, wanted)
    found: list[Problem] = []
    for place, (one, name) in enumerate(zip(wanted, names, strict=True)):
        if name in known or not one["create_if_missing"]:
            continue
        given = {"delivery_mode": bindings.USUAL_MODE} | _mode(one)
        try:
            _manager(actor)
            settable.ensure_sound(local=name, display_name=one["display_name"], callback_url=one["callback_url"], **given)
        except InvalidField as refusal:
            found.append(_placed(place, refusal))
        except DomainError as refusal:
            found.append((f"agents.{place}", refusal.message))
    return found


def _known(actor: Tenant, wanted: Sequence[Mapping[str, Any]]) -> tuple[list[str], dict[str, Agent]]:
    """The local names of agents, and those of them that are registered."""
    names = [local_name(one["address"], org=actor.org_slug, workspace=actor.workspace_slug) for one in wanted]
    return names, {row.name: row for row in selectors.agents_of(actor.workspace_id, names)}


def _mode(one: Mapping[str, Any]) -> dict[str, str]:
    return {"delivery_mode": one["delivery_mode"]} if one["delivery_mode"] else {}


def _placed(place: int, refusal: InvalidField) -> Problem:
    field = refusal.details["field"]
    return f"agents.{place}.{'address' if field == 'name' else field}", refusal.reason


def _manager(actor: Tenant) -> Tenant:
    """Who of the request manages agents. Raises Denied."""
    for side in reversed(sides(actor)):
        match side:
            case Person() if side.role in ADMINS:
                return side
            case Machine() if side.scope is Scope.WORKSPACE:
                return side
    raise Denied("only an owner, an admin or a workspace key makes the agents that are missing")
