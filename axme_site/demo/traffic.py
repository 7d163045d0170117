"""The demo's life beside its visitor: the month before, made once, and agents that go on working for each other."""

import contextlib
import random
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connections

from axme_site.demo import history
from inbox.demo import PREFIX
from intents.accounts.models import Workspace
from intents.accounts.selectors import active_agents
from intents.dispatch.bindings import internal
from intents.engine.services import waits, work
from intents.engine.services.waits import When
from intents.kernel.actors import Machine, System
from intents.kernel.errors import DomainError

log = structlog.get_logger()

ACTOR = System(name="demo")
SLOW = (5, 25)
FAILS_ONE_IN = 8
STOP_SECONDS = 5.0


def toil(actor: Machine, handed: dict[str, Any]) -> dict[str, Any] | None:
    """What the scanner and the translator do with work: the one fails now and then, the other takes its time."""
    intent_id = UUID(handed["intent_id"])
    dice = random.Random(intent_id.int)  # noqa: S311 - no secret
    if actor.name == f"{PREFIX}translator" and not handed["resume"]:
        waits.wait_for_time(actor=actor, intent_id=intent_id, when=When(delay_seconds=dice.uniform(*SLOW)))
        return None
    if actor.name == f"{PREFIX}scanner" and not dice.randrange(FAILS_ONE_IN):
        work.fail(actor=actor, intent_id=intent_id, error=history.UNREADABLE)
        return None
    return {"document": handed["payload"].get("document"), "ok": True}


@contextlib.contextmanager
def running(workspace: Workspace) -> Iterator[None]:
    """Inside the block the demo lives, in a thread of its own."""
    stopping = threading.Event()
    thread = threading.Thread(target=_live, args=(workspace, stopping), name="demo", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(STOP_SECONDS)


def _live(workspace: Workspace, stopping: threading.Event) -> None:
    try:
        if settings.DEMO_HISTORY:
            history.make(actor=ACTOR, workspace=workspace, told=stopping.is_set)
        while settings.DEMO_RATE and not stopping.wait(random.expovariate(settings.DEMO_RATE)):
            _ask(workspace)
    except Exception:
        log.exception("demo_failed")
    finally:
        connections.close_all()


def _ask(workspace: Workspace) -> None:
    """One asks another, unless they were stopped or suspended, or the workspace was, or a limit is reached: that passes."""
    with contextlib.suppress(DomainError, KeyError):
        history.ask_each_other(_machines(workspace), random.Random())  # noqa: S311 - no secret


def _machines(workspace: Workspace) -> dict[str, Machine]:
    rows = active_agents().filter(workspace_id=workspace.id, name__startswith=PREFIX)
    return {row.name.removeprefix(PREFIX): internal.acting(row) for row in rows}
