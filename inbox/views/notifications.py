"""A person's notifications, and the bell that counts the unread."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.notifications import preferences, selectors, wording
from inbox.notifications.models import Notification
from inbox.notifications.services import preferences as preference_services
from inbox.tasks import lists
from inbox.tasks.models import Task
from inbox.views.kit import words
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.kit.frame import MOST, at_most
from inbox.vocabulary.kinds import RISK_WORDS
from inbox.vocabulary.lifecycle import State
from intents.accounts import selectors as accounts
from intents.kernel import clock
from intents.kernel.batches import readable
from intents.kernel.errors import InvalidField

PAGE = 50
ALL = "all"
"""What `show` is for the list of everything, tasks that the inbox shows included."""
FRESH = timedelta(minutes=2)
"""What is older pops up no more."""
MOST_AT_ONCE = 3


def in_words(row: Notification) -> dict[str, Any]:
    """A notification in words. Raises KeyError for one that cannot be read."""
    headline = (row.task.headline or row.task.title) if row.task else _("this channel works")
    return {
        "row": row,
        "says": wording.called(row.kind, row.number),
        "headline": headline,
        "risk": RISK_WORDS[row.risk] and row.risk if row.task else "",
        "url": reverse("task", args=[row.task_id]) if row.task_id else reverse("settings-notifications"),
        "over": row.task is not None and row.task.over_at is not None and row.kind not in preferences.LASTING,
        "end": _end(row.task) if row.task and row.task.over_at else None,
    }


def _end(task: Task) -> tuple[str, str]:
    """How a task that is over ended, and the tone of that."""
    if task.outcome is None:
        said, tone = words.STATES[State(task.state)]
        return str(said), tone
    return words.done(task.outcome), words.tone(task.task_type, task.outcome)


@signed_in
@require_safe
def notification_list(request: Request) -> HttpResponse:
    everything = request.GET.get("show") == ALL
    found = selectors.notifications(request.person).select_related("task")
    if not everything:
        found = selectors.news(found)
    if after := request.GET.get("after"):
        found = found.filter(id__lt=_id(after))
    rows = list(found[: PAGE + 1])
    known = {
        "place": "notifications",
        "everything": everything,
        "items": readable(rows[:PAGE], in_words),
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "now": clock.now(),
    }
    return render(request, "notifications.html", known)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidField("after", "not a cursor that this list gave out") from None


@acts
def read_all(request: Request) -> HttpResponse:
    """Those of the list that was open: a task that only the inbox showed is still told by the messages that wait."""
    everything = request.POST.get("show") == ALL
    preference_services.read(actor=request.person, news=not everything)
    messages.success(request, _("All are marked as read."))
    return redirect(f"{reverse('notifications')}?show={ALL}" if everything else "notifications")


@signed_in
@require_safe
def news(request: Request) -> HttpResponse:
    """For an open page: how many news are unread, what is new enough to pop up, and with `waiting` how many tasks wait."""
    person, now = request.person, clock.now()
    chosen, zone = selectors.preferences_of(person), clock.zone(accounts.user(person).time_zone)
    unread = selectors.unread(person)
    fresh = unread.filter(created_at__gt=now - FRESH).select_related("task")[:MOST_AT_ONCE]
    popping = [
        one
        for one in readable(fresh, in_words)
        if not one["risk"] or preferences.pops_up(chosen, kind=one["row"].kind, risk=one["risk"], now=now, zone=zone)
    ]
    shown = [
        {
            "id": str(one["row"].id),
            "title": one["says"],
            "body": one["headline"],
            "url": one["url"],
            "task": one["row"].task_id is not None,
        }
        for one in popping
    ]
    answer = {"unread": at_most(selectors.unread_count(person, most=MOST + 1)), "pop": shown}
    if "waiting" in request.GET:
        # For pages that have no list of which they ask it.
        answer["waiting"] = at_most(lists.counts(person).waiting)
    return JsonResponse(answer)
