"""How outside tools sign their calls."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer, checked, once
from intents.engine import tools
from intents.engine.incoming.signatures import Style
from intents.engine.models import Tool
from intents.engine.services import tools as configuring
from intents.kernel.clock import rfc3339
from intents.schemas import tools as schemas
from intents.schemas.work_requests import TOOL

router = Router(tags=["Tools"])


@router.get("/tools", response={200: schemas.ToolList, **REFUSALS}, summary="List tools")
def list_tools(request: Request) -> HttpResponse:
    """The outside tools whose callbacks have to be signed. For owners, admins and workspace keys."""
    return answer({"ok": True, "tools": [_shape(row) for row in tools.tools(request.auth)]})


@router.get("/tools/{tool}", response={200: schemas.OneTool, **REFUSALS}, summary="Get a tool")
def get_tool(request: Request, tool: str) -> HttpResponse:
    """How it signs, and the last calls that were refused. Its secrets are not shown."""
    row = tools.tool(request.auth, name=tool)
    refused = [
        {"intent_id": str(one.intent_id), "at": rfc3339(one.at), "reason": one.reason} for one in tools.refused_calls(row)
    ]
    incoming = [
        {"reason": one.reason, "first_at": rfc3339(one.first_at), "at": rfc3339(one.at)}
        for one in tools.refused_incoming(row)
    ]
    return answer({"ok": True, "tool": _shape(row), "refused_calls": refused, "refused_incoming": incoming})


@router.put("/tools/{tool}", response={200: schemas.OneTool, **REFUSALS}, summary="Set how a tool signs")
def set_tool(request: Request, tool: str, body: schemas.SetTool) -> HttpResponse:
    """From now on callbacks of waits for this tool, by the same name, have to be signed so. With a new `secret` those before
    stay valid for `overlap_seconds`. With `external_id_at` the tool gets an `incoming_url` that all its calls can go to."""
    name = checked(TOOL, tool, "tool")
    signing = configuring.Signing(
        style=Style(body.style),
        header=body.header,
        timestamp_header=body.timestamp_header,
        tolerance_seconds=body.tolerance_seconds,
        external_id_at=body.external_id_at,
        event_type_at=body.event_type_at,
        event_types=body.event_types,
    )

    def run() -> dict[str, Any]:
        overlap = timedelta(seconds=body.overlap_seconds)
        row = configuring.set_tool(actor=request.auth, name=name, signing=signing, secret=body.secret, overlap=overlap)
        return {"ok": True, "tool": _shape(row), "refused_calls": []}

    return once(request, run)


@router.delete("/tools/{tool}", response={200: schemas.OneTool, **REFUSALS}, summary="Forget how a tool signs")
def remove_tool(request: Request, tool: str) -> HttpResponse:
    """Its callbacks may come unsigned again, and its secrets are erased."""

    def run() -> dict[str, Any]:
        return {"ok": True, "tool": _shape(configuring.remove_tool(actor=request.auth, name=tool)), "refused_calls": []}

    return once(request, run)


def _shape(row: Tool) -> dict[str, Any]:
    return {
        "tool_id": str(row.id),
        "tool": row.name,
        "style": row.style,
        "header": row.header,
        "timestamp_header": row.timestamp_header,
        "tolerance_seconds": row.tolerance_seconds,
        "external_id_at": row.external_id_at,
        "event_type_at": row.event_type_at,
        "event_types": row.event_types,
        "incoming_url": tools.address(row),
        "has_secret": bool(row.signing),
        "secret_set_at": rfc3339(row.secret_set_at),
        "old_secrets_until": rfc3339(row.old_secrets_until) if row.old_secrets_until else None,
        "created_at": rfc3339(row.created_at),
        "created_by": row.created_by,
        "updated_at": rfc3339(row.updated_at),
    }
