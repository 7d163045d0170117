"""The first page of operations: what needs somebody now, the numbers, the charts."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations import asking, measures, needs, overview, system
from inbox.operations.completing import completions
from inbox.operations.measures import TimeRange
from inbox.operations.overview import Overview, Times
from inbox.operations.permissions import ensure_may_watch
from inbox.operations.query import LONGEST
from inbox.operations.system import Restored
from inbox.views.kit import late
from inbox.views.kit.acting import Request, asked_at, signed_in
from inbox.views.kit.refusals import marked
from inbox.views.kit.rounds import Rounds
from inbox.views.operations import charts
from inbox.views.operations.agents import WORDS
from inbox.views.operations.page import show
from inbox.vocabulary.roles import everybody
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField
from intents.kernel.replica import Dated

MONDAY = date(2024, 1, 1)
REASONS = {
    "WAITING_FOR_HUMAN": "waiting_human",
    "WAITING_FOR_TOOL": "waiting_tool",
    "WAITING_FOR_AGENT": "waiting_agent",
    "WAITING_FOR_TIME": "waiting_time",
}
FIRST, CHARTS = ("needs", "tiles"), ("chart_lines", "decide_times")
LAST = ("wait_times", "week", "agents_strip", "deciders", "server")
"""The templates of the page's pieces."""
HALF = {*CHARTS, "ageing", "wait_times"}
"""Of which two stand beside each other where there is room."""
TOLD = timedelta(days=7)
"""So long it says that the server was restored."""

_rounds = Rounds[Dated[str]]()


@signed_in
@require_safe
def page(request: Request) -> HttpResponse:
    """The whole page, or the part of it that follows what happens for a page that is open already."""
    person = ensure_may_watch(request.person)
    asked, q = request.GET.get("range", ""), request.GET.get("q", "").strip()[: LONGEST + 1]
    span, zone = measures.span_or(asked), request.user.time_zone
    key = (person.workspace_id, span.name, q, zone, get_language(), late.may_be(request))
    part, as_of, refusal = "", None, None
    try:
        made = _rounds.answer(key, lambda: late.read(request, lambda: _part(person, span, q, zone)), since=asked_at(request))
        part, as_of = mark_safe(made.value), made.as_of  # noqa: S308 - a template's
    except InvalidField as error:
        refusal = error
    if request.headers.get("HX-Request"):
        return HttpResponse(part)
    known = {
        "part": part,
        "as_of": as_of,
        "span": span,
        "spans": list(measures.SPANS.values()),
        "q": q,
        "refused": marked(str(refusal.details.get("why", refusal.reason))) if refusal else "",
        "no_range": asked if asked and asked not in measures.SPANS else "",
        "completions": completions("", {}, measures.NARROWS),
    }
    response = show(request, "overview", known)
    response.status_code = 422 if refusal else 200
    return response


def _part(person: Person, span: TimeRange, q: str, zone: str) -> str:
    # What templates made is safe.
    halves = HALF - {"ageing"} if q else HALF
    made = [(name, mark_safe(html), name in halves) for name, html in pieces(person, span, q, zone).items()]  # noqa: S308
    return render_to_string("operations/overview_part.html", {"pieces": made, "span": span, "q": q})


def pieces(person: Person, span: TimeRange, q: str, zone: str) -> dict[str, str]:
    """What is the same for all who watch the workspace, from above to below, each piece by its name. Raises Denied,
    InvalidField."""
    found = overview.overview(person, span=span, zone=zone, within=q)
    words = {tile.name: tile.words for tile in found.tiles}
    known = {
        "found": found,
        "tiles_now": [tile for tile in found.tiles if not tile.lately],
        "tiles_lately": [tile for tile in found.tiles if tile.lately],
        "asked": [(everybody(one.name) if one.kind == "role" else one.name, one) for one in found.asked],
        "on_call": asking.on_call(person),
        "span": span,
        "needs": needs.needs(person, unroutable=bool(q or found.tile("unroutable").value)),
        "chart": _flow(found),
        "decide_rows": _quantiles(found.decide_times),
        "wait_rows": [(words[REASONS[one.label]], one, drawn) for one, drawn in _quantiles(found.wait_times)],
        "ages": [words for _query, words, _limit in measures.AGES],
        "ageing": measures.ageing_tiles(found.ageing, found.within),
        "agents": [(one, *WORDS[one.facts.health]) for one in found.agents],
        "week": _week(found),
        "hours": range(24),
        "week_words": found.span.words if found.span.length >= overview.WEEK else measures.SPANS["7d"].words,
        "mailed": bool(settings.EMAIL_URL),
        "restored": _restored(person, found),
        "now": found.now,
    }
    names = (*FIRST, "ageing", "divider", *CHARTS, *LAST) if found.within else (*FIRST, *CHARTS, "ageing", *LAST)
    with timezone.override(clock.zone(zone)):
        return {name: render_to_string(f"operations/{name}.html", known) for name in names}


def _restored(person: Person, found: Overview) -> Restored | None:
    """That the server was restored from a backup, for as long as somebody may wonder what is missing."""
    mark = system.restored(person)
    return mark if mark is not None and found.now - mark.at < TOLD else None


def _flow(found: Overview) -> charts.LineChart:
    series = [
        (_("Arrivals"), "solid", found.series["arrivals"]),
        (pgettext("chart", "Decisions"), "dashed", found.series["decisions"]),
        (_("Completed"), "dotted", found.series["completed"]),
    ]
    return charts.lines("flow", _("Arrivals, decisions and completions"), found.span, found.slots, series)


def _quantiles(found: list[Times]) -> list[tuple[Times, charts.Bars | None]]:
    longest = max((one.p99 for one in found if one.p99), default=0.0)
    return [(one, charts.bars(one.p50, one.p90, one.p99, longest)) for one in found]


def _week(found: Overview) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows of the heat map: a weekday, and for each hour how many and how dark."""
    most = max(found.week.values(), default=0)
    rows = []
    for day in range(1, 8):
        counts = [found.week.get((day, hour), 0) for hour in range(24)]
        cells = [{"count": count, "level": charts.level(count, most)} for count in counts]
        rows.append((formatted(MONDAY + timedelta(days=day - 1), "D"), cells))
    return rows
