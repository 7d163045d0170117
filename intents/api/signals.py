"""Completions of outside tools."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import JSON, REFUSALS, Request, as_id, checked, once, to_json
from intents.engine import waits
from intents.engine.services import callbacks, incoming, signals
from intents.schemas import responses, work_requests

router = Router(tags=["Signals"])

TAKEN = {
    "application/json": {"schema": {"type": "object"}},
    "application/cloudevents+json": {"schema": {"type": "object"}},
    "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
    "multipart/form-data": {"schema": {"type": "object"}},
    "text/plain": {"schema": {"type": "string"}},
}
"""What a callback may be; other text is taken as well."""


def _shape(received: signals.Received) -> dict[str, Any]:
    return {
        "ok": True,
        "applied": received.applied,
        "kept": received.kept,
        "intent_id": str(received.intent_id) if received.intent_id else None,
    }


@router.post(
    "/callbacks/{token}",
    auth=None,
    response={200: responses.Received, **REFUSALS},
    summary="Call back",
    openapi_extra={"requestBody": {"content": TAKEN}},
)
def call_back(request: Request, token: str) -> HttpResponse:
    """The address that a wait for a tool gave out. It needs no key: whoever knows it may end that one wait, once. The body
    goes to the waiting agent: a JSON object as it is, a CloudEvent in its JSON form, a form as `{"form", "body",
    "content_type"}`, other text as `{"body", "content_type"}`; it may be packed by gzip. Where the wait's tool is configured
    (`/v1/tools`), it has to be signed. Calling again changes nothing. What is refused is noted in the intent's history, and
    uses the address up in no case."""
    received = callbacks.receive(token=token, body=request.body, headers=request.headers)
    return HttpResponse(to_json(_shape(received)), content_type=JSON)


@router.post(
    "/incoming/{tool_id}",
    auth=None,
    response={200: responses.Incoming, **REFUSALS},
    summary="Tell what a tool did",
    openapi_extra={"requestBody": {"content": TAKEN}},
)
def come_in(request: Request, tool_id: str) -> HttpResponse:
    """The one address of a tool that cannot be given one for each wait (`external_id_at` of `/v1/tools/{tool}`). It needs no
    key, and each call has to be signed as the tool is configured. The call ends the wait for the job that it names; if
    nothing waits yet it is kept for a day (`kept`), and again it changes nothing. What tells of other events than those that
    the tool is configured for is `ignored`. What is refused is noted at the tool."""
    came = incoming.receive(
        actor=incoming.CALLER, tool_id=as_id(tool_id, "tool"), body=request.body, headers=request.headers
    )
    shown = _shape(came.received) | {"ignored": came.ignored}
    if came.challenge is not None:
        shown["challenge"] = came.challenge
    return HttpResponse(to_json(shown), content_type=JSON)


@router.post("/tools/{tool}/completions", response={200: responses.Received, **REFUSALS}, summary="Complete a tool's job")
def complete(request: Request, tool: str, body: work_requests.ToolCompletion) -> HttpResponse:
    """A tool has done the job `external_id`. It ends the wait for that job; if nothing waits yet it is kept for a day
    (`kept`). Telling it again changes nothing."""
    job = waits.Job(checked(work_requests.TOOL, tool, "tool"), body.external_id)
    return once(request, lambda: _shape(signals.complete(actor=request.auth, job=job, result=body.result)))
