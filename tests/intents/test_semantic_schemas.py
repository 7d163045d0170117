"""Semantic schemas: payloads are held against them on every door that submits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.accounts.models import AuditEntry, Workspace
from intents.kernel.jsonschema import patterns, validator
from intents.semantics import checking, selectors
from intents.semantics.checking import Version
from intents.semantics.models import Mode, SemanticSchema
from intents.semantics.services import registering
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.intents.factory import take

TYPE = "order.goods.fulfill"
ORDER = {"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "string"}, "count": {"minimum": 1}}}
Schema = dict[str, Any]


def register(by: Caller, schema: Schema = ORDER, mode: str = "strict", version: int = 1, **more: Any) -> Answer:
    body = {"semantic_type": f"{TYPE}.v{version}", "schema_json": schema, "compatibility_mode": mode}
    return by.post("/schemas", body | more)


def send(by: Caller, payload: Any, intent_type: str = f"{TYPE}.v1", **more: Any) -> Answer:
    return by.post("/intents", {"intent_type": intent_type, "to_agent": "order-service", "payload": payload} | more)


def refused(answer: Answer, field: str) -> None:
    assert (answer.status, answer.code, answer.json["error"]["details"]["field"]) == (422, "schema_invalid", field), answer


def test_a_strict_schema_refuses_naming_the_place(machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    register(machine).ok()
    send(shop, {"order_id": "1", "count": 2}).ok()
    answer = send(shop, {"order_id": 1, "count": 0})
    refused(answer, "payload.count")
    details = answer.json["error"]["details"]
    assert details["semantic_type"] == f"{TYPE}.v1"
    assert [one["field"] for one in details["errors"]] == ["payload.count", "payload.order_id"]
    send(shop, {"order_id": 1}, intent_type="order.goods.refund.v1").ok()
    send(shop, {"order_id": 1}, intent_type=f"{TYPE}.v2").ok()


def test_nothing_that_was_refused_is_there(machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    register(machine).ok()
    refused(shop.post("/intents", {"intent_type": f"{TYPE}.v1", "to_agent": "order-service"}, key="one"), "payload.order_id")
    assert shop.get("/intents").ok()["intents"] == []
    mended = {"intent_type": f"{TYPE}.v1", "to_agent": "order-service", "payload": {"order_id": "1"}}
    first = shop.post("/intents", mended, key="one").ok()
    register(machine, {"type": "object", "required": ["more"]}).ok()
    assert shop.post("/intents", mended, key="one").ok() == first, "what was accepted is so still"


def test_a_type_without_a_version_is_its_newest(machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    for version in (2, 10, 9):
        body = {"semantic_type": f"analyze_data.v{version}", "compatibility_mode": "strict"}
        machine.post("/schemas", body | {"schema_json": {"required": [f"of_{version}"]}}).ok()
    refused(send(shop, {}, intent_type="analyze_data"), "payload.of_10")
    refused(send(shop, {}, intent_type="analyze_data.v9"), "payload.of_9")
    machine.post(
        "/schemas",
        {
            "semantic_type": "analyze_data.v10",
            "schema_json": {"required": ["of_10"]},
            "compatibility_mode": "strict",
            "active": False,
        },
    ).ok()
    refused(send(shop, {}, intent_type="analyze_data"), "payload.of_9")


class TestBackward:
    def test_it_takes_what_an_earlier_version_allows(self, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
        register(machine, {"properties": {"a": {"type": "string"}}}).ok()
        wider = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
        register(machine, wider, "backward", 2).ok()
        register(machine, wider | {"properties": {**wider["properties"], "c": {}}}, "backward", 3).ok()
        send(shop, {"b": "before it was described"}, intent_type=f"{TYPE}.v3").ok()
        refused(send(shop, {"a": 1, "b": "x"}, intent_type=f"{TYPE}.v3"), "payload.a")

    def test_it_must_allow_what_the_version_before_does(self, machine: KeyCaller) -> None:
        register(machine, {"properties": {"a": {"type": "string"}}}).ok()
        answer = register(machine, {"properties": {"a": {"type": "integer"}}, "required": ["a"]}, "backward", 2)
        refused(answer, "schema_json.a")
        assert f"{TYPE}.v1" in answer.json["error"]["message"]
        register(machine, {"properties": {"a": {"type": "integer"}}}, "strict", 2).ok()

    def test_an_earlier_version_does_not_outgrow_it(self, machine: KeyCaller) -> None:
        register(machine, {"properties": {"a": {"type": "string"}}}).ok()
        register(machine, {"properties": {"a": {"type": "string"}}}, "backward", 2).ok()
        refused(register(machine, {"properties": {"a": {"type": ["string", "null"]}}}), "schema_json.a")

    def test_its_own_change_is_compatible_too(self, machine: KeyCaller) -> None:
        register(machine, {"properties": {"a": {"type": "string"}}}, "backward").ok()
        refused(register(machine, {"properties": {"a": {"type": "integer"}}}, "backward"), "schema_json.a")
        register(machine, {"properties": {"a": {"type": ["string", "integer"]}}}, "backward").ok()


def test_a_warning_is_in_the_history(machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    register(machine, mode="warn").ok()
    good = send(shop, {"order_id": "1"}).ok()["intent_id"]
    odd = send(shop, {"order_id": 1}).ok()["intent_id"]
    assert [one["event_type"] for one in shop.get(f"/intents/{good}/events").ok()["events"]] == [
        "intent.created",
        "intent.submitted",
    ]
    event = shop.get(f"/intents/{odd}/events").ok()["events"][-1]
    assert (event["event_type"], event["details"]["warning"]) == ("intent.comment", "schema")
    assert event["details"]["message"] == "payload.order_id: must be text"
    assert {str(one.intent.id) for one in take(worker, limit=10)} == {good, odd}


class TestDoors:
    """Whatever submits is held against the same schemas."""

    def test_a_batch(self, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
        register(machine).ok()
        one = {"intent_type": f"{TYPE}.v1", "to_agent": "order-service"}
        other = {"intent_type": "order.other.v1", "to_agent": "order-service"}
        items = [one | {"payload": {"order_id": "1"}}, one, other]
        done = shop.post("/intents/batch", {"intents": items}).ok()["intents"]
        assert [item["ok"] for item in done] == [True, False, True]
        assert done[1]["error"]["details"]["field"] == "payload.order_id"

    def test_a_human_task(self, machine: KeyCaller, shop: KeyCaller, alice: PersonCaller) -> None:
        register(machine, mode="warn").ok()
        done = send(shop, {}, human_task={"title": "Ship it?"}).ok()
        assert done["status"] == "WAITING"
        register(machine).ok()
        refused(send(shop, {}, human_task={"title": "Ship it?"}), "payload.order_id")

    def test_children(self, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
        register(machine).ok()
        intent_id = send(shop, {"order_id": "1"}).ok()["intent_id"]
        take(worker)
        child = {"intent_type": f"{TYPE}.v1", "to_agent": "shop"}
        answer = worker.post(f"/intents/{intent_id}/wait", {"for": "agent", "intents": [child]})
        assert (answer.status, answer.code) == (422, "schema_invalid"), answer.raw

    def test_running_again(self, machine: KeyCaller, shop: KeyCaller, alice: PersonCaller, worker: KeyCaller) -> None:
        intent_id = send(shop, {}).ok()["intent_id"]
        shop.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        register(machine).ok()
        assert alice.post(f"/intents/{intent_id}/rerun", {}).status in (404, 409, 422)


class TestRegistry:
    @pytest.mark.parametrize(
        ("schema", "field"),
        [
            ({"type": 3}, "schema_json.type"),
            ({"type": "array"}, "schema_json.type"),
            ({"$ref": "https://example.com/s"}, "schema_json.$ref"),
            ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "schema_json.properties.a.$ref"),
            ({"$defs": {"a": {"$ref": "#/$defs/a"}}}, "schema_json.$defs.a.$ref.$ref"),
            ({"properties": {"a": {"pattern": "(?=a)a"}}}, "schema_json.properties.a.pattern"),
            ({"properties": {"a": {"pattern": "(a{500}){500}"}}}, "schema_json.properties.a.pattern"),
            ({"patternProperties": {"^(a+)+$": {}}}, "schema_json.patternProperties"),
            ({"description": "x" * 40_000}, "schema_json"),
            ({"properties": {f"p{n}": {} for n in range(600)}}, "schema_json.properties.p499"),
        ],
    )
    def test_what_cannot_be_run_here_is_refused(self, machine: KeyCaller, schema: Schema, field: str) -> None:
        refused(register(machine, schema), field)

    @pytest.mark.parametrize("name", ["order", "order.v01", "order.v1.v2", "Order.v1", "order.v99999999999", ""])
    def test_a_type_has_its_version(self, machine: KeyCaller, name: str) -> None:
        refused(register(machine, semantic_type=name), "semantic_type")

    def test_the_same_again_changes_nothing(self, machine: KeyCaller) -> None:
        first = register(machine).ok()["schema"]
        assert register(machine).ok()["schema"] == first
        assert AuditEntry.objects.filter(action="schema.register").count() == 1
        assert register(machine, mode="warn").ok()["schema"]["schema_hash"] == first["schema_hash"]

    def test_who_may(self, machine: KeyCaller, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
        assert [register(one).status for one in (bob, shop)] == [403, 403]
        assert register(machine, scope="core").status == 403
        register(alice).ok()
        assert bob.get(f"/schemas/{TYPE}.v1").ok()["schema"]["owner_agent"] is None
        assert [one["semantic_type"] for one in shop.get("/schemas").ok()["schemas"]] == [f"{TYPE}.v1"]

    def test_a_workspace_has_its_own(self, machine: KeyCaller, foreign_machine: KeyCaller, charlie: PersonCaller) -> None:
        register(machine).ok()
        assert charlie.get(f"/schemas/{TYPE}.v1").status == 404
        assert charlie.get("/schemas").ok()["schemas"] == []
        register(foreign_machine, {"required": ["x"]}).ok()
        send(machine, {"order_id": "1"}).ok()

    def test_a_list_reads_no_documents(self, machine: KeyCaller) -> None:
        register(machine).ok()
        with CaptureQueriesContext(connection) as seen:
            assert machine.get("/schemas").ok()["schemas"]
        assert not [one for one in seen if '"document"' in one["sql"]]

    def test_there_are_so_many(self, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(registering, "MOST_VERSIONS", 1)
        register(machine).ok()
        assert register(machine, version=2).status == 409

    def test_a_payload_is_tried(self, machine: KeyCaller, bob: PersonCaller) -> None:
        register(machine, mode="warn").ok()
        tried = bob.post(f"/schemas/{TYPE}/validate", {"payload": {}}).ok()
        assert (tried["valid"], tried["accepted"], tried["semantic_type"]) == (False, True, f"{TYPE}.v1")
        assert tried["errors"] == [{"field": "payload.order_id", "message": "this field is required"}]
        assert bob.post("/schemas/nothing/validate", {"payload": {}}).status == 404


def test_a_payload_costs_a_bounded_time(machine: KeyCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    slow = {"properties": {"a": {"items": {"anyOf": [{"required": [f"k{n}"]} for n in range(100)]}}}}
    register(machine, slow).ok()
    answer = send(shop, {"a": [{}] * 5000})
    refused(answer, "payload")
    assert "too much to check" in answer.json["error"]["message"]


def test_versions_before_it_are_compiled_in_the_same_time() -> None:
    versions = (
        Version(f"{TYPE}.v{n}", Mode.BACKWARD, {"properties": {"a": {"pattern": f"^.{{0,2000}}{n}$"}}})
        for n in range(100, 200)
    )
    assert checking.problems({"a": ""}, versions, validator.Budget(checking.MAX_STEPS))
    assert len(list(versions)) > 90, "each took its time to compile"


def test_of_a_batch_a_pattern_is_compiled_once(
    machine: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(machine, {"properties": {"a": {"pattern": "^.{0,2000}$"}}}).ok()
    compiled: list[str] = []
    really = patterns.compiled

    def counted(pattern: str) -> Any:
        compiled.append(pattern)
        return really(pattern)

    monkeypatch.setattr(patterns, "compiled", counted)
    one = {"intent_type": f"{TYPE}.v1", "to_agent": "order-service", "payload": {"a": "b"}}
    done = machine.post("/intents/batch", {"intents": [one] * 40}).ok()["intents"]
    assert {item["ok"] for item in done} == {True}
    assert compiled == ["^.{0,2000}$"]


def test_what_a_process_keeps_is_by_what_was_read(
    machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "_read", {})
    register(machine).ok()
    (chain,) = selectors.in_force(workspace.id, [f"{TYPE}.v1"]).values()
    register(machine, {"required": ["more"]}).ok()
    assert [one.schema for one in selectors.versions(chain)] == [{"required": ["more"]}]
    register(machine).ok()
    refused(send(shop, {"order_id": 1}), "payload.order_id")


@pytest.mark.usefixtures("looked_up_once")
def test_without_schemas_a_submit_is_one_statement(shop: KeyCaller, worker: KeyCaller) -> None:
    send(shop, {}).ok()
    with CaptureQueriesContext(connection) as seen:
        send(shop, {}).ok()
    assert len([one for one in seen if "intents_semanticschema" in one["sql"] or "intents_quotapolicy" in one["sql"]]) == 1


def test_of_two_versions_registered_at_once_the_second_is_held_against_the_first(machine: KeyCaller) -> None:
    """Whichever comes second: the later promises to allow what the earlier does, and does not."""
    schemas = {1: {"properties": {"a": {"type": "string"}}}, 2: {"properties": {"a": {"type": "integer"}}}}
    together = Barrier(2)

    def one(version: int) -> int:
        try:
            together.wait()
            return register(machine, schemas[version], "backward", version=version).status
        finally:
            connection.close()

    for _ in range(5):
        with ThreadPoolExecutor(2) as both:
            assert sorted(both.map(one, schemas)) == [200, 422]
        SemanticSchema.objects.all().delete()
