"""An agent's inbox: its threads, what changed in them, and what to do with one."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts.bearers import KEY_PREFIX
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, once, seen
from intents.engine import selectors
from intents.kernel.actors import Person, key_of
from intents.kernel.addresses import mailbox_name
from intents.kernel.errors import InvalidField, OwnerMismatch
from intents.schemas import inbox
from intents.threads.services import threads, views
from intents.threads.services.views import Owner, Thread

router = Router(tags=["Inbox"])

PAGE = 50
LONGEST_PAGE = 200

OWNER = Query(
    None, description="Whose inbox: an agent's address. Your key's own when absent; `x-owner-agent` says the same."
)


def _named(request: Request) -> Owner | None:
    """The owner that a request names, or that its machine key is."""
    query, header = request.GET.get("owner_agent"), request.META.get("HTTP_X_OWNER_AGENT")
    if query and header and query != header:
        raise OwnerMismatch("owner_agent", "the query owner_agent and the header x-owner-agent name different agents")
    address = query or header
    if address:
        actor = request.auth
        return Owner(mailbox_name(address, org=actor.org_slug, workspace=actor.workspace_slug), address)
    key = key_of(request.auth)
    return Owner(key.speaks_as, key.label) if key is not None else None


def _owner(request: Request) -> Owner:
    """Whose threads to list. Raises InvalidField for a person who names nobody."""
    owner = _named(request)
    if owner is None:
        raise InvalidField("owner_agent", "name the agent whose inbox to show")
    return owner


def _owner_of(request: Request, thread_id: UUID) -> Owner:
    """Whose view of a thread to take: a person who names nobody sees it as the agent it is addressed to, unless it is one
    of the key that came along. Raises Missing."""
    owner = _named(request)
    if owner is None or (isinstance(request.auth, Person) and not _says_whose(request)):
        row = selectors.intent(request.auth, thread_id)
        if owner is None or views.part(row=row, name=owner.name) is None:
            owner = Owner(row.mailbox, row.to_agent)
    return owner


def _says_whose(request: Request) -> bool:
    return bool(request.GET.get("owner_agent") or request.META.get("HTTP_X_OWNER_AGENT"))


def _is_of_everybody(request: Request) -> bool:
    """Whether a command line asks that named no agent: it has none whose inbox could be meant, and lists what there is."""
    return not _says_whose(request) and request.META.get("HTTP_X_API_KEY", "").startswith(KEY_PREFIX)


def _all(request: Request, limit: int, cursor: str | None) -> HttpResponse:
    """The newest intents that a command line's person may see, as threads."""
    before = cursors.parse("i", cursor) if cursor is not None else None
    found, more = views.newest_of_all(actor=request.auth, limit=limit, before=before)
    last = cursors.cursor("i", found[-1].intent.id) if more else None
    return answer({"ok": True, "threads": inbox.threads(found), "next_cursor": last})


