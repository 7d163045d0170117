"""How things stand in a workspace: the numbers, the charts, and what needs somebody now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inbox.operations import agents, asking, deliveries, endpoints, measures, selectors
from inbox.operations.agents import AgentSeen, Health
from inbox.operations.asking import AskedNow
from inbox.operations.endpoints import EndpointView
from inbox.operations.measures import MEASURES, Tile, TimeRange
from inbox.operations.permissions import ensure_may_watch
from inbox.tasks import rollup
from inbox.vocabulary.kinds import RISKS
from intents.engine import figures
from intents.engine.lifecycle import Status, WaitReason
from intents.kernel import clock, instances, statements
from intents.kernel.actors import Actor, Person, Role
from intents.kernel.instances import Clients
from intents.rollups import selectors as rollups
from intents.rollups import sources
from intents.rollups.folding import HOUR, hour_of
from intents.rollups.histogram import quantile
from intents.rollups.selectors import Counted

WEEK = timedelta(days=7)
"""The decisions of the heat map are those of at least so long."""
SHARES = (0.5, 0.9, 0.99)
MOST_PEOPLE = MOST_AGENTS = 8


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: of how many, and what half, 90 % and 99 % of them did not exceed, in seconds. `met` is the
    share that was decided before it expired."""

    label: str
    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    met: float | None = None


