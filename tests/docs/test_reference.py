"""The reference of the API: each call is in it once, and its examples are of real calls."""

import json
import os
import re
from typing import Any

import pytest
from django.test import Client

from axme_site.reference import guides, kinds, operations, sections, snippets
from inbox.tasks import specs
from inbox.vocabulary.kinds import KINDS
from intents.engine.lifecycle import Status
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.intents.factory import make
from tests.security.routes import document

WRITE = "AXME_WRITE_EXAMPLES"
"""With this in the environment the examples are recorded anew."""


class Story:
    """Calls of the API, recorded by operation."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self._known: dict[str, str] = {}
        self._at = {
            one["operationId"]: (method.upper(), path)
            for path, methods in document()["paths"].items()
            for method, one in methods.items()
        }

    def call(self, by: Caller, operation: str, body: Any = None, *, query: Any = None, **params: str) -> Any:
        """The answer of a call, which has to succeed."""
        method, path = self._at[operation]
        at = snippets.filled(path.removeprefix("/v1"), params, query or {})
        raw = b"" if body is None else json.dumps(body).encode()
        answer = by.send(method, at.partition("?")[0], raw=raw, query=query)
        assert answer.status < 300, (operation, answer.status, answer.raw)
        told = {"params": params, "query": query or {}, "body": body, "status": answer.status, "answer": answer.json}
        self.calls.setdefault(operation, self._same(told))
        return answer.json

    def _same(self, value: Any) -> Any:
        """A value in which what is new in each run is always the same."""
        if isinstance(value, dict):
            return {self._text(name): self._same(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._same(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        text = re.sub(r"axme_(sa|pat)_[\w.-]{20,}", r"axme_\1_...", text)
        text = re.sub(r"whsec_[\w+/=]{16,}", "whsec_...", text)
        text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", self._id, text)
        text = re.sub(r"\b[0-9a-f]{64}\b", "9f2c" * 16, text)
        text = re.sub(r"\b[\w-]{43}\b", "mI5c0bGzV1kq8uYt2sWn7rXe4aPd6fHj9oLb3iMvQxE", text)
        return re.sub(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "2026-12-01T09:30:00Z", text)

    def _id(self, found: re.Match[str]) -> str:
        return self._known.setdefault(found[0], f"01a1faa0-d7a6-7491-bfae-{len(self._known) + 1:012x}")


def shape(value: Any) -> Any:
    """What does not change from run to run: the names, and the kinds of what they hold."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


