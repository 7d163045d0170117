"""What the protocol says of intents, in a few lines: a status, who holds a lease until when, the retries used, what it waits
for, until when and what then, its family and its deadline."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from intents.kernel import clock
from tests.callers import Answer, KeyCaller
from tests.conftest import empty

START = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
LEASE, ATTEMPTS, RETRIES, BACKOFF = timedelta(seconds=900), 3, 2, 10
DEFAULT_RETRIES, DAY = 3, timedelta(hours=24)
LIVE = ("SUBMITTED", "DELIVERED", "ACKNOWLEDGED", "IN_PROGRESS", "WAITING")
AT_WORK = LIVE[:-1]


@dataclass
class Model:
    """What the protocol says an intent is."""

    status: str = "SUBMITTED"
    lease_until: datetime | None = None
    attempt: int = 0
    retries: int = 0
    budget: int = RETRIES
    waits_for: str | None = None
    wait_until: datetime | None = None
    on_timeout: str = "resume"
    job: str | None = None
    token: str | None = None
    callbacks: dict[str, str] = field(default_factory=dict)
    awaited: list[str] = field(default_factory=list)
    any_will_do: bool = False
    parent: str | None = None
    deadline: datetime | None = None
    generation: int = 1

    def park(self, reason: str, *, until: datetime | None, on_timeout: str = "resume") -> None:
        self.status, self.lease_until, self.attempt = "WAITING", None, 0
        self.waits_for, self.wait_until, self.on_timeout = reason, until, on_timeout

    def go_on(self, how: str = "satisfied") -> None:
        self._wait_is(how)
        self.status, self.lease_until, self.attempt = "IN_PROGRESS", None, 0

    def end(self, status: str, how: str = "withdrawn") -> None:
        self._wait_is(how)
        self.status, self.lease_until, self.deadline = status, None, None

    def _wait_is(self, how: str) -> None:
        if self.token:
            self.callbacks[self.token] = how
        self.waits_for = self.wait_until = self.job = self.token = None
        self.awaited = []


class World(RuleBasedStateMachine):
    """Intents and their models, at one time."""

    sender: KeyCaller
    agent: KeyCaller

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.now = START
        self.models: dict[str, Model] = {}
        # Completed jobs: when they came if nobody has used them, None when used.
        self.kept: dict[str, datetime | None] = {}

    def teardown(self) -> None:
        self.stack.close()
        empty()

    def _set(self, moment: datetime) -> None:
        self.stack.close()
        self.now = moment
        self.stack.enter_context(clock.frozen_at(moment))

    def _call(
        self, caller: KeyCaller, number: int, verb: str, body: dict[str, Any] | None = None
    ) -> tuple[Model, Answer] | None:
        """A call on one of the intents. A call of the holder renews its lease, whatever comes of it."""
        if not self.models:
            return None
        intent_id = list(self.models)[number % len(self.models)]
        model = self.models[intent_id]
        if caller is self.agent and model.lease_until and model.lease_until > self.now:
            model.lease_until = self.now + LEASE
        return model, caller.post(f"/intents/{intent_id}/{verb}", body)

    def _id(self, wanted: Model) -> str:
        return next(key for key, one in self.models.items() if one is wanted)

    def _end(self, ids: list[str], status: str, how: str = "withdrawn") -> None:
        """These end, and, unless they complete, the live ones of their descendants are canceled."""
        for intent_id in ids:
            self.models[intent_id].end(status, how)
        if status != "COMPLETED":
            for intent_id in ids:
                self._cancel_below(intent_id)

    def _cancel_below(self, intent_id: str) -> None:
        for child, model in self.models.items():
            if model.parent == intent_id:
                if model.status in LIVE:
                    model.end("CANCELED")
                self._cancel_below(child)

    def _after(self, seconds: int | None) -> datetime | None:
        return self.now + timedelta(seconds=seconds) if seconds else None

    def _limit(self, seconds: int | None, then: str) -> dict[str, Any]:
        on_timeout = {"on_timeout": {"complete": "late"} if then == "complete" else then}
        return on_timeout | {"timeout_seconds": seconds} if seconds else {}