@dataclass(frozen=True, slots=True)
class DeciderCount:
    """Somebody who decided in the span: how often, and the seconds that half of those waited at most."""

    id: UUID
    name: str
    decided: int
    p50: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, at `now`. `slots` are the beginnings of what the series count, in order; `series` by name. `ageing` counts
    what waits for people by risk and place in AGES, `week` decisions by weekday (Monday is 1) and hour in `zone`. The
    numbers of intents and `ageing` are of what `within` finds; all else is of the whole workspace."""

    now: datetime
    span: TimeRange
    within: str
    zone: str
    tiles: list[Tile]
    slots: list[datetime]
    series: dict[str, list[int]]
    decide_times: list[Times]
    wait_times: list[Times]
    ageing: dict[tuple[str, int], int]
    week: dict[tuple[int, int], int]
    deciders: list[DeciderCount]
    asked: Sequence[AskedNow]
    agents: list[AgentSeen]
    lags: dict[str, float | None]
    clients: Clients

    def tile(self, name: str) -> Tile:
        """The tile of that name."""
        return next(tile for tile in self.tiles if tile.name == name)


def overview(actor: Actor, *, span: TimeRange, zone: str = "UTC", within: str = "") -> Overview:
    """Raises Denied, InvalidField. Over a span the number of statements is always the same."""
    person = ensure_may_watch(actor)
    within = measures.narrowed(within)
    now = clock.now()
    slots = slots_of(span, now, zone)
    counted = rollups.counted(
        workspace_id=person.workspace_id, since=slots[0], now=now, step=span.step, zone=zone, by_week=(rollup.DECIDED,)
    )
    week = counted if span.length >= WEEK else _week(person.workspace_id, now, zone)
    oldest, ageing = _waiting(person, within)
    values = selectors.totals(actor, [one.asked(span, within) for one in MEASURES])
    tiles = [measures.of_intents(one, span, value, oldest, within) for one, value in zip(MEASURES, values, strict=True)]
    facts = agents.facts(actor)
    healths = agents.counts(facts)
    tiles += [measures.of_agents(health, healths[health]) for health in measures.UNWELL]
    under_way = deliveries.counts(person.workspace_id, list(measures.DELIVERIES))
    tiles += [measures.of_deliveries(view, value) for view, value in under_way.items()]
    tiles.append(measures.of_endpoints(endpoints.counts(person.workspace_id)[EndpointView.FAILING]))
    return Overview(
        now=now,
        span=span,
        within=within,
        zone=zone,
        tiles=tiles,
        slots=slots,
        series=_series(counted, slots),
        decide_times=[_times(counted, rollup.DECIDED, risk, counted.total(rollup.EXPIRED, risk)) for risk in RISKS],
        wait_times=[_times(counted, sources.WAITED, reason.value) for reason in WaitReason],
        ageing=ageing,
        week=week.week.get(rollup.DECIDED, {}),
        deciders=_deciders(counted),
        asked=asking.asked(person.workspace_id),
        agents=_worst(person.workspace_id, facts, now),
        lags=figures.readiness(),
        clients=instances.clients(),
    )


_WORKSPACES = """
SELECT w.id, o.slug, w.slug FROM intents_workspace w JOIN intents_organization o ON o.id = w.organization_id ORDER BY w.id
"""
NOBODY = UUID(int=0)


def everywhere() -> dict[str, int]:
    """The numbers of the tiles over 24 hours, summed over all workspaces, for /metrics. Checks no actor."""
    span = measures.SPANS[measures.DEFAULT]
    queries = [one.asked(span) for one in MEASURES]
    sums = dict.fromkeys((one.name for one in MEASURES), 0)
    for workspace_id, org, slug in statements.rows(_WORKSPACES, ()):
        viewer = Person(
            workspace_id=workspace_id,
            org_slug=org,
            workspace_slug=slug,
            user_id=NOBODY,
            credential_id=NOBODY,
            email="",
            role=Role.VIEWER,
            groups=frozenset(),
        )
        for measure, value in zip(MEASURES, selectors.totals(viewer, queries), strict=True):
            sums[measure.name] += value
        for view, value in deliveries.counts(workspace_id, list(measures.DELIVERIES)).items():
            _add(sums, measures.DELIVERIES[view][0], value)
        healths = agents.counts(agents.facts(viewer))
        for health in measures.UNWELL:
            _add(sums, f"agents_{health}", healths[health])
        _add(sums, measures.FAILING_ENDPOINTS, endpoints.counts(workspace_id)[EndpointView.FAILING])
    return sums


def _add(sums: dict[str, int], name: str, value: int) -> None:
    sums[name] = sums.get(name, 0) + value


def slots_of(span: TimeRange, now: datetime, zone: str) -> list[datetime]:
    """The beginnings of the slots of a span, the last of which is the one that now is in."""
    number = round(span.length / span.step)
    if span.step > HOUR:
        local = now.astimezone(clock.zone(zone))
        days = [local.date() - timedelta(days=back) for back in reversed(range(number))]
        return [datetime(day.year, day.month, day.day, tzinfo=local.tzinfo) for day in days]
    minutes = int(min(span.step, HOUR).total_seconds() // 60)
    last = hour_of(now) + timedelta(minutes=now.minute // minutes * minutes if span.step < HOUR else 0)
    return [last - span.step * back for back in reversed(range(number))]


def _series(counted: Counted, slots: Sequence[datetime]) -> dict[str, list[int]]:
    found = {"arrivals": counted.slots(sources.ARRIVED), "decisions": counted.slots(rollup.DECIDED)}
    for status in (Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT):
        found[status.value.lower()] = counted.slots(sources.ENDED, status.value)
    return {name: [by_slot.get(slot, 0) for slot in slots] for name, by_slot in found.items()}


def _times(counted: Counted, measure: str, label: str, missed: int = 0) -> Times:
    buckets = counted.histograms.get((measure, label), {})
    count = sum(buckets.values())
    met = count / (count + missed) if measure == rollup.DECIDED and count + missed else None
    p50, p90, p99 = (quantile(buckets, share) for share in SHARES)
    return Times(label, count, p50, p90, p99, met)


def _week(workspace_id: UUID, now: datetime, zone: str) -> Counted:
    since = hour_of(now - WEEK) + HOUR
    return rollups.counted(workspace_id=workspace_id, since=since, now=now, step=HOUR, zone=zone, by_week=(rollup.DECIDED,))


# Both from indexes alone, unless they are narrowed.
_OLDEST = f"""
SELECT 'oldest', r.reason, 0, extract(epoch FROM {clock.START} - w.opened_at)::float8
FROM unnest(%(reasons)s::text[]) r (reason), LATERAL (
    SELECT opened_at FROM intents_wait WHERE workspace_id = %(workspace)s AND state = 'open' AND reason = r.reason
    ORDER BY opened_at LIMIT 1
) w
"""
_OLDEST_AMONG = f"""
SELECT 'oldest', w.reason, 0, extract(epoch FROM {clock.START} - min(w.opened_at))::float8
FROM intents_wait w WHERE w.workspace_id = %(workspace)s AND w.state = 'open' {{only}} GROUP BY w.reason
"""
_EDGES = [int(limit.total_seconds()) for _query, _words, limit in measures.AGES if limit is not None]
_AGEING = f"""
SELECT 'ageing', t.risk, width_bucket(extract(epoch FROM {clock.START} - w.opened_at)::float8, %(edges)s::float8[]),
       count(*)::float8
