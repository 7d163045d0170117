"""Quotas and usage: limits are exact, near them people are told, and what was used is shown."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from intents.accounts.models import Workspace
from intents.accounts.services import tenancy
from intents.kernel import statements
from intents.kernel.actors import Role
from intents.kernel.models import ids_of, new_id
from intents.quotas.dimensions import ALL, NO_LIMIT, PUBLISHED
from intents.quotas.metering import QuotaExceeded
from intents.quotas.services import policies
from intents.sending.models import Email
from tests.callers import SETUP, Answer, Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import take


@pytest.fixture
def place(workspace: Workspace) -> dict[str, str]:
    return {"org_id": str(workspace.organization_id), "workspace_id": str(workspace.id)}


def limit(by: Caller, place: dict[str, str], *, hard: bool = True, mode: str = "block", **limits: int) -> Answer:
    dimensions = dict.fromkeys(PUBLISHED, NO_LIMIT) | limits
    body = place | {"dimensions": dimensions, "overage_mode": mode, "hard_enforcement": hard, "updated_by_actor_id": "x"}
    return by.patch("/quotas", body)


def send(by: Caller, **more: Any) -> Answer:
    return by.post("/intents", {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}} | more)


def used(by: Caller, name: str = "intents_per_day", **query: str) -> dict[str, int]:
    found: dict[str, int] = by.get("/usage/summary", **query).ok()["summary"]["dimensions"][name]
    return found


def exceeded(answer: Answer, dimension: str) -> dict[str, Any]:
    assert (answer.status, answer.code) == (429, "quota_exceeded"), answer.raw
    details: dict[str, Any] = answer.json["error"]["details"]
    assert details["dimension"] == dimension
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return details


def test_without_a_policy_nothing_is_limited_and_all_is_counted(
    machine: KeyCaller, alice: PersonCaller, shop: KeyCaller, place: dict[str, str]
) -> None:
    policy = machine.get("/quotas", **place).ok()["quota_policy"]
    assert policy["dimensions"] == dict.fromkeys(ALL, NO_LIMIT)
    assert (policy["overage_mode"], policy["hard_enforcement"], policy["soft_threshold_percent"]) == ("block", True, 80)
    send(shop).ok()
    assert used(machine) == {"used": 1, "limit": NO_LIMIT, "remaining": NO_LIMIT - 1}


def test_what_is_over_is_refused_until_the_next_day(
    now: SettableClock, machine: KeyCaller, alice: PersonCaller, shop: KeyCaller, place: dict[str, str]
) -> None:
    with ids_of(now.now):
        send(shop).ok()
    limit(alice, place, intents_per_day=2).ok()
    first = shop.post("/intents", body(), key="one").ok()
    details = exceeded(send(shop), "intents_per_day")
    assert (details["used"], details["limit"]) == (2, 2)
    assert details["reset_at"].endswith("T00:00:00.000000Z")
    assert shop.post("/intents", body(), key="one").ok() == first, "what was accepted is so still"
    assert send(shop, deadline_at="2001-01-01T00:00:00Z").status in (422, 429)
    assert used(machine) == {"used": 2, "limit": 2, "remaining": 0}
    now.advance(days=1)
    send(shop).ok()
    assert used(machine)["used"] == 1
    assert used(machine, window="week") == {"used": 3, "limit": 14, "remaining": 11}


def body() -> dict[str, Any]:
    return {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}


def test_a_batch_is_taken_as_far_as_it_may(machine: KeyCaller, alice: PersonCaller, place: dict[str, str]) -> None:
    limit(alice, place, intents_per_day=3).ok()
    done = machine.post("/intents/batch", {"intents": [body()] * 5}).ok()["intents"]
    assert [one["ok"] for one in done] == [True, True, True, False, False]
    assert done[3]["error"]["code"] == "quota_exceeded"
    assert used(machine)["used"] == 3


def test_the_intents_of_today_are_found_by_their_ids(workspace: Workspace) -> None:
    params = {"id": new_id(), "workspace": workspace.id, "low": new_id(), "now": None}
    with transaction.atomic():
        statements.rows("SET LOCAL enable_seqscan = off", ())
        plan = [line for (line,) in statements.rows(f"EXPLAIN (COSTS OFF) {policies._BEGIN}", params)]
    assert [line for line in plan if "Index Cond" in line and "id >=" in line], plan


def test_children_count_too(shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, place: dict[str, str]) -> None:
    limit(alice, place, intents_per_day=1).ok()
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    child = {"intent_type": "a.b.v1", "to_agent": "shop"}
    answer = worker.post(f"/intents/{intent_id}/wait", {"for": "agent", "intents": [child]})
    assert (answer.status, answer.json["error"]["details"]["reason"]) == (422, "quota_exceeded")


def test_limits_are_exact_under_sixteen_senders(
    shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, place: dict[str, str]
) -> None:
    limit(alice, place, intents_per_day=10).ok()

    def one(_number: int) -> int:
        try:
            return send(shop).status
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as senders:
        found = list(senders.map(one, range(32)))
    assert (found.count(200), found.count(429)) == (10, 22)
    assert used(machine)["used"] == 10


@pytest.mark.parametrize("more", [{"hard": False}, {"mode": "grace"}, {"mode": "bill_overage"}])
def test_where_nothing_is_refused_it_is_told_of(
    shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, place: dict[str, str], more: dict[str, Any]
) -> None:
    limit(alice, place, intents_per_day=1, **more).ok()
    for _ in range(3):
        send(shop).ok()
    assert used(machine) == {"used": 3, "limit": 1, "remaining": -2}
    assert Email.objects.count() == 1


def test_near_a_limit_owners_and_admins_are_told_once_a_day(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, place: dict[str, str]
) -> None:
    limit(alice, place, intents_per_day=5).ok()
    for count, told in ((3, 0), (1, 1), (1, 1)):
        for _ in range(count):
            send(shop).ok()
        assert Email.objects.count() == told
    assert Email.objects.get().to == "alice@myorg.example"
    now.advance(days=1)
    for _ in range(4):
        send(shop).ok()
    assert Email.objects.count() == 2


class TestOtherDimensions:
    def test_files(self, shop: KeyCaller, alice: PersonCaller, place: dict[str, str]) -> None:
        limit(alice, place, media_upload_bytes_per_day=100, media_storage_bytes=1000).ok()
        file = {"owner_agent": "shop", "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 60}
        assert shop.post("/media/create-upload", file).status == 200
        assert exceeded(shop.post("/media/create-upload", file), "media_upload_bytes_per_day")["used"] == 60
        assert used(alice, "media_storage_bytes")["used"] == 60
        limit(alice, place, media_storage_bytes=100).ok()
        assert exceeded(shop.post("/media/create-upload", file), "media_storage_bytes")["reset_at"] is None
        assert used(alice, "media_upload_bytes_per_day")["used"] == 60, "what was refused counts nothing"

    def test_schemas(self, alice: PersonCaller, place: dict[str, str]) -> None:
        limit(alice, place, schema_writes_per_day=1).ok()
        schema = {"semantic_type": "a.b.c.v1", "schema_json": {}, "compatibility_mode": "warn"}
        alice.post("/schemas", schema).ok()
        alice.post("/schemas", schema).ok()
        exceeded(alice.post("/schemas", schema | {"compatibility_mode": "strict"}), "schema_writes_per_day")

    def test_inbox_writes(self, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, place: dict[str, str]) -> None:
        limit(alice, place, inbox_writes_per_day=1).ok()
        thread = send(shop).ok()["intent_id"]
        worker.post(f"/inbox/{thread}/reply", {"message": "hello"}).ok()
        exceeded(worker.post(f"/inbox/{thread}/reply", {"message": "again"}), "inbox_writes_per_day")

    def test_agents_and_members(
        self, machine: KeyCaller, alice: PersonCaller, workspace: Workspace, place: dict[str, str]
    ) -> None:
        limit(alice, place, service_accounts_per_workspace=2, actors_total=2).ok()
        machine.post("/service-accounts", {"name": "second"}).ok()
        exceeded(machine.post("/service-accounts", {"name": "third"}), "service_accounts_per_workspace")
        one, two = (tenancy.create_person(actor=SETUP, email=f"{name}@myorg.example") for name in ("one", "two"))
        tenancy.set_member(actor=SETUP, workspace=workspace, user=one, role=Role.VIEWER)
        with pytest.raises(QuotaExceeded, match="actors_total"):
            tenancy.set_member(actor=SETUP, workspace=workspace, user=two, role=Role.VIEWER)
        tenancy.set_member(actor=SETUP, workspace=workspace, user=one, role=Role.APPROVER)


class TestWho:
    def test_people_who_manage_set_them(
        self, machine: KeyCaller, bob: PersonCaller, olga: PersonCaller, alice: PersonCaller, place: dict[str, str]
    ) -> None:
        for caller in (machine, bob, olga, bob.also(machine)):
            assert limit(caller, place, intents_per_day=1).status == 403
        limit(alice.also(machine), place, intents_per_day=1).ok()

    def test_who_manages_looks(
        self, machine: KeyCaller, shop: KeyCaller, bob: PersonCaller, charlie: PersonCaller, place: dict[str, str]
    ) -> None:
        for path in ("/quotas", "/usage/summary", "/usage/timeseries"):
            assert machine.get(path, **place).status == 200
            assert [one.get(path, **place).status for one in (shop, bob, charlie)] == [403, 403, 404]

    @pytest.mark.parametrize("bad", [-1, 1.5, "1", True, NO_LIMIT + 1, None])
    def test_a_limit_is_a_whole_number(self, alice: PersonCaller, place: dict[str, str], bad: Any) -> None:
        answer = limit(alice, place, intents_per_day=bad)
        assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "dimensions.intents_per_day")

    def test_limits_that_the_public_protocol_does_not_know_stay(self, alice: PersonCaller, place: dict[str, str]) -> None:
        limit(alice, place, actors_total=7, service_accounts_per_workspace=8).ok()
        limit(alice, place, intents_per_day=5).ok()
        dimensions = limit(alice, place, service_accounts_per_workspace=NO_LIMIT).ok()["quota_policy"]["dimensions"]
        assert (dimensions["actors_total"], dimensions["service_accounts_per_workspace"]) == (7, NO_LIMIT)

    def test_nought_is_nothing_at_all(self, alice: PersonCaller, shop: KeyCaller, place: dict[str, str]) -> None:
        limit(alice, place, intents_per_day=0).ok()
        exceeded(send(shop), "intents_per_day")


def test_the_series_has_a_point_a_day(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, alice: PersonCaller, place: dict[str, str]
) -> None:
    limit(alice, place, intents_per_day=100).ok()
    send(shop).ok()
    now.advance(days=2)
    send(shop).ok()
    send(shop).ok()
    points = machine.get("/usage/timeseries", window_days="4").ok()["series"]["points"]
    assert [one["dimensions"]["intents_per_day"] for one in points] == [0, 1, 0, 2]
    assert set(points[0]["dimensions"]) == set(PUBLISHED)
    assert machine.get("/usage/timeseries", window_days="0").status == 422


def test_requests_are_limited_by_the_minute(
    monkeypatch: pytest.MonkeyPatch, alice: PersonCaller, machine: KeyCaller, charlie: PersonCaller, place: dict[str, str]
) -> None:
    monkeypatch.setattr("intents.kernel.ratelimit.WINDOW_SECONDS", 10**9)
    limit(alice, place, requests_per_minute=2).ok()
    assert [machine.get("/me").status for _ in range(3)] == [200, 200, 429]
    assert alice.get("/me").code == "rate_limit_exceeded"
    assert charlie.get("/me").status == 200


def test_command_lines_see_quotas_and_usage_together(
    machine: KeyCaller, alice: PersonCaller, worker: KeyCaller, charlie: PersonCaller, shop: KeyCaller, place: dict[str, str]
) -> None:
    limit(alice, place, intents_per_day=7).ok()
    send(shop).ok()
    overview = machine.get("/portal/enterprise/overview", **place).ok()["overview"]
    policy, usage = overview["quota_policy"], overview["usage_summary"]["dimensions"]
    assert (policy["dimensions"]["intents_per_day"], usage["intents_per_day"]) == (7, {"used": 1})
    assert (policy["overage_mode"], policy["hard_enforcement"]) == ("block", True)
    read = {"rate_limit_per_minute", "payload_max_bytes", "storage_bytes", "actors_total"}
    assert read | {"service_accounts_per_workspace", "sse_streams_max"} <= policy["dimensions"].keys()
    assert policy["tier"]
    assert worker.get("/portal/enterprise/overview").code == "policy_denied"
    assert charlie.get("/portal/enterprise/overview", **place).status == 404
