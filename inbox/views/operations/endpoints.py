"""Endpoints at a glance, and one with all there is to know of it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import endpoints, measures, overview, posts
from inbox.operations.endpoints import EndpointFacts, EndpointState, EndpointView
from inbox.operations.permissions import ensure_may_watch
from inbox.operations.posts import PostView
from inbox.views.kit import late, signing
from inbox.views.kit.acting import Request, asked_at, signed_in
from inbox.views.kit.rounds import Rounds
from inbox.views.operations import charts, words
from inbox.views.operations.page import chosen, show
from inbox.vocabulary import unsent
from intents.kernel import clock
from intents.kernel.replica import Dated
from intents.webhooks.models import Subscription

PAGE = 20
POSTS = 50
WORDS = {
    EndpointState.UNREACHABLE: (gettext_lazy("Unreachable"), "red"),
    EndpointState.FAILING: (gettext_lazy("Failing"), "red"),
    EndpointState.HEALTHY: (gettext_lazy("Healthy"), "green"),
    EndpointState.QUIET: (gettext_lazy("Quiet"), "hollow"),
    EndpointState.DISABLED: (gettext_lazy("Disabled"), "hollow"),
}
LISTS = {
    EndpointView.ACTIVE: gettext_lazy("Active"),
    EndpointView.FAILING: gettext_lazy("Failing"),
    EndpointView.DISABLED: gettext_lazy("Disabled"),
}
DISABLED = {
    "person": gettext_lazy("by a person"),
    "gone": gettext_lazy("it answered 410 Gone"),
    "failing": gettext_lazy("nothing but failures for 5 days"),
}
VIEWS = {
    PostView.ALL: gettext_lazy("All"),
    PostView.WAITING: gettext_lazy("Waiting"),
    PostView.FAILED: gettext_lazy("Failed"),
    PostView.SKIPPED: gettext_lazy("Skipped"),
    PostView.SENT: gettext_lazy("Delivered"),
}
_lists = Rounds[Dated[endpoints.EndpointsPage]]()
_pages = Rounds[tuple[EndpointFacts, posts.PostsPage]]()


@signed_in
@require_safe
def endpoint_list(request: Request) -> HttpResponse:
    only = chosen(request, "state", EndpointView, None)
    person, after = ensure_may_watch(request.person), _id(request.GET.get("after", ""))

    def make() -> endpoints.EndpointsPage:
        return endpoints.page(person, slots=_slots(), only=only, after=after, limit=PAGE)

    key = (person.workspace_id, only, after, late.may_be(request))
    read = _lists.answer(key, lambda: late.read(request, make), since=asked_at(request))
    found = read.value
    here = reverse("operations-endpoints")
    span = measures.SPANS["24h"]
    known = {
        "rows": [(one, *WORDS[one.state], why(one.row), _spark(one), most(one.backlog)) for one in found.items],
        "delivered": "events",
        "only": only,
        "as_of": read.as_of,
        "all": found.all,
        "kinds": [(one, said, found.counts[one]) for one, said in LISTS.items()],
        "hours": [charts.when(span, slot) for slot in found.slots],
        "counted": endpoints.COUNTED,
        "more": f"{here}?{urlencode({'state': only or '', 'after': found.last.hex})}" if found.last else "",
    }
    return show(request, "deliveries", known, template="endpoints", part=True)


def _slots() -> list[Any]:
    return overview.slots_of(measures.SPANS["24h"], clock.now(), "UTC")


def _spark(one: EndpointFacts) -> charts.Spark:
    return charts.spark([hour.taken for hour in one.hours], [hour.failed for hour in one.hours])


def why(row: Subscription) -> str | Promise:
    """Why nothing is posted to an endpoint, nothing while it is active."""
    return DISABLED.get(row.disabled_reason or "", row.disabled_reason or "")


@signed_in
@require_safe
def endpoint_page(request: Request, endpoint_id: UUID) -> HttpResponse:
    return endpoint_shown(request, endpoint_id)


def endpoint_shown(request: Request, endpoint_id: UUID, **known: Any) -> HttpResponse:
    """The page of an endpoint. `known` is what was just made for it to sign with, and what is said of that."""
    person = ensure_may_watch(request.person)
    row = endpoints.endpoint(person, endpoint_id)
    view = chosen(request, "state", PostView, PostView.ALL)
    before, slots = _id(request.GET.get("after", "")), _slots()
    facts, found = _pages.answer(
        (endpoint_id, person.role, view, before),
        lambda: (
            endpoints.facts([row], slots=slots)[0],
            posts.page(person, row, view, before=before, limit=POSTS),
        ),
        since=asked_at(request),
    )
    here = reverse("operations-endpoint", args=[endpoint_id])
    series = [
        (_("Delivered"), "solid", [hour.taken for hour in facts.hours]),
        (_("Failed"), "dashed", [hour.failed for hour in facts.hours]),
    ]
    state, tone = WORDS[facts.state]
    known |= {
        "endpoint": row,
        "signing_keys": signing.keys(bytes(row.signing)),
        "facts": facts,
        "state": state,
        "tone": tone,
        "why": why(row),
        "chart": charts.lines("tries", _("Attempts"), measures.SPANS["24h"], slots, series),
        "rows": [(one, *words.POSTS[one.row.state], fault(one)) for one in found.items],
        "missed": found.missed,
        "view": view,
        "waiting": most(facts.backlog),
        "views": [
            (one, said, most(found.counts.get(one)), f"{here}?{urlencode({'state': one})}") for one, said in VIEWS.items()
        ],
        "more": f"{here}?{urlencode({'state': view, 'after': found.last.hex})}" if found.last else "",
    }
    return show(request, "deliveries", known, template="endpoint", part=True)


def most(count: int | None) -> str | None:
    """A count for the eye, None of what is not counted."""
    if count is None:
        return None
    grouped = number_format(min(count, endpoints.MOST), force_grouping=True)
    return f"{grouped}+" if count > endpoints.MOST else grouped


def fault(one: posts.Post) -> str | Promise:
    """Why the last try of an event was not answered, in words."""
    return unsent.fault(one.last.fault) if one.last else ""


def _id(text: str) -> UUID | None:
    """Where a page goes on; an address that was typed wrong begins anew."""
    try:
        return UUID(text)
    except ValueError:
        return None
