"""What Prometheus may ask at `/metrics`.

Each process tells of itself, so scrape each web process on its own port. What the domain counts is read when asked for,
and what only the database knows costs two small queries per scrape.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from axme_site import alerts
from intents.audit import selectors as audit
from intents.engine import figures
from intents.feed import selectors as feed
from intents.kernel import instances, live, replica

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

LOOPBACK = frozenset({"127.0.0.1", "::1", ""})  # a unix socket has no address
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")
_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_REQUESTS = Counter("axme_http_requests", "Answers by route and status.", ["route", "status"], registry=REGISTRY)
_LATENCY = Histogram(
    "axme_http_request_seconds",
    "From the headers to the answer, streams left out.",
    ["route"],
    buckets=_FAST,
    registry=REGISTRY,
)
OPEN_STREAMS = Gauge("axme_open_streams", "Streams and long polls open now.", registry=REGISTRY)
BRIDGE_WAIT = Histogram("axme_bridge_wait_seconds", "Waiting for a free thread.", buckets=_FAST, registry=REGISTRY)
_BRIDGE_QUEUED = Gauge("axme_bridge_queued", "Requests waiting for a thread now.", registry=REGISTRY)
GROUP_SIZE = Histogram(
    "axme_group_requests",
    "Requests of a lane that shared a transaction, by how many they were.",
    ["lane"],
    buckets=(1, 2, 4, 8, 16, 32, 64),
    registry=REGISTRY,
)
DATABASE_ERRORS = Counter("axme_database_errors", "Requests answered 503 for the database.", registry=REGISTRY)

# Looking a child up by its labels costs more than counting.
_request_children: dict[tuple[str, int], Counter] = {}
_latency_children: dict[str, Histogram] = {}


def request(route: str, status: int) -> None:
    """Count one answer. `route` is a pattern: each distinct value is a time series."""
    child = _request_children.get((route, status))
    if child is None:
        child = _request_children[route, status] = _REQUESTS.labels(route, str(status))
    child.inc()


def latency(route: str, seconds: float) -> None:
    child = _latency_children.get(route)
    if child is None:
        child = _latency_children[route] = _LATENCY.labels(route)
    child.observe(seconds)


def watch_queue(length: Callable[[], int]) -> None:
    """Where the number of requests waiting for a thread can be read."""
    _BRIDGE_QUEUED.set_function(length)


FORMER_NAMES = {"deliveries": "hand_outs", "wake_ups": "hints"}
"""What counters were called before 0.2.0. They are served under both names until 0.3.0."""


def _counters(name: str, help_text: str, samples: Mapping[str, float]) -> Iterator[CounterMetricFamily]:
    """A counter under its name and its former one; `samples` by outcome, or one by "" without."""
    for served in (name, FORMER_NAMES[name]) if name in FORMER_NAMES else (name,):
        family = CounterMetricFamily(f"axme_{served}", help_text, labels=["outcome"] if "" not in samples else [])
        for outcome, value in samples.items():
            family.add_metric([outcome] if outcome else [], value)
        yield family


class DomainCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        publisher = live.publisher()
        outcomes = {"sent": publisher.sent, "dropped": publisher.dropped}
        yield from _counters("wake_ups", "Wake-up signals by what became of them.", outcomes)
        yield from _replica()
        try:
            lags, totals = figures.readiness(), figures.totals()
            lags["unroutable_tasks"] = alerts.unroutable()
            lags["unfinished_moves"] = alerts.unfinished_moves()
            state = audit.state()
            lags |= {"audit_findings": state.findings, "audit_age_seconds": state.age_seconds}
            lags["feed_lag_seconds"] = feed.lag()
            tiles = alerts.tiles()
            clients = asdict(instances.clients())
        except Error:
            lags, totals, tiles, clients = {}, {}, {}, {}
        yield GaugeMetricFamily("axme_database_up", "Whether the database answered this scrape.", value=bool(lags))
        family = GaugeMetricFamily("axme_watched_intents", "As the overview counts them, over 24 hours.", labels=["measure"])
        for name, number in tiles.items():
            family.add_metric([name], number)
        yield family
        family = GaugeMetricFamily("axme_clients", "Connected to all processes together, by what.", labels=["kind"])
        for name, number in clients.items():
            family.add_metric([name], number)
        yield family
        for name, total in totals.items():
            yield from _counters(name, "Of all processes together.", {"": total})
        for name, value in lags.items():
            if value is not None:
                yield GaugeMetricFamily(f"axme_{name}", "As the database has it now.", value=value)


def _replica() -> Iterator[Metric]:
    """Nothing where there is no standby."""
    state = replica.state()
    if state is None:
        return
    yield GaugeMetricFamily("axme_replica_up", "Whether the standby answered this scrape.", value=state.lag is not None)
    if state.lag is not None:
        yield GaugeMetricFamily("axme_replica_lag_seconds", "How far the standby is behind.", value=state.lag)
    family = CounterMetricFamily(
        "axme_replica_reads", "Reads that may be late, by who answered or why the primary had to.", labels=["outcome"]
    )
    for outcome, count in replica.counts.items():
        family.add_metric([outcome], count)
    yield family


REGISTRY.register(DomainCollector())


def page(request: HttpRequest) -> HttpResponse:
    """With METRICS_TOKEN set, for who sends it as a bearer token; else for clients on this machine without a proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        allowed = hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    else:
        proxied = any(name in request.META for name in FORWARDED)
        allowed = request.META["REMOTE_ADDR"] in LOOPBACK and not proxied
    if not allowed:
        return HttpResponse("set METRICS_TOKEN and send it as a bearer token\n", status=403, content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