@router.get("/inbox", response={200: inbox.Threads, **REFUSALS}, summary="List an inbox")
def list_threads(
    request: Request,
    owner_agent: str | None = OWNER,
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """The threads of an agent, the last changed first: intents addressed to it, delegated by or to it, and the completions
    of those that name it in `reply_to`. Each shows its newest 50 entries. A thread that changes while you turn the
    pages moves to the front, past where you are: `/inbox/changes` misses nothing. A command line that signed in and names
    no agent gets the newest intents of the workspace."""
    if _is_of_everybody(request):
        return _all(request, limit, cursor)
    before = views.position(cursor=cursor, kind=views.NEWEST) if cursor is not None else None
    page = views.newest(actor=request.auth, owner=_owner(request), limit=limit, before=before)
    return answer(
        {
            "ok": True,
            "threads": inbox.threads([thread for _, thread in page.threads]),
            "next_cursor": page.threads[-1][0].cursor(views.NEWEST) if page.more else None,
        }
    )


@router.get("/inbox/changes", response={200: inbox.Changes, **REFUSALS}, summary="Learn what changed in an inbox")
def list_changes(
    request: Request,
    owner_agent: str | None = OWNER,
    cursor: str | None = Query(None, min_length=3, max_length=128, description="Where you are; from the beginning without."),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
) -> HttpResponse:
    """The threads that changed since a cursor, each once and as it is now. Going on from `next_cursor` misses nothing."""
    after = views.position(cursor=cursor, kind=views.CHANGES) if cursor is not None else views.START
    page = views.changes(actor=request.auth, owner=_owner(request), limit=limit, after=after)
    last = page.threads[-1][0] if page.threads else after
    return answer(
        {
            "ok": True,
            "changes": inbox.changes(page.threads),
            "next_cursor": last.cursor(views.CHANGES),
            "has_more": page.more,
        }
    )


@router.get("/inbox/{thread_id}", response={200: inbox.OneThread, **REFUSALS}, summary="Get a thread")
def get_thread(request: Request, thread_id: str, owner_agent: str | None = OWNER) -> HttpResponse:
    """One thread with its newest 1,000 entries and its whole intent. Its id is the intent's."""
    wanted = as_id(thread_id, "thread")
    owner = _owner_of(request, wanted)
    return answer(_shown(request, views.thread(actor=request.auth, owner=owner, intent_id=wanted)))


def _shown(request: Request, thread: Thread) -> dict[str, object]:
    seen(request.auth, thread.intent)
    return {"ok": True, "thread": inbox.whole(thread)}


def _acted(request: Request, thread_id: str, act: Callable[[UUID, Owner], Thread]) -> HttpResponse:
    wanted = as_id(thread_id, "thread")
    owner = _owner_of(request, wanted)
    return once(request, lambda: _shown(request, act(wanted, owner)))


@router.post("/inbox/{thread_id}/reply", response={200: inbox.OneThread, **REFUSALS}, summary="Reply in a thread")
def reply(request: Request, thread_id: str, body: inbox.Reply, owner_agent: str | None = OWNER) -> HttpResponse:
    """Add a message to the intent's history, as an `intent.comment`. A thread that is over takes none (409)."""
    return _acted(
        request,
        thread_id,
        lambda wanted, owner: threads.reply(actor=request.auth, owner=owner, intent_id=wanted, message=body.message),
    )


@router.post("/inbox/{thread_id}/delegate", response={200: inbox.OneThread, **REFUSALS}, summary="Delegate a thread")
def delegate(request: Request, thread_id: str, body: inbox.Delegate, owner_agent: str | None = OWNER) -> HttpResponse:
    """Put the thread into another agent's inbox too, which may then handle it. Its work stays in the mailbox it is in."""
    return _acted(
        request,
        thread_id,
        lambda wanted, owner: threads.delegate(
            actor=request.auth, owner=owner, intent_id=wanted, delegate_to=body.delegate_to, text=body.note
        ),
    )


def _decide(request: Request, thread_id: str, body: inbox.ThreadDecision, *, approve: bool) -> HttpResponse:
    return _acted(
        request,
        thread_id,
        lambda wanted, owner: threads.decide(
            actor=request.auth, owner=owner, intent_id=wanted, approve=approve, comment=body.comment
        ),
    )


@router.post("/inbox/{thread_id}/approve", response={200: inbox.OneThread, **REFUSALS}, summary="Approve a thread")
def approve(request: Request, thread_id: str, body: inbox.ThreadDecision, owner_agent: str | None = OWNER) -> HttpResponse:
    """Decide an open human task positively, as a person; a machine key cannot. Without one, complete the intent with the
    result `{"outcome": "approved", "comment": ...}`."""
    return _decide(request, thread_id, body, approve=True)


@router.post("/inbox/{thread_id}/reject", response={200: inbox.OneThread, **REFUSALS}, summary="Reject a thread")
def reject(request: Request, thread_id: str, body: inbox.ThreadDecision, owner_agent: str | None = OWNER) -> HttpResponse:
    """As approving, with the negative outcome: an intent without a human task completes with `"outcome": "rejected"`."""
    return _decide(request, thread_id, body, approve=False)


@router.post(
    "/inbox/{thread_id}/messages/delete",
    response={200: inbox.MessagesDeleted, **REFUSALS},
    summary="Hide messages of a thread",
)
def delete_messages(
    request: Request, thread_id: str, body: inbox.DeleteMessages, owner_agent: str | None = OWNER
) -> HttpResponse:
    """Hide entries from this inbox's view of the thread, or replies of one's own from everyone's. The intent's history
    keeps them; the first entry always shows."""
    wanted = as_id(thread_id, "thread")
    owner = _owner_of(request, wanted)
    clearing = threads.Clearing(for_all=body.mode == "both", entries=body.message_ids, limit=body.limit)

    def run() -> dict[str, object]:
        done = threads.clear(actor=request.auth, owner=owner, intent_id=wanted, clearing=clearing)
        hidden = [str(event_id) for event_id in done.hidden]
        return _shown(request, done.thread) | {"mode": body.mode, "deleted_count": len(hidden), "message_ids": hidden}

    return once(request, run)
