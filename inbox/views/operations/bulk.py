"""Bulk operations: what was ordered, how far it is, and what became of each intent."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from inbox.operations.bulk import selectors
from inbox.operations.bulk.actions import action as actions
from inbox.operations.bulk.actions import reassign, replay
from inbox.operations.bulk.deliveries import named
from inbox.operations.bulk.services import orders
from inbox.operations.models import Bulk, BulkItem, BulkState, ItemResult
from inbox.operations.models.bulk import LIVE
from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit.acting import Request, acts, asked_at, signed_in
from inbox.views.kit.rounds import Rounds
from inbox.views.operations.page import chosen, show
from intents.engine import selectors as engine
from intents.kernel import canonical
from intents.kernel.actors import Person

PAGE = 50

ACTIONS = {
    "cancel": (gettext_lazy("Cancel"), gettext_lazy("They end for good. People who are asked are asked no more.")),
    "retry": (gettext_lazy("Retry now"), gettext_lazy("What failed and waits for its next try is tried at once.")),
    "run_again": (
        gettext_lazy("Run again"),
        gettext_lazy("What failed, timed out or was canceled is submitted anew. People are asked anew where they were."),
    ),
    "transfer": (gettext_lazy("Transfer"), gettext_lazy("Another agent gets the work from the start. Leases end.")),
    "resume": (
        gettext_lazy("Resume"),
        gettext_lazy("Waits for tools, agents or a time end now. What waits for a person is left to people."),
    ),
    "set_deadline": (gettext_lazy("Set the deadline"), gettext_lazy("What is not done by then times out.")),
}
"""What a bulk does, and what that means."""
REPLAY = (gettext_lazy("Send again"), gettext_lazy("Deliveries to endpoints are posted again, with the same id."))
"""As in ACTIONS; of deliveries, which are chosen elsewhere."""
REASSIGN = (gettext_lazy("Reassign"), gettext_lazy("What waits for a member by name goes to somebody else."))
"""As in ACTIONS; it begins at the member."""
ELSEWHERE = {replay.ACTION.name: REPLAY, reassign.ACTION.name: REASSIGN}
REASONS = {
    actions.NOT_FOUND: gettext_lazy("not found"),
    actions.OVER: gettext_lazy("already over"),
    actions.HUMAN: gettext_lazy("waits for a person"),
    actions.WAITING: gettext_lazy("is waiting"),
    actions.NOT_WAITING: gettext_lazy("is not waiting"),
    actions.NOT_RETRYING: gettext_lazy("waits for no retry"),
    actions.NOT_OVER: gettext_lazy("not over"),
    actions.SUCCEEDED: gettext_lazy("completed"),
    actions.RERUN: gettext_lazy("run again already"),
    actions.HAS_IT: gettext_lazy("this agent has it already"),
    actions.DENIED: gettext_lazy("not allowed"),
    reassign.NOT_ASKED: gettext_lazy("not assigned to them by name"),
    reassign.VOTED: gettext_lazy("they voted already"),
    reassign.APART: gettext_lazy("separation of duties keeps the other person from it"),
    replay.PENDING: gettext_lazy("on its way"),
    replay.DELETED: gettext_lazy("its subscription was deleted"),
    replay.DISABLED: gettext_lazy("its endpoint is disabled"),
    replay.ERASED: gettext_lazy("what it told was erased"),
    replay.AGAIN: gettext_lazy("sent again already"),
}
STATES = {
    BulkState.QUEUED: (gettext_lazy("Queued"), "hollow"),
    BulkState.RUNNING: (gettext_lazy("Running"), "accent"),
    BulkState.DONE: (gettext_lazy("Done"), "green"),
    BulkState.ABORTED: (gettext_lazy("Aborted"), "amber"),
}
RESULTS = {
    "": (gettext_lazy("All"), ""),
    ItemResult.FAILED: (gettext_lazy("Failed"), "red"),
    ItemResult.SKIPPED: (gettext_lazy("Skipped"), "hollow"),
    ItemResult.SUCCEEDED: (gettext_lazy("Succeeded"), "green"),
    selectors.PENDING: (gettext_lazy("Not done"), ""),
}
"""What became of an item, and its colour."""

Words = str | Promise
_rounds = Rounds[list[Bulk]]()


def says(reason: str | None) -> Words:
    """Why an item was skipped or failed."""
    return REASONS.get(reason or "", reason or "")


def summary(row: Bulk) -> dict[str, Any]:
    """A bulk in words."""
    done = row.succeeded + row.skipped + row.failed
    words, tone = STATES[BulkState(row.state)]
    return {
        "row": row,
        "action": (ACTIONS | ELSEWHERE).get(row.action, (row.action,))[0],
        "of_deliveries": row.action == replay.ACTION.name,
        "state": words,
        "tone": tone,
        "done": done,
        "left": row.matched - done,
        "live": row.state in LIVE,
        "repeatable": row.action in ACTIONS,
    }


@signed_in
@require_safe
def bulk_list(request: Request) -> HttpResponse:
    person = ensure_may_watch(request.person)
    after = _id(request.GET.get("after", ""))
    rows = _rounds.answer((person.workspace_id, after), lambda: _bulks(person, after), since=asked_at(request))
    known = {
        "rows": [summary(row) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].id.hex if len(rows) > PAGE else "",
        "live": any(row.state in LIVE for row in rows[:PAGE]),
    }
    return show(request, "bulk", known, template="bulks", part=True)


def _bulks(person: Person, after: UUID | None) -> list[Bulk]:
    found = selectors.bulks(person)
    return list((found.filter(id__lt=after) if after else found)[: PAGE + 1])


@signed_in
@require_safe
def bulk_page(request: Request, bulk_id: UUID) -> HttpResponse:
    row = selectors.bulk(ensure_may_watch(request.person), bulk_id)
    result = chosen(request, "result", RESULTS, "")
    found = selectors.items(row, result or None)
    if after := _id(request.GET.get("after", "")):
        found = found.filter(intent_id__gt=after)
    items = list(found[: PAGE + 1])
    here = reverse("operations-bulk", args=[row.id])
    ids = [one.intent_id for one in items[:PAGE]]
    types = (named if row.action == replay.ACTION.name else _types)(request.person, ids)
    arguments = canonical.loads(row.arguments)
    known = summary(row) | {
        "items": [_item(one, types) for one in items[:PAGE]],
        "to_agent": arguments.get("to_agent", ""),
        "moved": (arguments.get("from", ""), arguments.get("to", "")) if row.action == reassign.ACTION.name else None,
        "deadline_at": datetime.fromisoformat(arguments["deadline_at"]) if "deadline_at" in arguments else None,
        "next": f"{here}?{urlencode({'result': result, 'after': items[PAGE - 1].intent_id.hex})}" if items[PAGE:] else "",
        "results": [
            (words, f"{here}?{urlencode({'result': name})}" if name else here, name == result)
            for name, (words, _tone) in RESULTS.items()
        ],
        "reasons": [(says(reason), count) for reason, count in selectors.reasons(row)],
        "again": f"{reverse('operations-order-bulk')}?{urlencode({'failed_of': row.id, 'action': row.action})}",
        "address": request.get_full_path(),
    }
    return show(request, "bulk", known, template="bulk")


def _types(person: Person, ids: list[UUID]) -> dict[UUID, str]:
    return dict(engine.intents(person).filter(id__in=ids).values_list("id", "intent_type"))


def _item(row: BulkItem, types: dict[UUID, str]) -> dict[str, Any]:
    """An item in words; `type` is nothing where there is no such intent."""
    words, tone = RESULTS[row.result or selectors.PENDING]
    return {"row": row, "type": types.get(row.intent_id, ""), "words": words, "tone": tone, "says": says(row.reason)}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@acts
def abort(request: Request, bulk_id: UUID) -> HttpResponse:
    row = orders.abort(actor=request.person, bulk_id=bulk_id)
    left = row.matched - row.succeeded - row.skipped - row.failed
    if row.action == replay.ACTION.name:
        said = ngettext(
            "Aborted: %(left)s delivery is not sent again.", "Aborted: %(left)s deliveries are not sent again.", left
        )
    else:
        said = ngettext(
            "Aborted: %(left)s intent is left as it is.", "Aborted: %(left)s intents are left as they are.", left
        )
    messages.success(request, said % {"left": left})
    return redirect("operations-bulk", bulk_id=bulk_id)
