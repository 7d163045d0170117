"""Service accounts: agents as those who manage them see them, with their keys."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts import bindings, signing
from intents.accounts.models import Agent, AgentKey
from intents.accounts.services import agents, keys
from intents.api import paged
from intents.api.common import REFUSALS, Request, admin, answer, as_id, once
from intents.dispatch import endpoints
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Person, Scope, Tenant, key_of
from intents.kernel.errors import Conflict, InvalidField
from intents.schemas import account_requests, responses, shapes
from intents.schemas import signing as wire
from intents.schemas.endpoints import EndpointEnabled, OneEndpoint, state
from intents.sending import health

router = Router(tags=["Service accounts"])

PAGE = 1000


def _shape(actor: Tenant, row: Agent) -> dict[str, Any]:
    return shapes.service_account(row, org=actor.org_slug, workspace=actor.workspace_slug)


def _one(actor: Tenant, row: Agent) -> dict[str, Any]:
    """An account, and its id and address once more where published programs read them."""
    shown = _shape(actor, row)
    copies = {"service_account_id": shown["service_account_id"], "address": shown["agent_address"]}
    made = {"signing_secret": row.new_signing_secret} if row.new_signing_secret else {}
    return {"ok": True, "service_account": shown} | copies | made


def _made(key: AgentKey, token: str) -> dict[str, Any]:
    return {"ok": True, "key": shapes.key(key) | {"token": token}, "api_key": token}


def _account(actor: Tenant, account_id: str) -> Agent:
    return selectors.agent(actor, as_id(account_id, "service account"))


@router.post("/service-accounts", response={200: responses.OneServiceAccount, **REFUSALS}, summary="Create an agent")
def create_service_account(request: Request, body: account_requests.CreateServiceAccount) -> HttpResponse:
    """A new agent; its address is registered at once. It has no key yet. Of a name that is taken, the account that has it,
    as it is, with `created` false: programs provision at each start."""
    actor = admin(request.auth)
    workspace = selectors.workspace(actor)
    if body.workspace_id not in (None, workspace.id):
        raise InvalidField("workspace_id", "not the workspace of this credential")
    if body.org_id not in (None, workspace.organization_id):
        raise InvalidField("org_id", "not the organization of this credential")

    def run() -> dict[str, Any]:
        try:
            row = agents.create_agent(
                actor=actor,
                workspace=workspace,
                name=body.name,
                display_name=body.display_name or "",
                description=body.description or "",
                delivery_mode=body.delivery_mode or bindings.USUAL_MODE,
                callback_url=body.callback_url or "",
            )
        except Conflict as taken:
            existing = selectors.agent_by_name(actor, taken.details["name"])
            return _one(actor, existing) | {"created": False}
        return _one(actor, row) | {"created": True}

    return once(request, run, secret=True)


@router.get("/service-accounts", response={200: responses.ServiceAccounts, **REFUSALS}, summary="List service accounts")
def list_service_accounts(
    request: Request,
    org_id: str | None = Query(None),
    workspace_id: str | None = Query(None),
    limit: int = Query(PAGE, ge=1, le=PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The service accounts of your workspace, at most 1,000 a call: go on from `next_cursor`, which is null when these were
    the last."""
    actor = request.auth
    found = selectors.agents(actor).select_related("workspace")
    rows, last = paged.agents(actor, found, org_id=org_id, workspace_id=workspace_id, cursor=cursor, limit=limit)
    return answer({"ok": True, "service_accounts": [_shape(actor, row) for row in rows], "next_cursor": last})


@router.get(
    "/service-accounts/{account_id}",
    response={200: responses.OneServiceAccount, **REFUSALS},
    summary="Get a service account",
)
def get_service_account(request: Request, account_id: str) -> HttpResponse:
    """One service account with the hints of its keys."""
    row = _account(request.auth, account_id)
    shown = _one(request.auth, row)
    shown["service_account"]["keys"] = [shapes.key(key) for key in row.keys.order_by("id")]
    return answer(shown)


@router.patch(
    "/service-accounts/{account_id}",
    response={200: responses.OneServiceAccount, **REFUSALS},
    summary="Change a service account",
)
def update_service_account(request: Request, account_id: str, body: account_requests.UpdateAgent) -> HttpResponse:
    """What `PATCH /v1/agents/{address}` does, by the account's id."""
    actor = admin(request.auth)
    row = _account(actor, account_id)
    return once(
        request,
        lambda: _one(actor, agents.update_agent(actor=actor, agent=row, **body.model_dump(exclude_unset=True))),
        secret=True,
    )


@router.delete(
    "/service-accounts/{account_id}",
    response={200: responses.OneServiceAccount, **REFUSALS},
    summary="Delete a service account",
)
def delete_service_account(request: Request, account_id: str) -> HttpResponse:
    """Retire an agent: its keys stop working and the name can be reused; queued intents stay."""
    row = agents.delete_agent(actor=admin(request.auth), agent=_account(request.auth, account_id))
    return answer({"ok": True, "service_account": _shape(request.auth, row)})


