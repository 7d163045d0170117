"""Traces of intents, sent to a collector that speaks OTLP over HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from intents import jobs
from intents.audit import tree
from intents.dispatch.bindings import parents
from intents.engine.lifecycle import Status as IntentStatus
from intents.engine.models import IntentEvent
from intents.kernel import tracing
from intents.telemetry import following, selectors
from intents.telemetry import spans as history
from intents.telemetry.models import TraceCursor
from intents.telemetry.spans import Traced, TracedEvent, span_id, trace_id
from tests.callers import KeyCaller, PersonCaller
from tests.intents.factory import end, take
from tests.intents.receivers import Behaviour, Receiver, receiver, says

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
HOUR = timedelta(hours=1)
PATH = "/v1/traces"
OK = says("200 OK", b"", "content-type: application/x-protobuf")
AWAY = says("503 Service Unavailable", b"", "retry-after: 86400")
"""The exporter does not wait as long: this try is over."""


@pytest.fixture
def answers() -> dict[str, Behaviour]:
    """What the collector answers, to be changed meanwhile."""
    return {PATH: OK}


@pytest.fixture
def collector(answers: dict[str, Behaviour], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A collector, of which the server knows, and has noted where to begin."""
    with receiver(answers) as listening:
        settings.TRACES_URL = f"http://127.0.0.1:{listening.port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", settings.TRACES_URL)
        following.follow()
        yield listening


def requests(collector: Receiver) -> list[ExportTraceServiceRequest]:
    return [ExportTraceServiceRequest.FromString(one.partition(b"\r\n\r\n")[2]) for one in collector.requests]


