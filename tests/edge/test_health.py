"""What monitors are told."""

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from redis import Redis

import axme_site
from axme_site import drain, health, metrics
from intents.audit.models import AuditProgress
from intents.dispatch.bindings import internal
from intents.engine.models import Delivery, Instance, Pulse, Timer
from tests.edge.conftest import Hold, Process
from tests.services import free_port

pytestmark = pytest.mark.django_db


def ready() -> tuple[int, dict[str, Any]]:
    answer = health.ready(RequestFactory().get("/health/ready"))
    return answer.status_code, json.loads(answer.content)


def beat(*, seconds_ago: float, looked: float = 0) -> None:
    """Beat last came so many seconds ago, and a worker looked last."""
    now = timezone.now()
    AuditProgress.objects.create(recent=uuid4(), walked=uuid4(), size=1, lap_began_at=now, passed_at=now)
    Pulse.objects.update_or_create(id=1, defaults={"looked_at": now - timedelta(seconds=looked)})
    Instance.objects.create(kind="beat", host="here", started_at=now, heartbeat_at=now - timedelta(seconds=seconds_ago))


def told_seconds(detail: str, before: str) -> float:
    """How long ago: a little longer than it was at first."""
    assert (detail.startswith(before), detail.endswith(" s ago")) == (True, True), detail
    return float(detail.removeprefix(before).removesuffix(" s ago"))


