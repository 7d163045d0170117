"""Sessions of agents: threads of messages with a life of their own."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.schemas import fields
from intents.schemas import sessions as shapes
from intents.threads import selectors
from intents.threads.services import sessions

router = Router(tags=["Sessions"])

SINCE = Query(0, ge=0, le=fields.INT_MAX, description="Only what came after this `seq`.")
LIMIT = Query(selectors.MOST, ge=1, le=selectors.MOST)


def _wanted(session_id: str) -> UUID:
    return as_id(session_id, "session")


@router.post("/sessions", response={200: shapes.SessionBegun, **REFUSALS}, summary="Begin a session")
def create_session(request: Request, body: shapes.CreateSession) -> HttpResponse:
    """A thread of messages, of whatever type. A workspace key sees all sessions, an own key those that its agent began."""
    actor = request.auth

    def run() -> dict[str, Any]:
        row = sessions.begin(
            actor=actor,
            kind=body.type,
            project_id=body.project_id or "",
            parent_id=body.parent_session_id,
            depends_on=body.depends_on or (),
            metadata=body.metadata,
        )
        shown = shapes.session(row)
        return {"ok": True} | {name: shown[name] for name in ("session_id", "status", "type", "created_at")}

    return once(request, run)


@router.get("/sessions", response={200: shapes.AgentSessions, **REFUSALS}, summary="List sessions")
def list_sessions(
    request: Request,
    status: shapes.StatusName | None = Query(None),
    parent_session_id: str | None = Query(None),
    limit: int = LIMIT,
) -> HttpResponse:
    """Those that you may see, newest first."""
    rows = selectors.sessions(request.auth)
    if status is not None:
        rows = rows.filter(status=status)
    if parent_session_id is not None:
        rows = rows.filter(parent_id=_wanted(parent_session_id))
    return answer({"ok": True, "sessions": [shapes.session(row) for row in rows[:limit]]})


@router.get("/sessions/{session_id}", response={200: shapes.OneAgentSession, **REFUSALS}, summary="Get a session")
def get_session(request: Request, session_id: str) -> HttpResponse:
    """One session, and its result when it is completed."""
    return answer({"ok": True, "session": shapes.session(selectors.session(request.auth, _wanted(session_id)))})


@router.post("/sessions/{session_id}/messages", response={200: shapes.MessagePosted, **REFUSALS}, summary="Post a message")
def post_message(request: Request, session_id: str, body: shapes.PostMessage) -> HttpResponse:
    """Append a message to a session that is not completed."""
    actor, wanted = request.auth, _wanted(session_id)

    def run() -> dict[str, Any]:
        row = sessions.post(
            actor=actor, session_id=wanted, role=body.role, content=body.content, content_type=body.content_type
        )
        return {"ok": True, "message_id": str(row.id), "seq": row.seq}

    return once(request, run)


@router.get("/sessions/{session_id}/messages", response={200: shapes.SessionMessages, **REFUSALS}, summary="List messages")
def list_messages(request: Request, session_id: str, since: int = SINCE, limit: int = LIMIT) -> HttpResponse:
    """The messages of a session in their order."""
    row = selectors.session(request.auth, _wanted(session_id))
    found = selectors.messages(row, since=since, limit=limit)
    return answer({"ok": True, "messages": [shapes.message(one) for one in found]})


@router.get("/sessions/{session_id}/feed", response={200: shapes.SessionFeed, **REFUSALS}, summary="Read a session's feed")
def get_feed(request: Request, session_id: str, since: int = SINCE, limit: int = LIMIT) -> HttpResponse:
    """What happened in a session in its order: messages, then its end."""
    row = selectors.session(request.auth, _wanted(session_id))
    found = selectors.messages(row, since=since, limit=limit)
    told = [shapes.said(one) for one in found]
    if row.completed_at is not None and len(found) < limit and since <= row.seq:
        told.append(shapes.completed(row))
    return answer({"ok": True, "feed": told})


@router.post("/sessions/{session_id}/complete", response={200: shapes.SessionCompleted, **REFUSALS}, summary="End a session")
def complete_session(request: Request, session_id: str, body: shapes.CompleteSession) -> HttpResponse:
    """End a session with a result, once."""
    actor, wanted = request.auth, _wanted(session_id)

    def run() -> dict[str, Any]:
        row = sessions.complete(actor=actor, session_id=wanted, result=body.result)
        return {"ok": True, "session_id": str(row.id), "status": row.status, "result": row.result}

    return once(request, run)