def spans(collector: Receiver) -> list[Span]:
    return [
        span
        for request in requests(collector)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def follow() -> None:
    tree.append()
    jobs.trace()


def attributes(one: Any) -> dict[str, str]:
    return {pair.key: pair.value.string_value for pair in one.attributes}


def decided(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Submitted with a traceparent, delivered, put to people, decided, delivered again and completed."""
    monkeypatch.setitem(shop.headers, "traceparent", TRACEPARENT)
    intent_id = shop.submit(worker.actor.name, payload={"iban": "secret-of-the-payload"})
    take(worker)
    worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"title": "Pay?"}}).ok()
    (task,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    bob.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved", "comment": "secret-of-bob"}).ok()
    take(worker)
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
    return UUID(intent_id)


def test_one_trace_leads_from_the_submitter_through_the_wait_to_the_end(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = decided(shop, worker, bob, monkeypatch)
    follow()
    follow()
    (request,) = requests(collector)
    resource = attributes(request.resource_spans[0].resource)
    assert resource["service.name"] == "axme-inbox"
    assert resource["service.version"]
    root, *children = spans(collector)
    assert {span.trace_id.hex() for span in (root, *children)} == {TRACE}
    assert (root.parent_span_id.hex(), root.name[:7]) == (CALLER, "intent ")
    assert sorted(span.name for span in children) == ["delivery", "delivery", "wait for people"]
    assert {span.parent_span_id for span in children} == {root.span_id}
    assert root.status.code == Status.STATUS_CODE_UNSET
    assert attributes(root)["axme.intent.id"] == str(intent_id)
    assert attributes(root)["axme.intent.status"] == "COMPLETED"
    (wait,) = (span for span in children if span.name == "wait for people")
    assert attributes(wait)["axme.ended_by"] == "person"
    events = list(IntentEvent.objects.filter(intent_id=intent_id).order_by("seq"))
    begun = next(one for one in events if one.status == "WAITING")
    (resumed,) = (one for one in events if one.event_type == "intent.resumed")
    micro = 1000
    for span, first, last in (
        (root, events[0].at, events[-1].at),
        (wait, begun.at, resumed.at),
    ):
        assert span.start_time_unix_nano == pytest.approx(first.timestamp() * 10**9, abs=micro)
        assert span.end_time_unix_nano == pytest.approx(last.timestamp() * 10**9, abs=micro)
    assert [event.name for event in root.events] == [one.event_type for one in events]
    raw = collector.requests[0]
    assert b"secret-of" not in raw
    assert b"bob@" not in raw


def test_what_a_collector_did_not_take_is_sent_again_and_the_same(
    shop: KeyCaller,
    worker: KeyCaller,
    bob: PersonCaller,
    collector: Receiver,
    answers: dict[str, Behaviour],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = TraceCursor.objects.get().next_leaf
    answers[PATH] = AWAY
    decided(shop, worker, bob, monkeypatch)
    follow()
    assert len(collector.requests) == 1
    assert TraceCursor.objects.get().next_leaf == before
    answers[PATH] = OK
    follow()
    refused, taken = requests(collector)
    assert taken == refused
    assert TraceCursor.objects.get().next_leaf == tree.size()
    follow()
    assert len(collector.requests) == 2


def test_a_backlog_longer_than_a_batch_is_sent_whole_and_each_intent_once(
    shop: KeyCaller, worker: KeyCaller, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "WINDOW", 7)
    made = [shop.submit(worker.actor.name) for _ in range(6)]
    for intent_id in made:
        shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
    follow()
    assert sorted(attributes(span)["axme.intent.id"] for span in spans(collector)) == sorted(made)


def test_an_intent_that_timed_out_is_an_error_in_the_trace_its_history_names(
    shop: KeyCaller, worker: KeyCaller, collector: Receiver
) -> None:
    intent_id = shop.submit(worker.actor.name)
    end(intent_id, actor=worker.actor, status=IntentStatus.TIMED_OUT)
    follow()
    (root,) = spans(collector)
    assert root.status.code == Status.STATUS_CODE_ERROR
    assert UUID(bytes=root.trace_id) == UUID(IntentEvent.objects.get(intent_id=intent_id, seq=1).trace_id)
    assert root.parent_span_id == b""


def test_a_lease_that_ran_out_is_a_failed_delivery_and_reminders_split_no_wait() -> None:
    start, agent = datetime(2026, 1, 1, tzinfo=UTC), "agent://a/b/c"
    told = [
        TracedEvent(seq, kind, status, reason, actor, start + timedelta(hours=seq))
        for seq, (kind, status, reason, actor) in enumerate(
            [
                ("intent.created", "CREATED", None, agent),
                ("intent.submitted", "SUBMITTED", None, agent),
                ("intent.delivered", "DELIVERED", None, agent),
                ("intent.delivery_failed", "DELIVERED", None, "system:sweeper"),
                ("intent.redelivered", "DELIVERED", None, agent),
                ("intent.in_progress", "IN_PROGRESS", None, agent),
                ("intent.waiting", "WAITING", "WAITING_FOR_TOOL", agent),
                ("intent.reminder", "WAITING", "WAITING_FOR_TOOL", "system:clock"),
                ("intent.failed", "FAILED", None, "system:clock"),
            ],
            start=1,
        )
    ]
    made = history.spans(
        Traced(UUID(int=1), UUID(int=2), "x.v1", agent, agent, None, None, None, UUID(int=1), "order 12"), told
    )
    hours = [(one.name, (one.start - start) // HOUR, (one.end - start) // HOUR, one.failed) for one in made]
    assert hours == [
        ("intent x.v1", 1, 9, True),
        ("delivery", 3, 4, True),
        ("delivery", 5, 7, False),
        ("wait for tool", 7, 9, False),
    ]
    assert len({one.span_id for one in made}) == len(made)


def test_an_intent_that_a_wait_asked_for_belongs_to_that_wait(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shop.headers, "traceparent", TRACEPARENT)
    parent = shop.submit(worker.actor.name)
    asked = {"intent_type": "part.make.v1", "to_agent": "helper", "payload": {}}
    waits = worker.post(f"/intents/{parent}/wait", {"for": "agent", "intents": [asked]}).ok()
    (child,) = waits["child_intent_ids"]
    machine.post(f"/intents/{child}/resume", {"part": 1}).ok()
    parents.BINDING.run()
    follow()
    (ended,) = spans(collector)
    worker.post(f"/intents/{parent}/resume", {"done": True}).ok()
    follow()
    _, root, *children = spans(collector)
    (wait,) = (span for span in children if span.name == "wait for agent")
    assert attributes(ended)["axme.intent.id"] == child
    assert ended.parent_span_id == wait.span_id
    assert {ended.trace_id, wait.trace_id, root.trace_id} == {bytes.fromhex(TRACE)}


# The client of Redis imports what there is of metrics, for itself.
def test_without_a_collector_nothing_that_makes_or_sends_traces_is_imported(settings: Any) -> None:
    code = """
import django, sys
django.setup()
import axme_site.asgi, axme_site.celery, intents.jobs, axme_site.checks, axme_site.parts
assert "intents.jobs.trace" not in axme_site.celery.app.conf.beat_schedule
intents.jobs.trace()
print([name for name in sys.modules if name.startswith(("opentelemetry.exporter", "opentelemetry.sdk.trace", "google."))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], (None, None)),
        ([(b"traceparent", f"00-{TRACE}-{CALLER}-00".encode())], (TRACE, CALLER)),
        ([(b"traceparent", f"cc-{TRACE}-{CALLER}-01-more".encode())], (TRACE, CALLER)),
        ([(b"traceparent", f"00-{TRACE}-{CALLER}-01-more".encode())], (None, None)),
        ([(b"traceparent", f"ff-{TRACE}-{CALLER}-01".encode())], (None, None)),
        ([(b"traceparent", f"00-{'0' * 32}-{CALLER}-01".encode())], (None, None)),
        ([(b"traceparent", f"00-{TRACE}-{'0' * 16}-01".encode())], (None, None)),
        ([(b"traceparent", f"00-{TRACE.upper()}-{CALLER}-01".encode())], (None, None)),
        ([(b"traceparent", f"00-{TRACE}-{CALLER}-01".encode()), (b"x-trace-id", b"mine")], ("mine", None)),
        ([(b"traceparent", f"00-{TRACE}-{CALLER}-01".encode()), (b"x-trace-id", TRACE.encode())], (TRACE, CALLER)),
    ],
)
def test_a_traceparent_is_read_as_w3c_says(
    headers: list[tuple[bytes, bytes]], expected: tuple[str | None, str | None]
) -> None:
    trace = tracing.from_headers(headers)
    assert trace.parent_span == expected[1]
    if expected[0]:
        assert trace.trace_id == expected[0]
    else:
        assert str(UUID(trace.trace_id)) == trace.trace_id


def test_each_text_that_names_a_trace_makes_a_sound_id() -> None:
    origin = UUID(int=7)
    assert trace_id(TRACE, origin) == int(TRACE, 16)
    assert trace_id(str(UUID(TRACE)).upper(), origin) == int(TRACE, 16)
    assert trace_id("0" * 32, origin) == trace_id("", origin) == 7
    assert 0 < trace_id("order 12", origin) < 2**128
    assert len({span_id(origin, seq) for seq in range(1000)}) == 1000
