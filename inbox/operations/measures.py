"""What the overview counts: each number is defined here, once, for the page, the API and /metrics.

A number of intents is what a query finds, in the language of the list of intents. So the list that a tile leads to holds
exactly what the tile counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.operations.agents import Health
from inbox.operations.deliveries import DeliveryView
from inbox.operations.endpoints import EndpointView
from inbox.operations.query import parse
from inbox.vocabulary.kinds import RISKS
from intents.kernel.errors import InvalidField

LIST = "/v1/operations/intents"
PAGE = "/operations/intents"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time up to now that can be looked at. Charts divide it into slots of `step`; `labels` of them have one label."""

    name: str
    words: str | Promise
    length: timedelta
    step: timedelta
    labels: int


SPANS = {
    span.name: span
    for span in (
        TimeRange("1h", _("1 hour"), timedelta(hours=1), timedelta(minutes=2), 5),
        TimeRange("24h", _("24 hours"), timedelta(hours=24), timedelta(hours=1), 4),
        TimeRange("7d", _("7 days"), timedelta(days=7), timedelta(hours=1), 24),
        TimeRange("90d", _("90 days"), timedelta(days=90), timedelta(days=1), 15),
    )
}
DEFAULT = "24h"
MOST_TERMS = 8
"""Terms that narrow the overview; each number has some of its own."""


def span(name: str) -> TimeRange:
    """The span of that name. Raises InvalidField for `range`."""
    if name not in SPANS:
        raise InvalidField("range", f"one of {', '.join(SPANS)}")
    return SPANS[name]


def span_or(name: str, default: str = DEFAULT) -> TimeRange:
    """The span of that name, else the usual one: what stands in a page's address."""
    return SPANS.get(name, SPANS[default])


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of intents: those that `query` finds, in which `{span}` is the span looked at. `reason` is what they wait
    for, where they wait for one thing; `bad` when there had better be none."""

    name: str
    words: str | Promise
    query: str
    reason: str = ""
    bad: bool = False

    def asked(self, span: TimeRange, within: str = "") -> str:
        """The query over a span, of what `within` finds."""
        return f"{self.query.format(span=span.name)} {within}".rstrip()

    @property
    def lately(self) -> bool:
        """Whether it counts what happened in the span, else what is so now."""
        return "{span}" in self.query


NARROWS = ("agent", "from", "type", "risk")
"""Terms by which the overview can be narrowed: each costs little, beside any other."""


def narrowed(q: str) -> str:
    """The terms of NARROWS that an overview keeps to. Raises InvalidField for `q`."""
    query = parse(q)
    wrong = next((term for term in query.terms if term.key not in NARROWS), None)
    if wrong is not None:
        *some, last = (f"{one}:" for one in NARROWS)
        said = f"the overview can be narrowed by {', '.join(some)} and {last} only"
        raise InvalidField("q", said, why=said, suggestions=[])
    if len(query.terms) > MOST_TERMS:
        raise InvalidField("q", f"at most {MOST_TERMS} terms")
    return query.text


MEASURES: Sequence[Measure] = (
    Measure("waiting_human", _("Waiting for people"), "is:waiting for:human", "WAITING_FOR_HUMAN"),
    Measure("waiting_tool", _("Waiting for tools"), "is:waiting for:tool", "WAITING_FOR_TOOL"),
    Measure("waiting_agent", _("Waiting for agents"), "is:waiting for:agent", "WAITING_FOR_AGENT"),
    Measure("waiting_time", _("Waiting for a time"), "is:waiting for:time", "WAITING_FOR_TIME"),
    Measure("due_soon", _("Due within the hour"), "is:due-soon"),
    Measure("overdue", _("Overdue"), "is:overdue", bad=True),
    Measure("unroutable", _("No eligible approver"), "is:unroutable", bad=True),
    Measure("stuck", _("Stuck"), "is:stuck", bad=True),
    Measure("retrying", _("Retrying"), "is:retrying"),
    Measure("completed", _("Completed"), "is:done ended:<{span}"),
    Measure("failed", _("Failed"), "is:failed ended:<{span}", bad=True),
    Measure("dead", _("Dead-lettered"), "is:dead ended:<{span}", bad=True),
    Measure("expired", _("Timed out"), "is:expired ended:<{span}", bad=True),
    Measure("decided", _("Decided"), "decided:<{span}"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, and where the list of what it counts is: at `list` for programs, at `page` for people. `oldest_seconds` is
    how long the first of what waits has waited."""

    name: str
    words: str
    value: int
    list: str
    page: str
    bad: bool = False
    oldest_seconds: float | None = None
    lately: bool = False


