"""The one API: its routers, and the one table from the domain's errors to HTTP."""

from copy import deepcopy
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel

from axme_site import __version__, problems
from inbox.api import (
    bulk,
    calendars,
    decision_metrics,
    intent_types,
    notifications,
    operations,
    out_of_office,
    overview,
    policies,
    receipts,
    schedules,
    standing_grants,
    tasks,
    watching,
)
from inbox.tasks.specs import HumanTask
from intents.api import (
    access_requests,
    agents,
    command_lines,
    deliveries,
    feed,
    inbox,
    intents,
    media,
    mesh,
    mesh_fleet,
    mesh_policies,
    organizations,
    portal,
    quotas,
    receiving,
    retention,
    scenarios,
    semantics,
    service_accounts,
    sessions,
    signals,
    system,
    tools,
    users,
    webhooks,
    work,
)
from intents.api.common import REFUSALS, Credential, StrictJson
from intents.engine import admission
from intents.kernel import errors
from intents.kernel.actors import Machine, Person
from intents.schemas import refusals
from intents.schemas.bundles import ScenarioBundle
from intents.schemas.responses import Error
from intents.streams import downloads, openapi

log = structlog.get_logger()

DESCRIPTION = """
Durable intents for agents, services and people.

An agent submits an **intent**; the server keeps it until somebody finishes it, for seconds or weeks, through crashes and
restarts. Agents get their work from a stream under a lease, and whatever a crashed agent held is delivered again.

Send a machine key as `x-api-key`. A person's token goes into `Authorization: Bearer`; sent together, the person acts.
A POST with an `Idempotency-Key` header can be repeated safely.
"""
TOKEN = {"type": "http", "scheme": "bearer", "description": "A person's token, or a machine key."}


class Api(NinjaAPI):
    """Ninja's API, whose document also tells of refusals, of the endpoints that answer on the async edge, and of people's
    tokens."""

    def get_openapi_schema(self, **options: Any) -> Any:
        document = super().get_openapi_schema(**options)
        for methods in document["paths"].values():
            for operation in methods.values():
                operation["responses"] |= _refusals(operation["responses"])
        document["paths"] |= deepcopy(openapi.PATHS | downloads.documents)
        document["components"]["schemas"] = openapi.schemas() | document["components"]["schemas"]
        _type_human_tasks(document["components"]["schemas"])
        _add_shape(document["components"]["schemas"], ScenarioBundle)
        document["components"]["securitySchemes"]["Token"] = TOKEN
        for operation in (one for methods in document["paths"].values() for one in methods.values()):
            if operation.get("security"):
                operation["security"] = [*operation["security"], {"Token": []}, {"Credential": [], "Token": []}]
        return document


def _type_human_tasks(schemas: dict[str, Any]) -> None:
    """What the domain takes as an open object, for it does not know the inbox, is in truth what the inbox reads."""
    asked = HumanTask.model_json_schema(ref_template=openapi.REF)
    schemas |= asked.pop("$defs", {})
    schemas["AskedTask"] = asked | {"title": "AskedTask"}
    ref = {"$ref": openapi.REF.format(model="AskedTask")}
    for shape in schemas.values():
        task = shape.get("properties", {}).get("human_task", {})
        for one in (task, *task.get("anyOf", ())):
            if one.pop("additionalProperties", False):
                del one["type"]
                one.update(ref)


def _add_shape(schemas: dict[str, Any], shape: type[BaseModel]) -> None:
    """Describe a body that an endpoint reads by itself."""
    described = shape.model_json_schema(ref_template=openapi.REF)
    schemas |= described.pop("$defs", {})
    schemas[shape.__name__] = described


def _refusals(answers: dict[int, Any]) -> dict[int, Any]:
    """The refusals among an operation's answers, with their shape."""
    return {status: {**answers[status], "content": openapi.as_json(Error)} for status in answers if status in REFUSALS}


api = Api(
    title="AXME Inbox",
    version=__version__,
    description=DESCRIPTION,
    auth=Credential(),
    parser=StrictJson(),
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
)
for router in (
    intents.router,
    work.router,
    signals.router,
    tools.router,
    receiving.router,
    agents.router,
    mesh_policies.router,
    mesh_fleet.router,
    mesh.router,
    feed.router,
    inbox.router,
    tasks.router,
    receipts.router,
    intent_types.router,
    calendars.router,
    schedules.router,
    policies.router,
    standing_grants.router,
    notifications.router,
    out_of_office.router,
    operations.router,
    bulk.router,
    overview.router,
    decision_metrics.router,
    watching.router,
    media.router,
    retention.router,
    scenarios.router,
    service_accounts.router,
    users.router,
    organizations.router,
    semantics.router,
    quotas.router,
    access_requests.router,
    webhooks.router,
    deliveries.router,
    command_lines.router,
    portal.router,
    sessions.router,
    system.router,
):
    api.add_router("/v1", router)


@api.exception_handler(errors.DomainError)
def _domain(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    if isinstance(actor := getattr(request, "auth", None), Person | Machine):
        admission.note_refused(actor.workspace_id, error)
    return problems.refused(error)


@api.exception_handler(ValidationError)
def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # Ninja puts the part of the request before each place, and the name of the argument in front of a body's.
    inner = ({**one, "loc": [part for part in one["loc"][1:] if part != "body"]} for one in error.errors)
    found = refusals.problems_of(inner)
    field, words = found[0]
    details = {"field": field, "errors": [{"field": field, "message": words} for field, words in found]}
    return problems.response(422, "schema_invalid", f"{field}: {words}".removeprefix(": "), details=details)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, errors.DomainError):
        return _domain(request, error.__cause__)
    raise error


@api.exception_handler(Exception)
def _bug(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, problems.DATABASE_AWAY):
        return problems.unavailable(error)
    log.exception("request_failed")
    return problems.logged(problems.response(500, "internal_error", "something went wrong on our side"))