REFUND = {
    "intent_type": "refund.approve.v1",
    "to_agent": "billing",
    "payload": {"customer": "ACME", "amount": "129.00", "currency": "EUR"},
}
ORDER = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"order_id": "ORD-123", "total": 99.99}}
HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture
def story(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> Story:
    told = Story()
    submitting(told, machine, bob)
    deciding(told, machine, bob, alice)
    working(told, shop, worker, machine, alice)
    getting_told(told, machine)
    settling(told, alice, bob)
    watching(told, machine, alice)
    return told


def submitting(told: Story, machine: KeyCaller, bob: PersonCaller) -> None:
    asked = REFUND | {"human_task": {"title": "Refund 129.00 EUR to ACME?", "assignees": [bob.user.email]}}
    intent_id = told.call(machine, "intents_api_intents_submit_intent", asked)["intent_id"]
    told.call(machine, "intents_api_intents_get_intent", intent_id=intent_id)
    told.call(machine, "intents_api_intents_list_intents", query={"status": "WAITING", "limit": 1})
    told.call(machine, "intents_api_intents_list_events", intent_id=intent_id)
    told.call(machine, "intents_api_intents_submit_batch", {"intents": [ORDER]})
    other = told.call(machine, "intents_api_intents_submit_intent", ORDER)["intent_id"]
    told.call(machine, "intents_api_intents_patch_controls", {"controls_patch": {"timeout_seconds": 3600}}, intent_id=other)
    grants = {"grants_patch": {"resume": ["agent://myorg/production/helper"]}}
    told.call(machine, "intents_api_intents_patch_policy", grants, intent_id=other)
    ended = {"status": "CANCELED", "reason": "the customer changed their mind"}
    told.call(machine, "intents_api_intents_resolve_intent", ended, intent_id=other)
    told.call(machine, "intents_api_intents_bulk_cancel", {"older_than_hours": 24, "dry_run": True})


def deciding(told: Story, machine: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    (task,) = told.call(bob, "inbox_api_tasks_list_my_tasks")["tasks"]
    known = {"task_id": task["task_id"]}
    told.call(bob, "inbox_api_tasks_list_tasks", query={"limit": 1})
    told.call(bob, "inbox_api_tasks_get_task", **known)
    told.call(bob, "inbox_api_tasks_claim_task", **known)
    told.call(bob, "inbox_api_tasks_release_task", **known)
    told.call(bob, "inbox_api_tasks_comment_on_task", {"comment": "The carrier confirmed it."}, **known)
    told.call(bob, "inbox_api_tasks_ask_agent", {"question": "Which carrier was it?"}, **known)
    told.call(bob, "inbox_api_tasks_watch_task", **known)
    told.call(bob, "inbox_api_tasks_unwatch_task", **known)
    told.call(bob, "inbox_api_tasks_snooze_task", {"until": "2999-01-01T09:00:00Z"}, **known)
    told.call(alice, "inbox_api_tasks_assign_task", {"to": "olga@myorg.example"}, **known)
    told.call(bob, "inbox_api_tasks_decide_task", {"outcome": "approved", "comment": "ok"}, **known)


def working(told: Story, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, alice: PersonCaller) -> None:
    held = {"intent_id": make(Status.DELIVERED, sender=shop, handler=worker).id}
    told.call(worker, "intents_api_work_acknowledge", {}, **held)
    told.call(worker, "intents_api_work_progress", {"message": "Charged", "percent": 40}, **held)
    checkpoint = {"step": 2, "total": 5, "state": {"charge": "CH-1"}, "message": "Charged"}
    told.call(worker, "intents_api_work_checkpoint", checkpoint, **held)
    told.call(worker, "intents_api_work_put_step", {"result": {"charge": "CH-1"}}, key="charge", **held)
    told.call(worker, "intents_api_work_list_steps", **held)
    told.call(worker, "intents_api_work_heartbeat", {}, **held)
    told.call(worker, "intents_api_work_wait", {"for": "tool", "tool": "crm", "external_id": "job-7"}, **held)
    job = {"external_id": "job-7", "result": {"ticket": "T-1"}}
    told.call(machine, "intents_api_signals_complete", job, tool="crm")
    told.call(worker, "intents_api_intents_resume_intent", {"tracking": "1Z999"}, **held)
    failing = {"intent_id": make(Status.IN_PROGRESS, sender=shop, handler=worker).id}
    told.call(worker, "intents_api_work_fail", {"error": {"code": "no_stock"}, "retryable": False}, **failing)
    moving = {"intent_id": make(Status.IN_PROGRESS, sender=shop, handler=worker).id}
    told.call(worker, "intents_api_work_transfer", {"to_agent": "shop"}, **moving)
    told.call(alice, "intents_api_tools_set_tool", {"style": "github", "secret": "a secret of the CRM"}, tool="crm")
    told.call(alice, "intents_api_tools_list_tools")
    told.call(machine, "intents_api_agents_list_agents")
    told.call(machine, "intents_api_agents_get_agent", address="order-service")


def getting_told(told: Story, machine: KeyCaller) -> None:
    hook = {"callback_url": "https://hooks.example/axme", "event_types": ["intent.*", "task.*"]}
    made = told.call(machine, "intents_api_webhooks_upsert_subscription", hook)["subscription"]
    known = {"subscription_id": made["subscription_id"]}
    told.call(machine, "intents_api_webhooks_list_subscriptions")
    told.call(machine, "intents_api_webhooks_get_subscription", **known)
    told.call(machine, "intents_api_webhooks_send_test_event", **known)
    told.call(machine, "intents_api_deliveries_list_deliveries", query={"limit": 1})


def settling(told: Story, alice: PersonCaller, bob: PersonCaller) -> None:
    office = {"name": "Office", "time_zone": "Europe/Riga", "hours": HOURS}
    told.call(alice, "inbox_api_calendars_create_calendar", office)
    told.call(alice, "inbox_api_calendars_list_calendars")
    late = {"name": "Refunds", "match": {"intent_types": ["refund.*"]}}
    late |= {"escalation": {"end": {"after_seconds": 86_400, "then": "fail"}}}
    told.call(alice, "inbox_api_policies_create_policy", late)
    told.call(alice, "inbox_api_policies_list_policies")
    turns = {"name": "Support", "time_zone": "Europe/Riga", "starts_on": "2026-03-02", "hand_over": "09:00"}
    made = told.call(alice, "inbox_api_schedules_create_schedule", turns | {"shift_days": 7, "people": [bob.user.email]})
    told.call(alice, "inbox_api_schedules_list_shifts", schedule_id=made["schedule"]["schedule_id"])
    told.call(bob, "inbox_api_notifications_get_notification_settings")
    told.call(bob, "inbox_api_notifications_list_notifications", query={"limit": 1})
    agent = told.call(alice, "intents_api_service_accounts_create_service_account", {"name": "invoices"})
    account = {"account_id": agent["service_account"]["service_account_id"]}
    told.call(alice, "intents_api_service_accounts_create_key", {}, **account)
    told.call(alice, "intents_api_service_accounts_get_service_account", **account)


def watching(told: Story, machine: KeyCaller, alice: PersonCaller) -> None:
    told.call(alice, "inbox_api_overview_see_overview", query={"range": "1h"})
    told.call(alice, "inbox_api_operations_find_intents", query={"q": "is:open", "limit": 1})
    told.call(machine, "intents_api_system_me")
    told.call(machine, "intents_api_system_capabilities")


def test_the_examples_are_those_of_real_calls(story: Story) -> None:
    if os.environ.get(WRITE):
        operations.EXAMPLES.write_text(json.dumps(story.calls, indent=1, ensure_ascii=False, sort_keys=False) + "\n")
    committed = json.loads(operations.EXAMPLES.read_text())
    assert committed.keys() == story.calls.keys()
    for operation, call in story.calls.items():
        assert shape(committed[operation]) == shape(call), f"{operation}: record it anew with {WRITE}=1"


def test_each_call_is_in_one_section() -> None:
    tags = {one["tags"][0] for methods in document()["paths"].values() for one in methods.values()}
    assert tags == sections.by_tag().keys()
    assert len(operations.all_of()) == sum(len(methods) for methods in document()["paths"].values())
    shown = [one.slug for section in sections.SECTIONS for one in operations.all_of(section.slug)]
    assert len(shown) == len(set(shown)) == len(operations.all_of())


def test_each_kind_of_task_has_an_example_that_is_accepted() -> None:
    assert [one.name for one in kinds.KINDS] == list(KINDS)
    for one in kinds.KINDS:
        spec = specs.complete(dict(one.task), field="human_task")
        assert spec["task_type"] == one.name
        assert one.result["outcome"] in spec["allowed_outcomes"]


def test_each_field_of_a_task_is_told_with_its_type() -> None:
    shown = {field.name: field for field in operations.human_task()}
    assert shown.keys() == specs.HumanTask.model_fields.keys()
    assert [name for name, field in shown.items() if not field.about] == []
    assert shown["risk"].choices == ("low", "medium", "high", "critical")
    assert "object" not in {field.type for name, field in shown.items() if name != "form_schema"} - {"object or null"}
    assert [str(one) for one in shown["title"].limits] == ["at most 255 characters"]


@pytest.mark.django_db
def test_every_page_is_there_for_everybody_and_leads_to_all_others(client: Client) -> None:
    seen: set[str] = set()
    ahead = {"/docs"}
    while ahead:
        path = ahead.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        seen.add(path)
        page = answer.content.decode()
        ids = set(re.findall(r'id="([^"]*)"', page))
        assert not (set(re.findall(r'href="#([^"]*)"', page)) - ids), path
        ahead |= set(re.findall(r'href="(/docs[^"#]*)', page)) - seen
    assert {f"/docs/{one.slug}" for one in sections.SECTIONS} < seen
    assert {f"/docs/guides/{one}" for one in guides.names()} < seen


@pytest.mark.django_db
def test_what_is_no_page_is_missing(client: Client) -> None:
    assert client.get("/docs/nothing").status_code == 404
    assert client.get("/docs/guides/nothing").status_code == 404
    assert client.get("/docs/guides/README").status_code == 404


def test_programs_are_sound() -> None:
    for one in operations.all_of():
        name, text = one.example.calls[1]
        assert name == "Python"
        compile(text, one.id, "exec")
