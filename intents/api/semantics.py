"""Semantic schemas: what the payloads of a type of intent hold."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, admin, answer, once
from intents.kernel import canonical
from intents.kernel.errors import Denied
from intents.kernel.jsonschema import judging
from intents.schemas import semantics as shapes
from intents.semantics import selectors, trying
from intents.semantics.models import Mode
from intents.semantics.services import registering

router = Router(tags=["Schemas"])


@router.get("/schemas", response={200: shapes.SchemaList, **REFUSALS}, summary="List schemas")
def list_schemas(request: Request) -> HttpResponse:
    """The types that have schemas, by name, the newest version of each first."""
    return answer({"ok": True, "schemas": [shapes.shown(row) for row in selectors.schemas(request.auth).defer("document")]})


@router.post("/schemas", response={200: shapes.OneSchema, **REFUSALS}, summary="Register a schema")
def upsert_schema(request: Request, body: shapes.UpsertSchema) -> HttpResponse:
    """Say what payloads of a type hold, from now on and on every door that takes intents. The same again changes nothing. A
    schema in the mode `backward` must allow all that the version before allows. For owners, admins and workspace keys."""
    actor = admin(request.auth)
    if body.scope != "tenant":
        raise Denied("schemas of the scope core are the server's own")

    def run() -> dict[str, Any]:
        row = registering.register(
            actor=actor,
            semantic_type=body.semantic_type,
            schema=body.document,
            mode=Mode(body.compatibility_mode),
            schema_ref=body.schema_ref or "",
            active=body.active,
        )
        return {"ok": True, "schema": shapes.shown(row)}

    return once(request, run)


@router.get("/schemas/{semantic_type}", response={200: shapes.GotSchema, **REFUSALS}, summary="Get a schema")
def get_schema(request: Request, semantic_type: str) -> HttpResponse:
    """One version of a type, with its JSON Schema."""
    row = selectors.schema(request.auth, semantic_type)
    return answer({"ok": True, "schema": shapes.shown(row) | {"schema_json": canonical.loads(row.document)}})


@router.post("/schemas/{semantic_type}/validate", response={200: shapes.TriedPayload, **REFUSALS}, summary="Try a payload")
def try_payload(request: Request, semantic_type: str, body: shapes.TryPayload) -> HttpResponse:
    """Hold a payload against a type's schema, as submitting an intent does: a type without a version stands for its newest.
    Nothing is kept."""

    def run() -> dict[str, Any]:
        tried = trying.tried(request.auth, semantic_type, body.payload)
        return {
            "ok": True,
            "valid": not tried.wrong,
            "accepted": tried.accepted,
            "semantic_type": tried.semantic_type,
            "errors": judging.told(tried.wrong),
        }

    return once(request, run)
