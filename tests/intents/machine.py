"""What the tests of the model do to a handful of intents, and what must hold after each step."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from intents import auth
from intents.dispatch import scheduler
from intents.engine import invariants
from intents.engine.models import Delivery, Intent
from intents.engine.services import children
from intents.engine.services.deliveries import reclaim_expired
from intents.kernel.actors import Scope
from tests.callers import make_machine, make_workspace
from tests.intents.factory import take
from tests.intents.model import AT_WORK, ATTEMPTS, BACKOFF, DAY, DEFAULT_RETRIES, LEASE, LIVE, RETRIES, START, Model, World


class Intents(World):
    """What may be done to a handful of intents from one sender to one agent."""

    @initialize(first=st.sampled_from(["nothing", "any", "all", "tool"]))
    def begin(self, first: str) -> None:
        """Half of the runs begin with a family, so that its ends are met often."""
        auth.forget()
        self._set(START)
        workspace = make_workspace("myorg", "production")
        self.sender = make_machine(workspace, "shop", tools=["printer"])
        self.agent = make_machine(workspace, "order-service")
        self.admin = make_machine(workspace, "demo", Scope.WORKSPACE)
        if first != "nothing":
            self._submit(None)
        if first == "tool":
            self._wait_for_tool(0, "j1", None, "fail")
        elif first != "nothing":
            self._wait_for_agents(0, 2, first, None, "fail")

    NUMBERS = st.integers(0, 9)
    JOBS = st.sampled_from(["j1", "j2", "j3"])
    LIMITS = st.none() | st.integers(1, 4000)
    THEN = st.sampled_from(["fail", "resume", "complete"])

    @rule(deadline=st.none() | st.integers(1, 4000))
    def submit(self, deadline: int | None) -> None:
        self._submit(deadline)

    def _submit(self, deadline: int | None) -> None:
        if len(self.models) >= 5:
            return
        at = None if deadline is None else self.now + timedelta(seconds=deadline)
        fields = {"max_delivery_attempts": ATTEMPTS} | ({} if at is None else {"deadline_at": at.isoformat()})
        intent_id = self.sender.submit("order-service", **fields)
        controls = {"max_retry_count": RETRIES, "retry_backoff_seconds": BACKOFF}
        self.sender.post(f"/intents/{intent_id}/controls", {"controls_patch": controls}).ok()
        self.models[intent_id] = Model(deadline=at, generation=2)

    @rule(limit=st.integers(1, 3))
    def deliver(self, limit: int) -> None:
        free = [key for key, one in self.models.items() if one.status in AT_WORK and one.lease_until is None]
        got = [str(one.intent.id) for one in take(self.agent, limit=limit)]
        assert len(got) == min(limit, len(free))
        assert set(got) <= set(free)
        for intent_id in got:
            model = self.models[intent_id]
            model.attempt += 1
            model.lease_until = self.now + LEASE
            if model.status == "SUBMITTED":
                model.status = "DELIVERED"

    @rule(number=NUMBERS, verb=st.sampled_from(["acknowledge", "progress", "checkpoint"]))
    def work(self, number: int, verb: str) -> None:
        if (done := self._call(self.agent, number, verb)) is None:
            return
        model, answer = done
        if model.status not in AT_WORK:
            assert answer.status == 409
        elif verb == "acknowledge":
            assert answer.ok()["applied"] == (model.status in ("SUBMITTED", "DELIVERED"))
            model.status = "ACKNOWLEDGED" if model.status in ("SUBMITTED", "DELIVERED") else model.status
        else:
            answer.ok()
            model.status = "IN_PROGRESS"

    @rule(number=NUMBERS)
    def complete(self, number: int) -> None:
        if (done := self._call(self.agent, number, "resume", {"done": True})) is None:
            return
        model, answer = done
        if model.status in AT_WORK:
            answer.ok()
            model.end("COMPLETED")
        elif model.status == "WAITING" and model.parent:
            # The agent that does the parent's work is the child's sender, who may end its wait.
            answer.ok()
            model.go_on()
        else:
            assert answer.status == (403 if model.status == "WAITING" else 409)

    @rule(number=NUMBERS, retryable=st.booleans())
    def fail(self, number: int, retryable: bool) -> None:
        if (done := self._call(self.agent, number, "fail", {"error": {"code": "x"}, "retryable": retryable})) is None:
            return
        model, answer = done
        if model.status not in AT_WORK:
            assert answer.status == 409
        elif retryable and model.retries < model.budget:
            answer.ok()
            model.park("WAITING_FOR_TIME", until=self.now + timedelta(seconds=BACKOFF * 2**model.retries))
            model.retries += 1
        else:
            answer.ok()
            self._end([self._id(model)], "FAILED")

    @rule(number=NUMBERS)
    def satisfy(self, number: int) -> None:
        if (done := self._call(self.sender, number, "resume", {"go": 1})) is None:
            return
        model, answer = done
        if model.parent:
            assert answer.status == 404
        elif model.status == "WAITING":
            answer.ok()
            model.go_on()
        else:
            assert answer.status == (403 if model.status in LIVE else 409)

    @rule(number=NUMBERS, status=st.sampled_from(["COMPLETED", "FAILED", "CANCELED"]))
    def resolve(self, number: int, status: str) -> None:
        body = {"status": status, "result": {}, "error": {}, "reason": "x"}
        if (done := self._call(self.sender, number, "resolve", body)) is None:
            return
        model, answer = done
        if model.parent:
            assert answer.status == 404
        elif model.status in LIVE:
            answer.ok()
            self._end([self._id(model)], status)
        else:
            assert answer.status == 409

    @rule(number=NUMBERS, seconds=st.integers(1, 4000))
    def move_deadline(self, number: int, seconds: int) -> None:
        if (done := self._call(self.sender, number, "controls", {"controls_patch": {"timeout_seconds": seconds}})) is None:
            return
        model, answer = done
        if model.parent:
            assert answer.status == 404
        elif model.status in LIVE:
            assert answer.ok()["policy_generation"] == model.generation + 1
            model.generation += 1
            model.deadline = self.now + timedelta(seconds=seconds)
        else:
            assert answer.status == 409

    @rule(hours=st.floats(0, 1))
    def cancel_in_bulk(self, hours: float) -> None:
        old = {str(row.id) for row in Intent.objects.filter(created_at__lt=self.now - timedelta(hours=hours))}
        gone = [key for key, one in self.models.items() if key in old and one.status in LIVE]
        done = self.admin.post("/intents/bulk-cancel", {"older_than_hours": hours, "dry_run": False}).ok()
        assert sorted(done["intent_ids"]) == sorted(gone)
        self._end(gone, "CANCELED")

    @rule(number=NUMBERS, job=st.none() | JOBS, limit=LIMITS, then=THEN)
    def wait_for_tool(self, number: int, job: str | None, limit: int | None, then: str) -> None:
        self._wait_for_tool(number, job, limit, then)

    def _wait_for_tool(self, number: int, job: str | None, limit: int | None, then: str) -> None:
        body = {"for": "tool", "tool": "printer"} | ({"external_id": job} if job else {}) | self._limit(limit, then)
        if (done := self._call(self.agent, number, "wait", body)) is None:
            return
        model, answer = done
        used = job in self.kept and self.kept[job] is None
        if model.status not in AT_WORK or (job and (used or any(one.job == job for one in self.models.values()))):
            assert answer.status == 409
            return
        token = answer.ok()["callback_url"].rpartition("/")[2]
        model.park("WAITING_FOR_TOOL", until=self._after(limit), on_timeout=then)
        model.token, model.job, model.callbacks[token] = token, job, "open"
        came = self.kept.pop(job, None) if job else None
        if job and came and self.now - came <= DAY:
            self.kept[job] = None
            model.go_on()

    @rule(job=JOBS)
    def complete_job(self, job: str) -> None:
        done = self.sender.post("/tools/printer/completions", {"external_id": job, "result": {}}).ok()
        waiting = [one for one in self.models.values() if one.job == job]
        came = self.kept.get(job)
        known = job in self.kept and (came is None or self.now - came <= DAY)
        assert (done["applied"], done["kept"]) == (bool(waiting), not waiting and not known)
        if waiting:
            self.kept[job] = None
            waiting[0].go_on()
        elif not known:
            self.kept[job] = self.now

    @rule(number=NUMBERS)
    def call_back(self, number: int) -> None:
        tokens = [(token, one) for one in self.models.values() for token in one.callbacks]
        if not tokens:
            return
        token, model = tokens[number % len(tokens)]
        answer = self.sender.post(f"/callbacks/{token}", {})
        match model.callbacks[token]:
            case "open":
                assert answer.ok()["applied"]
                if model.job:
                    # Told by the callback, the job is done: naming it later is a repetition.
                    self.kept[model.job] = None
                model.go_on()
            case "satisfied":
                assert not answer.ok()["applied"]
            case _:
                assert answer.status == 409

    @rule(number=NUMBERS, count=st.integers(1, 3), until=st.sampled_from(["all", "any"]), limit=LIMITS, then=THEN)
    def wait_for_agents(self, number: int, count: int, until: str, limit: int | None, then: str) -> None:
        self._wait_for_agents(number, count, until, limit, then)

    def _wait_for_agents(self, number: int, count: int, until: str, limit: int | None, then: str) -> None:
        if len(self.models) + count > 12:
            return
        child = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}, "max_delivery_attempts": ATTEMPTS}
        body = {"for": "agent", "intents": [child] * count, "until": until} | self._limit(limit, then)
        if (done := self._call(self.agent, number, "wait", body)) is None:
            return
        model, answer = done
        if model.status not in AT_WORK:
            assert answer.status == 409
            return
        ids = answer.ok()["child_intent_ids"]
        model.park("WAITING_FOR_AGENT", until=self._after(limit), on_timeout=then)
        model.awaited, model.any_will_do = ids, until == "any"
        self.models |= {one: Model(parent=self._id(model), budget=DEFAULT_RETRIES) for one in ids}

    @rule()
    def relay(self) -> None:
        self._relay()

    def _relay(self) -> None:
        children.relay()
        for model in self.models.values():
            ended = [one for one in model.awaited if self.models[one].status not in LIVE]
            if ended and (model.any_will_do or len(ended) == len(model.awaited)):
                model.go_on()

    @rule(seconds=st.sampled_from([1, 9, 10, 60, 899, 900, 3600, 90_000]))
    def pass_time(self, seconds: int) -> None:
        """Time passes, and then the sweeps run: children's ends first, then timers, leases after."""
        self._relay()
        self._set(self.now + timedelta(seconds=seconds))
        while scheduler.sweep():
            pass
        reclaim_expired()
        everyone = self.models.items()
        self._end([key for key, one in everyone if one.deadline and one.deadline <= self.now], "TIMED_OUT")
        over = [(key, one) for key, one in everyone if one.wait_until and one.wait_until <= self.now]
        ends = {then: [key for key, one in over if one.on_timeout == then] for then in ("fail", "complete")}
        for _, model in over:
            if model.on_timeout == "resume":
                model.go_on("satisfied" if model.waits_for == "WAITING_FOR_TIME" else "expired")
        self._end(ends["complete"], "COMPLETED", "expired")
        self._end(ends["fail"], "FAILED", "expired")
        lost = [(key, one) for key, one in everyone if one.lease_until and one.lease_until <= self.now]
        for _, model in lost:
            model.lease_until = None
        self._end([key for key, one in lost if one.attempt >= ATTEMPTS], "FAILED")

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        stored = {str(row.id): row for row in Intent.objects.all()}
        leases = {str(row.intent_id): row for row in Delivery.objects.filter(state="leased")}
        assert stored.keys() == self.models.keys()
        for intent_id, model in self.models.items():
            row, lease = stored[intent_id], leases.get(intent_id)
            assert (row.status, row.retry_count, row.policy_generation) == (model.status, model.retries, model.generation)
            assert (lease.lease_expires_at if lease else None) == model.lease_until
            assert (lease.attempt if lease else model.attempt) == model.attempt
            assert row.waiting_reason == model.waits_for
            if model.status in LIVE:
                assert row.deadline_at == model.deadline

    @invariant()
    def the_invariants_hold(self) -> None:
        assert [str(one) for one in invariants.findings()] == []