FROM inbox_task t JOIN intents_wait w ON w.id = t.wait_id
WHERE t.workspace_id = %(workspace)s AND t.state IN ('claimed', 'held', 'open')
  AND w.workspace_id = %(workspace)s AND w.state = 'open' AND w.reason = '{WaitReason.HUMAN}' {{only}} GROUP BY 2, 3
"""


def _waiting(person: Person, within: str) -> tuple[dict[str, float], dict[tuple[str, int], int]]:
    """How long the oldest of each kind of wait has lasted, and how many tasks there are by risk and age."""
    params: dict[str, Any] = {"workspace": person.workspace_id, "now": clock.override(), "edges": _EDGES}
    only, first = "", _OLDEST
    if within:
        found, more = selectors.ids_of(person, f"is:waiting {within}")
        only, first, params = f"AND w.intent_id IN ({found})", _OLDEST_AMONG, params | more
    params |= {"reasons": [reason.value for reason in WaitReason]}
    oldest: dict[str, float] = {}
    ageing: dict[tuple[str, int], int] = {}
    for part, label, place, number in statements.rows(f"{first} UNION ALL {_AGEING}".format(only=only), params):
        if part == "oldest":
            oldest[label] = max(0.0, number)
        else:
            ageing[label, place] = int(number)
    return oldest, ageing


_URGENCY = {health: place for place, health in enumerate((Health.SILENT, Health.OVERLOADED, Health.HEALTHY, Health.IDLE))}


def _worst(workspace_id: UUID, facts: Sequence[agents.AgentFacts], now: datetime) -> list[AgentSeen]:
    """Those that need somebody most, and what they did lately."""
    first = sorted(facts, key=lambda one: (_URGENCY.get(one.health, len(_URGENCY)), -one.backlog, one.name))[:MOST_AGENTS]
    did = agents.performance(workspace_id, [one.name for one in first], now=now)
    return [AgentSeen(one, did.get(one.name, agents.Performance())) for one in first]


_NAMES = "SELECT id, coalesce(nullif(name, ''), email) FROM intents_user WHERE id = ANY(%s)"


def _deciders(counted: Counted) -> list[DeciderCount]:
    """Who decided most."""
    found = {label: kinds for (measure, label), kinds in counted.histograms.items() if measure == rollup.BY_PERSON}
    most = sorted(found, key=lambda label: (-sum(found[label].values()), label))[:MOST_PEOPLE]
    names: Mapping[UUID, str] = dict(statements.rows(_NAMES, [[UUID(label) for label in most]]))
    return [
        DeciderCount(UUID(label), names.get(UUID(label), ""), sum(found[label].values()), quantile(found[label], 0.5))
        for label in most
    ]


def shape(found: Overview) -> dict[str, Any]:
    """The overview for programs: numbers with their lists, times in RFC 3339, lengths in seconds."""
    return {
        "ok": True,
        "range": found.span.name,
        "q": found.within,
        "at": clock.rfc3339(found.now),
        "tiles": [_tile(tile) for tile in found.tiles],
        "slots": [clock.rfc3339(slot) for slot in found.slots],
        "series": found.series,
        "decision_seconds": {one.label: _quantiles(one) for one in found.decide_times},
        "wait_seconds": {one.label: _quantiles(one) for one in found.wait_times},
        "ageing": {
            risk: [{"age": cell["age"], "value": cell["value"], "list": cell["list"]} for cell in cells]
            for risk, cells in measures.ageing_tiles(found.ageing, found.within)
        },
        "decisions_by_hour": [
            {"weekday": day, "hour": hour, "count": count} for (day, hour), count in sorted(found.week.items())
        ],
        "deciders": [
            {"user_id": str(one.id), "name": one.name, "decided": one.decided, "p50_seconds": one.p50}
            for one in found.deciders
        ],
        "asked": [asking.shape(one) for one in found.asked],
        "lags": found.lags,
        "clients": asdict(found.clients),
    }


def _tile(tile: Tile) -> dict[str, Any]:
    told: dict[str, Any] = {"name": tile.name, "value": tile.value, "list": tile.list}
    return told if tile.oldest_seconds is None else told | {"oldest_seconds": tile.oldest_seconds}


def _quantiles(one: Times) -> dict[str, Any]:
    told = {"count": one.count, "p50": one.p50, "p90": one.p90, "p99": one.p99}
    return told if one.met is None else told | {"sla_met": one.met}
