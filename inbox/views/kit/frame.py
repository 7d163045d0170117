"""What every signed-in page shows around its content."""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from inbox.notifications import selectors
from inbox.operations import permissions
from inbox.tasks import lists
from inbox.views.kit import elsewhere, stopped
from inbox.views.kit.acting import Request
from intents.kernel import clock

MOST = 99
"""Counts beyond this are shown as "99+"."""


def at_most(count: int) -> str:
    """A count as a badge has it; nothing for none."""
    return "" if not count else str(count) if count <= MOST else f"{MOST}+"


def frame(request: HttpRequest) -> dict[str, Any]:
    """A context processor: nothing for pages of people who are not signed in. What a page does not show is not read."""
    if not hasattr(request, "person"):
        return {}
    return _frame(cast("Request", request))


def _frame(request: Request) -> dict[str, Any]:
    return {
        "person": request.person,
        "watches": permissions.may_watch(request.person),
        "seat": request.seat,
        "seats": request.seats,
        "elsewhere": SimpleLazyObject(lambda: elsewhere.of(request)),
        "stopped": SimpleLazyObject(lambda: stopped.of(request.seat)),
        "moving": stopped.moving(request.seat),
        "theme": getattr(request.user, "theme", ""),
        "density": getattr(request.user, "density", ""),
        "now": SimpleLazyObject(clock.now),
        "unread": SimpleLazyObject(lambda: at_most(selectors.unread_count(request.person, most=MOST + 1))),
        "waiting": SimpleLazyObject(lambda: at_most(lists.counts(request.person).waiting)),
    }