@pytest.fixture
def grown_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has been running for an hour."""
    monkeypatch.setattr(health, "_started", time.monotonic() - 3600)


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(health, "redis", Redis(port=free_port(), socket_connect_timeout=0.5))
    yield
    health.redis.close()  # type: ignore[union-attr]


@pytest.mark.usefixtures("grown_up")
def test_it_is_ready_when_every_part_answers() -> None:
    beat(seconds_ago=1)
    status, body = ready()
    assert (status, body["ok"], body["status"]) == (200, True, "ready")
    assert list(body["checks"]) == ["draining", "database", "beat", "looks", "timers", "outbox", "tasks", "audit"]
    assert all(set(check) == {"ok", "ms", "detail"} for check in body["checks"].values())
    assert body["checks"]["timers"]["detail"] == "none is overdue"


@pytest.mark.usefixtures("grown_up")
def test_it_is_not_ready_without_a_beat() -> None:
    assert ready()[0] == 503
    beat(seconds_ago=31)
    status, body = ready()
    assert (status, body["status"], body["checks"]["beat"]["ok"]) == (503, "unready", False)
    assert told_seconds(body["checks"]["beat"]["detail"], "last beat ") >= 31


@pytest.mark.usefixtures("grown_up")
def test_it_is_not_ready_when_timers_are_late() -> None:
    beat(seconds_ago=0)
    late_timer()
    status, body = ready()
    assert (status, body["checks"]["timers"]["ok"]) == (503, False)


def late_timer() -> None:
    due = timezone.now() - timedelta(seconds=40)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # a timer alone, of no intent
    Timer.objects.create(workspace_id=uuid4(), intent_id=uuid4(), kind="deadline", due_at=due, next_at=due)


@pytest.mark.usefixtures("grown_up", "no_redis")
def test_late_timers_are_no_less_red_because_redis_is_away() -> None:
    beat(seconds_ago=300)
    late_timer()
    status, body = ready()
    assert (status, body["checks"]["timers"]["ok"], body["checks"]["redis"]["ok"]) == (503, False, False)


@pytest.mark.usefixtures("grown_up", "no_redis")
def test_nobody_who_looks_is_no_less_red_because_redis_is_away() -> None:
    beat(seconds_ago=300, looked=31)
    status, body = ready()
    assert (status, body["checks"]["looks"]["ok"]) == (503, False)
    assert told_seconds(body["checks"]["looks"]["detail"], "last look at what is due ") >= 31


@pytest.mark.usefixtures("grown_up")
@pytest.mark.parametrize(("binding", "target"), [("parent", "x"), ("internal", "demo-inside")])
def test_work_of_the_server_itself_that_is_not_done_is_told(
    monkeypatch: pytest.MonkeyPatch, binding: str, target: str
) -> None:
    beat(seconds_ago=0)
    monkeypatch.setattr(internal, "_handlers", {"demo-inside": None})
    long_ago = timezone.now() - timedelta(seconds=40)
    for owed in ((binding, target), ("internal", "elsewhere"), ("pull", "x")):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        Delivery.objects.create(
            workspace_id=uuid4(), intent_id=uuid4(), binding=owed[0], target=owed[1], created_at=long_ago
        )
        _, body = ready()
        assert (body["status"], body["checks"]["outbox"]["ok"]) == ("degraded", False)
    assert float(str(page()[1]).partition("\naxme_outbox_lag_seconds ")[2].split()[0]) >= 40
    Delivery.objects.filter(target=target, binding=binding).delete()
    assert ready()[1]["status"] == "ready"


@pytest.mark.usefixtures("grown_up")
def test_a_database_that_takes_no_writes_is_told_at_once() -> None:
    beat(seconds_ago=0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    status, body = ready()
    assert (status, body["checks"]["database"]["ok"], body["checks"]["database"]["detail"]) == (
        503,
        False,
        "takes no writes",
    )


def test_a_fresh_process_is_ready_before_the_first_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_started", time.monotonic())
    status, body = ready()
    assert (status, body["checks"]["beat"]) == (200, {"ok": True, "ms": 0.0, "detail": "no beat yet"})


def test_a_draining_process_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_started", time.monotonic())
    monkeypatch.setattr(drain.gate, "draining", True)
    status, body = ready()
    assert (status, body["status"], body["checks"]["draining"]["ok"]) == (503, "unready", False)


@pytest.mark.usefixtures("no_redis", "grown_up")
@pytest.mark.parametrize("seconds_ago", [0, 300])
def test_a_lost_redis_is_told_but_keeps_it_ready_also_when_it_stops_the_beat(seconds_ago: int) -> None:
    beat(seconds_ago=seconds_ago)
    status, body = ready()
    assert (status, body["ok"], body["status"]) == (200, True, "degraded")
    assert body["checks"]["redis"]["detail"] == "does not answer (ConnectionError)"


def test_a_redis_that_answers_is_told(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        monkeypatch.setattr(health, "redis", redis)
        assert ready()[1]["checks"]["redis"]["ok"] is True


@pytest.mark.usefixtures("grown_up")
@pytest.mark.parametrize("how", ["read-only", "no list of messages"])
def test_a_redis_that_takes_no_messages_is_told_but_keeps_it_ready(
    monkeypatch: pytest.MonkeyPatch, redis_url: str, how: str
) -> None:
    beat(seconds_ago=300)
    with Redis.from_url(redis_url) as redis:
        monkeypatch.setattr(health, "redis", redis)
        if how == "read-only":
            redis.replicaof("127.0.0.1", free_port())
        else:
            redis.set("axme.celery", "text")
        try:
            status, body = ready()
        finally:
            redis.replicaof("NO", "ONE")
            redis.delete("axme.celery")
    error = "ReadOnlyError" if how == "read-only" else "ResponseError"
    assert (status, body["status"], body["checks"]["redis"]["detail"]) == (200, "degraded", f"refuses ({error})")


def test_it_says_what_it_is_and_its_version(site: Process) -> None:
    answer = site.ask("GET /health")
    assert answer.json() == {"ok": True, "status": "ok", "service": "axme-inbox", "version": axme_site.__version__}
    assert site.ask("HEAD /health").body == b""


def test_it_is_alive_while_every_thread_hangs(site: Process, hold: Hold) -> None:
    busy = [site.wire().request(f"GET {hold.path()}") for _ in range(6)]
    assert site.ask("GET /health").status == 200
    assert not any(wire.answered for wire in busy)
    hold.release()
    assert [wire.finish().status for wire in busy] == [200] * 6


def page(**headers: str) -> tuple[int, str]:
    answer = metrics.page(RequestFactory().get("/metrics", **headers))  # type: ignore[arg-type]
    return answer.status_code, answer.content.decode()


def test_metrics_tell_of_requests_and_of_what_the_database_knows(site: Process) -> None:
    site.ask("GET /v1/echo/counted")
    text = site.ask("GET /metrics").body.decode()
    assert 'axme_http_requests_total{route="/v1/echo/<path:rest>",status="200"} 1.0' in text
    assert 'axme_http_request_seconds_count{route="/v1/echo/<path:rest>"} 1.0' in text
    assert "axme_bridge_queued 0.0" in text
    assert "axme_open_streams 0.0" in text
    with site.wire() as wire:
        wire.request("GET /v1/stream/hold").until(b"id: 7")
        assert "axme_open_streams 1.0" in site.ask("GET /metrics").body.decode()
    beat(seconds_ago=5)
    _, text = page()
    assert "axme_database_up 1.0" in text
    assert "axme_beat_age_seconds 5." in text
    assert "axme_timer_lag_seconds 0.0" in text
    assert "axme_outbox_lag_seconds 0.0" in text
    for name in ("deliveries", "hand_outs", "intents", "events"):
        assert f"axme_{name}_total " in text
    for name in ("wake_ups", "hints"):
        assert f'axme_{name}_total{{outcome="dropped"}} 0.0' in text
    told = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    assert [name for name in re.findall(r"^# TYPE (axme_\w+)", text, re.MULTILINE) if f"`{name}`" not in told] == []


def test_metrics_are_for_this_machine_alone() -> None:
    assert page()[0] == 200
    assert page(REMOTE_ADDR="::1")[0] == 200
    assert page(REMOTE_ADDR="10.0.0.9")[0] == 403
    assert page(HTTP_X_FORWARDED_FOR="127.0.0.1")[0] == 403


def test_metrics_with_a_token_are_for_its_bearer_alone(settings: Any) -> None:
    settings.METRICS_TOKEN = "sesame"
    assert page()[0] == 403
    assert page(HTTP_AUTHORIZATION="Bearer sesamé")[0] == 403
    assert page(REMOTE_ADDR="10.0.0.9", HTTP_AUTHORIZATION="Bearer sesame")[0] == 200
