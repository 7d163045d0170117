"""The catalogue of events and what really happens are the same: each type is published by an act, and no other is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from intents.accounts.models import Workspace
from intents.accounts.services import invitations
from intents.dispatch import scheduler
from intents.engine.models import IntentEvent, Pulse
from intents.feed import acts
from intents.feed.models import WorkspaceEvent
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from intents.mesh import anomalies, watching
from intents.webhooks import catalogue
from intents.webhooks.models import WebhookMessage
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.reminding import pass_time
from tests.intents.factory import take
from tests.intents.pushes import call_at
from tests.intents.pushes import post_due as push_due
from tests.intents.receivers import Receiver, says
from tests.intents.waiting import complete_job, look, wait
from tests.pages.browser import Browser
from tests.webhooks.endpoints import of, post_due, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


@dataclass
class Stage:
    """Who acts, and where it is posted to."""

    now: SettableClock
    workspace: Workspace
    machine: KeyCaller
    shop: KeyCaller
    worker: KeyCaller
    called: KeyCaller
    alice: PersonCaller
    bob: PersonCaller
    outside: Receiver


@pytest.fixture
def stage(
    now: SettableClock,
    workspace: Workspace,
    machine: KeyCaller,
    shop: KeyCaller,
    worker: KeyCaller,
    called: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    outside: Receiver,
) -> Stage:
    return Stage(now, workspace, machine, shop, worker, called, alice, bob, outside)


def _claim(on: Stage) -> None:
    take(on.worker)


def _cancel(on: Stage, intent_id: str) -> None:
    on.shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "changed my mind"}).ok()


def works(on: Stage) -> None:
    intent_id = on.shop.submit()
    _claim(on)
    path = f"/intents/{intent_id}"
    on.worker.post(f"{path}/acknowledge").ok()
    on.worker.post(f"{path}/progress", {"percent": 50}).ok()
    on.worker.post(f"{path}/checkpoint", {"step": 1}).ok()
    on.worker.post(f"/inbox/{intent_id}/reply", {"message": "It ships tomorrow."}).ok()
    on.shop.post(f"{path}/controls", {"controls_patch": {"max_retry_count": 2}}).ok()
    wait(on.worker, intent_id, "tool", tool="printer", external_id="job-1")
    complete_job(on.machine, "printer", "job-1").ok()
    on.worker.post(f"{path}/resume", {"done": True}).ok()


def ends_badly(on: Stage) -> None:
    on.worker.post(f"/intents/{on.shop.submit()}/fail", {"error": {"code": "no_stock"}}).ok()
    _cancel(on, on.shop.submit())
    on.shop.submit(deadline_at=rfc3339(on.now.now + timedelta(seconds=10)))
    on.now.advance(seconds=11)
    look()


def goes_elsewhere(on: Stage) -> None:
    intent_id = on.shop.submit()
    _claim(on)
    on.now.advance(hours=1)
    look()
    _claim(on)
    on.worker.post(f"/intents/{intent_id}/transfer", {"to_agent": "helper"}).ok()


def is_not_taken(on: Stage) -> None:
    call_at(on.machine, on.outside, "/error")
    on.shop.submit("called")
    push_due()
    on.machine.patch("/agents/called", {"delivery_mode": "stream"}).ok()


def asks_people(on: Stage) -> None:
    asked = ask(on.shop, title="Ship it?", assignees=["bob@myorg.example"])
    asked.post(on.bob, "claim").ok()
    asked.post(on.bob, "release").ok()
    asked.post(on.bob, "ask", {"question": "Which one?"}).ok()
    on.shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "This one."}).ok()
    asked.decide(on.bob, "approved").ok()
    ask(on.shop, title="Ship it?", quorum=2).decide(on.bob, "approved").ok()
    _cancel(on, ask(on.shop, title="Ship it?").intent_id)


def nobody_decides(on: Stage) -> None:
    on.shop.submit(
        human_task={"assignees": ["bob@myorg.example"]},
        remind_after_seconds=60,
        max_reminders=1,
        escalate_to="alice@myorg.example",
        deadline_at=rfc3339(on.now.now + timedelta(seconds=900)),
    )
    for _ in range(10):
        pass_time(on.now, seconds=120)


def agents_change(on: Stage) -> None:
    made = on.machine.post("/service-accounts", {"name": "temp", "display_name": "Temp"}).ok()
    path = f"/service-accounts/{made['service_account']['service_account_id']}"
    on.machine.patch(path, {"description": "for a while"}).ok()
    page = Browser().sign_in(on.alice.user)
    for verb in ("suspend", "resume"):
        page.post(f"/operations/agents/{path.rpartition('/')[2]}/{verb}")
    on.machine.delete(path).ok()


def an_agent_is_watched(on: Stage) -> None:
    def beats(**told: Any) -> None:
        on.worker.post("/mesh/heartbeat", {"interval_seconds": 60} | told).ok()
        _watch(on)

    scheduler.sweep_all()
    for cost in (1, 1.2, 0.9, 1.1) * 6:  # by the hour, until it is known what is usual
        beats(metrics={"intents_total": 1, "cost_usd": cost})
        on.now.advance(hours=1)
    beats(metrics={"intents_total": 1, "cost_usd": 9})
    anomalies.look()
    on.shop.submit()
    for _ in range(7):
        on.now.advance(seconds=60)
        beats()
    _claim(on)
    beats()
    for seconds in (200, 600):
        on.now.advance(seconds=seconds)
        _watch(on)


def _watch(on: Stage) -> None:
    """As a server that has been looking all the while."""
    Pulse.objects.update(looked_at=on.now.now)
    watching.watch()


def an_agent_is_stopped(on: Stage) -> None:
    limits = "/mesh/agents/order-service/policies/cost"
    on.machine.put(limits, {"max_intents_per_hour": 1}).ok()
    for status in (200, 429):
        assert (
            on.shop.post("/intents", {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}}).status == status
        )
    on.machine.put(limits, {}).ok()
    on.machine.post("/mesh/heartbeat", {}, x_owner_agent="spare").ok()
    for verb in ("pause", "quarantine", "kill"):
        on.machine.post(f"/mesh/agents/spare/{verb}").ok()


def people_come_and_go(on: Stage) -> None:
    _, token = invitations.invite(actor=SETUP, workspace=on.workspace, role=Role.VIEWER, lifetime=timedelta(days=1))
    invitations.join_as_new(token=token, email="new@myorg.example", name="New", password=None)
    Browser().sign_in(on.bob.user)
    Browser().sign_in(on.bob.user).post("/settings/sessions/end-others")


def an_endpoint_fails_and_works_again(on: Stage) -> None:
    made = subscribe(on.machine, on.outside, "/error", "webhook.test")
    _test(on, made)
    on.now.advance(hours=61)
    _test(on, made)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(on.outside._behaviours, "/error", says("200 OK"))
        _test(on, made)


def an_endpoint_is_gone(on: Stage) -> None:
    subscribe(on.machine, on.outside, "/gone", "intent.created")
    on.shop.submit()
    post_due()


def _test(on: Stage, made: dict[str, Any]) -> None:
    on.machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()
    post_due()


PUBLISHED_BY: tuple[tuple[Callable[[Stage], None], str], ...] = (
    (works, "intent.created intent.submitted intent.delivered intent.acknowledged intent.in_progress intent.checkpoint"),
    (works, "intent.waiting intent.resumed intent.completed intent.comment intent.policy_updated"),
    (works, "inbox.thread_created inbox.thread_updated inbox.reply_received"),
    (ends_badly, "intent.failed intent.canceled intent.timed_out"),
    (goes_elsewhere, "intent.redelivered intent.transfer"),
    (is_not_taken, "intent.delivery_failed"),
    (asks_people, "intent.human_task_assigned intent.question intent.answer"),
    (asks_people, "task.opened task.claimed task.released task.voted task.decided task.withdrawn"),
    (nobody_decides, "intent.reminder intent.escalated task.expired"),
    (agents_change, "agent.created agent.updated agent.suspended agent.resumed agent.deleted"),
    (an_agent_is_watched, "agent.healthy agent.degraded agent.unreachable agent.stuck agent.unstuck agent.anomaly"),
    (an_agent_is_stopped, "agent.paused agent.quarantined agent.killed agent.policy_breached"),
    (people_come_and_go, "invite.accepted auth.session_revoked"),
    (an_endpoint_fails_and_works_again, "endpoint.failing endpoint.recovered webhook.test"),
    (an_endpoint_is_gone, "endpoint.disabled delivery.dead_lettered"),
)


def test_the_table_names_every_type_once() -> None:
    named = [name for _, names in PUBLISHED_BY for name in names.split()]
    assert sorted(named) == sorted(catalogue.BY_NAME)


def test_each_type_is_published_by_its_act_and_nothing_is_that_is_not_listed(stage: Stage) -> None:
    made = subscribe(stage.machine, stage.outside, "/takes", "*", "inbox.*")
    missing: dict[str, list[str]] = {}
    for act in dict.fromkeys(act for act, _ in PUBLISHED_BY):
        before = _told(made)
        act(stage)
        post_due()
        expected = {name for by, names in PUBLISHED_BY if by is act for name in names.split()}
        if left := expected - (_told(made) - before) - {catalogue.TEST} - before:
            missing[act.__name__] = sorted(left)
    assert missing == {}
    published = set(IntentEvent.objects.values_list("event_type", flat=True))
    published |= set(WorkspaceEvent.objects.values_list("event_type", flat=True))
    published |= set(WebhookMessage.objects.values_list("event_type", flat=True))
    assert published == set(catalogue.BY_NAME)


def test_what_the_audit_log_tells_of_is_listed() -> None:
    assert set(acts.EVENT_OF.values()) <= set(catalogue.BY_NAME)


def _told(made: dict[str, Any]) -> set[str]:
    return set(WebhookMessage.objects.filter(subscription_id=of(made)).values_list("event_type", flat=True))