@router.post("/service-accounts/{account_id}/keys", response={200: responses.OneKey, **REFUSALS}, summary="Create a key")
def create_key(request: Request, account_id: str, body: account_requests.CreateKey) -> HttpResponse:
    """A new machine key. Its `token` is shown this once and kept only as a hash."""
    actor = admin(request.auth)
    row = _account(actor, account_id)
    scope = Scope(body.scope)

    def run() -> dict[str, Any]:
        key, token = keys.create_key(actor=actor, agent=row, scope=scope, expires_at=body.expires_at, tools=body.tools)
        return _made(key, token)

    return once(request, run, secret=True)


@router.post(
    "/service-accounts/{account_id}/keys/{key_id}/revoke",
    response={200: responses.OneKey, **REFUSALS},
    summary="Revoke a key",
)
def revoke_key(request: Request, account_id: str, key_id: str) -> HttpResponse:
    """End a key: within 5 s nothing accepts it any more, open streams included. Revoking twice changes nothing."""
    actor, key = _key(request.auth, account_id, key_id)

    def run() -> dict[str, Any]:
        return {"ok": True, "key": shapes.key(keys.revoke_key(actor=actor, key=key))}

    return once(request, run)


@router.post(
    "/service-accounts/{account_id}/keys/{key_id}/rotate",
    response={200: responses.OneKey, **REFUSALS},
    summary="Rotate a key",
)
def rotate_key(request: Request, account_id: str, key_id: str, body: account_requests.RotateKey) -> HttpResponse:
    """A new key of the same scope; the old one works on for the overlap, so that agents can change over. A machine key
    rotates itself alone, and the new one ends when the old one would have."""
    actor, key = _key(request.auth, account_id, key_id)

    def run() -> dict[str, Any]:
        new, token = keys.rotate_key(actor=actor, key=key, overlap=timedelta(seconds=body.overlap_seconds))
        return _made(new, token)

    return once(request, run, secret=True)


@router.post(
    "/service-accounts/{account_id}/signing-secret/rotate",
    response={200: wire.SigningSecret, **REFUSALS},
    summary="Rotate a signing secret",
)
def rotate_signing_secret(request: Request, account_id: str, body: account_requests.RotateSigningSecret) -> HttpResponse:
    """A new secret, or a new key pair, for what is posted to the agent's callback URL. Those before it sign as well for the
    overlap."""
    actor = admin(request.auth)
    row = _account(actor, account_id)
    overlap = timedelta(seconds=body.overlap_seconds)

    def run() -> dict[str, Any]:
        secret = agents.rotate_signing_secret(actor=actor, agent=row, overlap=overlap, kind=body.kind)
        return {"ok": True} | wire.new(secret)

    return once(request, run, secret=True)


@router.get("/service-accounts/{account_id}/endpoint", response={200: OneEndpoint, **REFUSALS}, summary="Get an endpoint")
def get_endpoint(request: Request, account_id: str) -> HttpResponse:
    """How the agent's callback URL fares."""
    row = _account(request.auth, account_id)
    return answer({"ok": True, "endpoint": state(health.of([row.id]).get(row.id))})


@router.post(
    "/service-accounts/{account_id}/endpoint/enable",
    response={200: EndpointEnabled, **REFUSALS},
    summary="Enable an endpoint",
)
def enable_endpoint(request: Request, account_id: str) -> HttpResponse:
    """Post to the agent's callback URL again that was disabled, or where nobody answered: what waits is posted at once. A
    new `callback_url` is enabled by itself."""
    actor = admin(request.auth)
    row = _account(actor, account_id)
    return once(request, lambda: {"ok": True, "applied": endpoints.enable(actor=actor, agent=row)})


@router.get(
    "/service-accounts/{account_id}/signing-keys", response={200: wire.SigningKeys, **REFUSALS}, summary="List signing keys"
)
def list_signing_keys(request: Request, account_id: str) -> HttpResponse:
    """What signs now what is posted to the agent's callback URL, with the public keys to verify it."""
    row = _account(request.auth, account_id)
    return answer({"ok": True, "keys": [wire.key(one) for one in signing.held(row, now=clock.now())]})


def _key(actor: Tenant, account_id: str, key_id: str) -> tuple[Tenant, AgentKey]:
    """A key, and who of the request manages it: an owner or admin, a workspace key, or the key itself. Raises Denied."""
    found = keys.key_of(agent=_account(actor, account_id), key_id=as_id(key_id, "key"))
    itself = key_of(actor)
    if itself is not None and itself.credential_id == found.id and not (isinstance(actor, Person) and actor.role in ADMINS):
        return itself, found
    return admin(actor), found
