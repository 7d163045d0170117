"""Is the process alive, and should it get traffic?

`/health` answers on the event loop and touches nothing, so it answers also when every thread hangs. `/health/ready`
asks the parts. Two things are told but harm no readiness: that Redis is away, without which only hints stop, and tasks that
nobody may decide, which no other process could serve any better.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis, RedisError

from axme_site import __version__, alarms, drain, problems
from axme_site.bridge import JSON, Reply
from intents import selectors

LIVE = "/health"
LIVE_PATHS = frozenset({LIVE, "/v1/health"})
"""Some clients ask below the API's own root."""
ROUTES = frozenset({LIVE, "/health/ready", "/metrics"})
"""What machines ask every few seconds."""

LATE_SECONDS = 30.0
"""A beat as old as this, or a timer overdue by this much, is a fault."""
GRACE_SECONDS = 30.0
"""How long after its start a process takes the want of a beat, and what fell due while all was down, for normal."""

_started = time.monotonic()
_redis = Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5) if settings.REDIS_URL else None


def live(method: str) -> Reply:
    body = json.dumps({"ok": True, "status": "ok", "version": __version__}).encode()
    headers = [JSON, (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    return Reply(200, headers, b"" if method == "HEAD" else body, LIVE)


def ready(request: HttpRequest) -> HttpResponse:
    """200 or 503 with `{"ok", "status": "ready" | "degraded" | "unready", "version", "checks"}`.

    A check is `{"ok", "ms", "detail"}`: how long asking took, and the finding in words.
    """
    checks: dict[str, dict[str, Any]] = {}
    checks["draining"] = _finding(not drain.gate.draining, 0.0, "stopping" if drain.gate.draining else "no")
    lags, checks["database"] = _ask(selectors.readiness, Error)
    if lags is not None:
        checks["beat"] = _beat(lags["beat_age_seconds"])
        checks["timers"] = _timers(lags["timer_lag_seconds"])
        stuck, checks["tasks"] = _ask(alarms.unroutable, Error)
        if stuck is not None:
            checks["tasks"] |= {"ok": stuck == 0, "detail": _stuck(stuck)}
    degraded = not checks.get("tasks", {"ok": True})["ok"]
    without_redis = False
    if _redis is not None:
        _, checks["redis"] = _ask(_redis.ping, RedisError)
        without_redis = not checks["redis"]["ok"]
    # Beat's hints come through Redis. Without it timers are late, but this process serves as well as any other.
    excused = {"tasks"} | ({"redis", "beat", "timers"} if without_redis else set())
    fit = all(check["ok"] for name, check in checks.items() if name not in excused)
    status = "unready" if not fit else "degraded" if degraded or without_redis else "ready"
    answer = {"ok": fit, "status": status, "version": __version__, "checks": checks}
    return problems.logged(JsonResponse(answer, status=200 if fit else 503, headers={"Cache-Control": "no-store"}))


def _ask(part: Callable[[], Any], error: type[Exception]) -> tuple[Any, dict[str, Any]]:
    started = time.perf_counter()
    try:
        found, detail = part(), "answers"
    except error as problem:
        # Its name alone: messages quote addresses.
        found, detail = None, f"does not answer ({type(problem).__name__})"
    return found, _finding(found is not None, time.perf_counter() - started, detail)


def _stuck(tasks: int) -> str:
    return f"{tasks} wait for a decision that nobody may make" if tasks else "each undecided one has somebody to decide it"


def _beat(age: float | None) -> dict[str, Any]:
    if age is None:
        return _finding(_fresh(), 0.0, "no beat yet")
    return _finding(age < LATE_SECONDS or _fresh(), 0.0, f"last beat {age:.1f} s ago")


def _timers(lag: float) -> dict[str, Any]:
    detail = f"the oldest is overdue by {lag:.1f} s" if lag > 0 else "none is overdue"
    return _finding(lag < LATE_SECONDS or _fresh(), 0.0, detail)


def _fresh() -> bool:
    return time.monotonic() - _started < GRACE_SECONDS


def _finding(ok: bool, seconds: float, detail: str) -> dict[str, Any]:
    return {"ok": ok, "ms": round(seconds * 1000, 2), "detail": detail}
