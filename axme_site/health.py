"""Is the process alive, and should it get traffic?

`/health` answers on the event loop and touches nothing, so it answers also when every thread hangs. `/health/ready`
asks the parts. What harms no readiness is told all the same, as "degraded": that Redis is away, or beat because of it,
without which only wake-up signals stop; that the standby is away or late, in whose place the primary is read; work of a
single intent that cannot be done, tasks that nobody may decide, and a workspace whose move was broken off, which no other
process could serve any better, and rows that break an invariant. Work that is not done in time is red, whatever the cause.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis, RedisError, ResponseError

from axme_site import __version__, alerts, drain, problems
from axme_site.bridge import JSON, Reply
from axme_site.celery import app
from intents.audit import selectors as audit
from intents.engine import figures
from intents.kernel import redis_urls, replica

LIVE = "/health"
LIVE_PATHS = frozenset({LIVE, "/v1/health"})
"""Some clients ask below the API's own root."""
ROUTES = frozenset({LIVE, "/health/ready", "/metrics"})
"""What machines ask every few seconds."""

SERVICE = "axme-inbox"
"""What `axme status` and `axme doctor` say that they found."""
LATE_SECONDS = 30.0
"""A beat as old as this, or a timer overdue by this much, is a fault."""
PREFIX = "axme."
"""Of everything of ours in Redis."""
AUDIT_SECONDS = 300.0
"""A pass of the auditor as old as this is one that does not come."""
GRACE_SECONDS = 30.0
"""How long after its start a process takes the want of a beat, and what fell due while all was down, for normal."""

_started = time.monotonic()
redis = redis_urls.client(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5) if settings.REDIS_URL else None


def live(method: str) -> Reply:
    body = json.dumps({"ok": True, "status": "ok", "service": SERVICE, "version": __version__}).encode()
    headers = [JSON, (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    return Reply(200, headers, b"" if method == "HEAD" else body, LIVE)


def ready(request: HttpRequest) -> HttpResponse:
    """200 or 503 with `{"ok", "status": "ready" | "degraded" | "unready", "version", "checks"}`.

    A check is `{"ok", "ms", "detail"}`: how long asking took, and the finding in words.
    """
    checks: dict[str, dict[str, Any]] = {}
    checks["draining"] = _finding(not drain.gate.draining, 0.0, "stopping" if drain.gate.draining else "no")
    lags, checks["database"] = _ask(figures.readiness, Error)
    if lags is not None:
        if lags["database_read_only"]:
            checks["database"] |= {"ok": False, "detail": "takes no writes"}
        checks["beat"] = _age("beat", lags["beat_age_seconds"])
        checks["looks"] = _age("look at what is due", lags["look_age_seconds"])
        checks["timers"] = _timers(lags["timer_lag_seconds"])
        checks["outbox"] = _timers(lags["outbox_lag_seconds"])
        stuck, checks["tasks"] = _ask(alerts.unroutable, Error)
        if stuck is not None:
            checks["tasks"] |= {"ok": stuck == 0, "detail": _stuck(stuck)}
        left, found = _ask(alerts.unfinished_moves, Error)
        if left or settings.CELLS:
            checks["moves"] = found if left is None else found | {"ok": left == 0, "detail": _left(left)}
        state, checks["audit"] = _ask(audit.state, Error)
        if state is not None:
            checks["audit"] |= _audited(state)
    excused = {"tasks", "outbox", "audit", "moves"}
    if redis is not None:
        _, checks["redis"] = _ask(lambda: messages_waiting(redis) >= 0, RedisError)
        if not checks["redis"]["ok"]:
            # Beat's messages come through Redis. Without them the workers look by themselves.
            excused |= {"redis", "beat"}
    if (standby := replica.state()) is not None:
        checks["replica"] = _finding(standby.ok, 0.0, standby.detail)
        excused.add("replica")
    fit = all(check["ok"] for name, check in checks.items() if name not in excused)
    status = "unready" if not fit else "ready" if all(check["ok"] for check in checks.values()) else "degraded"
    answer = {"ok": fit, "status": status, "version": __version__, "checks": checks}
    return problems.logged(JsonResponse(answer, status=200 if fit else 503, headers={"Cache-Control": "no-store"}))


def messages_waiting(broker: Redis) -> int:
    """How many messages nobody has taken yet. Raises RedisError when it is away, read-only, or has something else where the
    messages are."""
    asked = broker.pipeline(transaction=False)
    asked.set(f"{PREFIX}health", 1, ex=60)
    asked.llen(f"{PREFIX}{app.conf.task_default_queue}")
    return int(asked.execute()[1])


def _ask(part: Callable[[], Any], error: type[Exception]) -> tuple[Any, dict[str, Any]]:
    started = time.perf_counter()
    try:
        found, detail = part(), "answers"
    except error as problem:
        # Its name alone: messages quote addresses.
        verb = "refuses" if isinstance(problem, ResponseError) else "does not answer"
        found, detail = None, f"{verb} ({type(problem).__name__})"
    return found, _finding(found is not None, time.perf_counter() - started, detail)


def _stuck(tasks: int) -> str:
    if not tasks:
        return "each undecided one has somebody to decide it"
    return f"{tasks} {'waits' if tasks == 1 else 'wait'} for a decision that nobody may make"


def _left(moves: int) -> str:
    if not moves:
        return "none was broken off"
    how, them = ("was", "it") if moves == 1 else ("were", "them")
    return f"{moves} {how} broken off, so a workspace may be closed: `manage.py move_workspace --unfinished` names {them}"


def _audited(state: audit.AuditState) -> dict[str, Any]:
    if state.findings:
        what, them = ("invariant is", "it") if state.findings == 1 else ("invariants are", "them")
        return {"ok": False, "detail": f"{state.findings} {what} broken: `manage.py audit_invariants` names {them}"}
    if state.age_seconds is None:
        return {"ok": time.monotonic() - _started < AUDIT_SECONDS, "detail": "the invariants were not asked yet"}
    return {"ok": state.age_seconds < AUDIT_SECONDS, "detail": f"every invariant held {state.age_seconds:.0f} s ago"}


def _age(what: str, age: float | None) -> dict[str, Any]:
    if age is None:
        return _finding(_fresh(), 0.0, f"no {what} yet")
    return _finding(age < LATE_SECONDS or _fresh(), 0.0, f"last {what} {age:.1f} s ago")


def _timers(lag: float) -> dict[str, Any]:
    detail = f"the oldest is overdue by {lag:.1f} s" if lag > 0 else "none is overdue"
    return _finding(lag < LATE_SECONDS or _fresh(), 0.0, detail)


def _fresh() -> bool:
    return time.monotonic() - _started < GRACE_SECONDS


def _finding(ok: bool, seconds: float, detail: str) -> dict[str, Any]:
    return {"ok": ok, "ms": round(seconds * 1000, 2), "detail": detail}
