"""Who may send to whom: the policy and the override of agents, and what holds of an organization's agents in general."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, admin, answer, as_id, local, once
from intents.api.organizations import of_organization
from intents.engine import selectors as engine
from intents.kernel.actors import Tenant, full_address
from intents.kernel.addresses import in_path
from intents.receiving import selectors
from intents.receiving.models import RulePart, SendMode
from intents.receiving.services import rules
from intents.receiving.services.rules import Of
from intents.schemas import receiving as schemas

router = Router(tags=["Who may send to whom"])

AGENT = "/agents/{path:address}"
ORGANIZATION = "/organizations/{org_id}/receive-policy"


@router.get(f"{AGENT}/policy", response={200: schemas.OneSendPolicy, **REFUSALS}, summary="Get who may send to an agent")
def get_send_policy(request: Request, address: str) -> HttpResponse:
    """All, until something else is said."""
    return answer(_shown(request.auth, _agent(request, address, RulePart.POLICY)))


@router.put(f"{AGENT}/policy", response={200: schemas.OneSendPolicy, **REFUSALS}, summary="Say who may send to an agent")
def set_send_policy(request: Request, address: str, body: schemas.SetSendPolicy) -> HttpResponse:
    """From now on; what was sent before stays. What others send or hand over to it is 403 `policy_denied`, on every door.
    For owners, admins and workspace keys of other agents."""
    return _set(request, _agent(request, address, RulePart.POLICY), body.policy_type, "policy_type")


@router.post(f"{AGENT}/policy/entries", response={200: schemas.OneSendPolicy, **REFUSALS}, summary="Name a sender")
def add_send_policy_entry(request: Request, address: str, body: schemas.AddSender) -> HttpResponse:
    """Who is meant by `allowlist` or `denylist`. One that is named already stays as it is."""
    return _add(request, _agent(request, address, RulePart.POLICY), body)


@router.delete(
    f"{AGENT}/policy/entries/{{entry_id}}",
    response={200: schemas.OneSendPolicy, **REFUSALS},
    summary="Name a sender no more",
)
def remove_send_policy_entry(request: Request, address: str, entry_id: str) -> HttpResponse:
    """The policy is answered as it is then."""
    return _remove(request, _agent(request, address, RulePart.POLICY), entry_id)


@router.get(
    f"{AGENT}/receive-override",
    response={200: schemas.OneReceiveOverride, **REFUSALS},
    summary="Get an agent's receive override",
)
def get_receive_override(request: Request, address: str) -> HttpResponse:
    """`use_org_default`, until something else is said: then the organization's receive policy holds."""
    return answer(_shown(request.auth, _agent(request, address, RulePart.RECEIVE)))


@router.put(
    f"{AGENT}/receive-override",
    response={200: schemas.OneReceiveOverride, **REFUSALS},
    summary="Set an agent's receive override",
)
def set_receive_override(request: Request, address: str, body: schemas.SetReceiveOverride) -> HttpResponse:
    """Say who may send to the agent, whatever the organization's receive policy says. Its own policy holds as well. For
    owners, admins and workspace keys of other agents."""
    return _set(request, _agent(request, address, RulePart.RECEIVE), body.override_type, "override_type")


@router.post(
    f"{AGENT}/receive-override/entries",
    response={200: schemas.OneReceiveOverride, **REFUSALS},
    summary="Name a sender in a receive override",
)
def add_receive_override_entry(request: Request, address: str, body: schemas.AddSender) -> HttpResponse:
    """Who is meant by `allowlist`. One that is named already stays as it is."""
    return _add(request, _agent(request, address, RulePart.RECEIVE), body)


@router.delete(
    f"{AGENT}/receive-override/entries/{{entry_id}}",
    response={200: schemas.OneReceiveOverride, **REFUSALS},
    summary="Name a sender in a receive override no more",
)
def remove_receive_override_entry(request: Request, address: str, entry_id: str) -> HttpResponse:
    """The override is answered as it is then."""
    return _remove(request, _agent(request, address, RulePart.RECEIVE), entry_id)


@router.get(ORGANIZATION, response={200: schemas.OneReceivePolicy, **REFUSALS}, summary="Get a receive policy")
def get_receive_policy(request: Request, org_id: str) -> HttpResponse:
    """Who may send to the agents of your workspace that have no receive override: all, until something else is said."""
    return answer(_shown(request.auth, _organization(request, org_id)))


@router.put(ORGANIZATION, response={200: schemas.OneReceivePolicy, **REFUSALS}, summary="Set a receive policy")
def set_receive_policy(request: Request, org_id: str, body: schemas.SetReceivePolicy) -> HttpResponse:
    """Of the agents of your workspace, as everything is of the credential's workspace. It holds of all senders: those of
    other workspaces reach nobody here at all. For owners and admins, as people."""
    return _set(request, _organization(request, org_id), body.policy_type, "policy_type")


@router.post(
    f"{ORGANIZATION}/entries",
    response={200: schemas.OneReceivePolicy, **REFUSALS},
    summary="Name a sender in a receive policy",
)
def add_receive_policy_entry(request: Request, org_id: str, body: schemas.AddSender) -> HttpResponse:
    """Who is meant by `allowlist`. One that is named already stays as it is."""
    return _add(request, _organization(request, org_id), body)


@router.delete(
    f"{ORGANIZATION}/entries/{{entry_id}}",
    response={200: schemas.OneReceivePolicy, **REFUSALS},
    summary="Name a sender in a receive policy no more",
)
def remove_receive_policy_entry(request: Request, org_id: str, entry_id: str) -> HttpResponse:
    """The policy is answered as it is then."""
    return _remove(request, _organization(request, org_id), entry_id)


def _agent(request: Request, address: str, part: RulePart) -> Of:
    """Raises Denied for who may not change it and wants to, AgentNotFound for one that is not registered."""
    if request.method != "GET":
        admin(request.auth)
    return Of(engine.agent_by_name(request.auth, local(request.auth, in_path(address))).name, part)


def _organization(request: Request, org_id: str) -> Of:
    of_organization(request.auth, org_id)
    return Of("", RulePart.RECEIVE)


def _set(request: Request, of: Of, mode: str, field: str) -> HttpResponse:
    actor = admin(request.auth)
    return _changed(request, of, lambda: rules.set_mode(actor=actor, of=of, mode=SendMode(mode), field=field))


def _add(request: Request, of: Of, body: schemas.AddSender) -> HttpResponse:
    actor = admin(request.auth)
    return _changed(request, of, lambda: rules.add_entry(actor=actor, of=of, sender_pattern=body.sender_pattern))


def _remove(request: Request, of: Of, entry_id: str) -> HttpResponse:
    actor, wanted = admin(request.auth), as_id(entry_id, "sender")
    return _changed(request, of, lambda: rules.remove_entry(actor=actor, of=of, entry_id=wanted))


def _changed(request: Request, of: Of, work: Callable[[], object]) -> HttpResponse:
    def run() -> dict[str, Any]:
        work()
        return _shown(request.auth, of)

    return once(request, run)


def _shown(actor: Tenant, of: Of) -> dict[str, Any]:
    rule = selectors.rule(actor, of.name, of.part)
    if not of.name:
        org = str(engine.workspace(actor).organization_id)
        return {"ok": True, "policy": {"org_id": org} | schemas.shown(rule, "policy_type")}
    address = {"address": full_address(actor.org_slug, actor.workspace_slug, of.name)}
    if of.part == RulePart.RECEIVE:
        return {"ok": True, "override": address | schemas.shown(rule, "override_type")}
    return {"ok": True, "policy": address | schemas.shown(rule, "policy_type")}