def of_intents(measure: Measure, span: TimeRange, value: int, oldest: Mapping[str, float], within: str = "") -> Tile:
    """The tile of a measure."""
    asked = {"q": measure.asked(span, within)}
    return Tile(
        name=measure.name,
        words=str(measure.words),
        value=value,
        list=f"{LIST}?{urlencode(asked)}",
        page=f"{PAGE}?{urlencode(asked)}",
        bad=measure.bad,
        oldest_seconds=oldest.get(measure.reason),
        lately=measure.lately,
    )


_AGENTS = {Health.SILENT: _("Silent agents"), Health.OVERLOADED: _("Overloaded agents")}


UNWELL = tuple(_AGENTS)
"""The healths of agents that have a tile."""


def of_agents(health: Health, value: int) -> Tile:
    """The tile of the agents that are so."""
    asked = urlencode({"health": str(health)})
    return Tile(
        name=f"agents_{health}",
        words=str(_AGENTS[health]),
        value=value,
        list=f"/v1/operations/agents?{asked}",
        page=f"/operations/agents?{asked}",
        bad=True,
    )


DELIVERIES = {
    DeliveryView.READY: ("deliveries_waiting", _("Deliveries waiting"), False),
    DeliveryView.FAILING: ("deliveries_failing", _("Failing deliveries"), True),
}
"""The kinds of deliveries that have a tile: its name, its words, and whether there had better be none."""


def of_deliveries(view: DeliveryView, value: int) -> Tile:
    """The tile of the deliveries of a kind: those that wait for an agent to come, or those that its URL does not take."""
    name, words, bad = DELIVERIES[view]
    asked = urlencode({"state": str(view)})
    return Tile(
        name=name,
        words=str(words),
        value=value,
        list=f"/v1/operations/deliveries?{asked}",
        page=f"/operations/deliveries?{asked}",
        bad=bad,
    )


FAILING_ENDPOINTS = "endpoints_failing"


def of_endpoints(value: int) -> Tile:
    """The tile of the endpoints that do not take what is posted to them."""
    asked = urlencode({"state": str(EndpointView.FAILING)})
    return Tile(
        name=FAILING_ENDPOINTS,
        words=str(_("Failing endpoints")),
        value=value,
        list=f"/v1/operations/endpoints?{asked}",
        page=f"/operations/endpoints?{asked}",
        bad=True,
    )


AGES: Sequence[tuple[str, str | Promise, timedelta | None]] = (
    ("age:<1h", _("under 1 h"), timedelta(hours=1)),
    ("age:>=1h age:<4h", _("1 to 4 h"), timedelta(hours=4)),
    ("age:>=4h age:<24h", _("4 to 24 h"), timedelta(hours=24)),
    ("age:>=24h age:<3d", _("1 to 3 days"), timedelta(days=3)),
    ("age:>=3d", _("over 3 days"), None),
)
"""How long a task has waited for people: as a query has it, in words, and below which age."""


def ageing_query(risk: str, place: int, within: str = "") -> str:
    """The query of tasks of a risk that are as old as AGES has it at that place."""
    return f"is:waiting for:human risk:{risk} {AGES[place][0]} {within}".rstrip()


def ageing_tiles(counted: Mapping[tuple[str, int], int], within: str = "") -> list[tuple[str, list[dict[str, Any]]]]:
    """For each risk, the most first, what waits for people by its age: numbers with their lists."""
    rows: list[tuple[str, list[dict[str, Any]]]] = []
    for risk in RISKS:
        cells = []
        for place, (_query, words, _limit) in enumerate(AGES):
            asked = urlencode({"q": ageing_query(risk, place, within)})
            value = counted.get((risk, place), 0)
            cells.append({"age": str(words), "value": value, "list": f"{LIST}?{asked}", "page": f"{PAGE}?{asked}"})
        rows.append((risk, cells))
    return rows
