"""The API's document tells of every route what it does and how it refuses, and answers are as it says."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axme_site.api import api
from axme_site.bridge import ApiDjango
from tests import turns
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.routes import Route, document, every_route, routes

REFUSED = ("400", "401", "403", "404", "409", "413", "422", "429", "503")

REFUSED_ON_THE_EDGE = ("401", "403", "404", "422", "503")


@pytest.mark.parametrize("route", every_route(), ids=str)
def test_each_operation_says_what_it_does_and_how_it_refuses(route: Route) -> None:
    operation = route.operation
    assert operation["summary"]
    assert len(operation["description"]) > 20
    assert operation["tags"]
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    assert answers["200"]["content"] or "201" in answers
    for status in REFUSED_ON_THE_EDGE if route.on_the_edge else REFUSED:
        shape = answers[status]["content"]["application/json"]["schema"]
        assert shape == {"$ref": "#/components/schemas/Error"}, status


def test_no_route_is_missing_from_the_document() -> None:
    served = {
        (method, path)
        for prefix, router in api._routers
        for view_path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        for path in [f"{prefix}{view_path}".replace("{path:", "{")]
    }
    told = {(route.method, f"/v1{route.path}") for route in every_route()}
    assert {(method, f"/{path.strip('/')}") for method, path in served} <= told


def test_operations_have_ids_of_their_own() -> None:
    ids = [route.operation["operationId"] for route in every_route()]
    assert len(set(ids)) == len(ids)


def test_fields_are_documented_as_the_guide_spells_them() -> None:
    told = document()["components"]["schemas"]
    assert {"intent_type", "to_agent"} == set(told["SubmitIntent"]["required"])
    assert [name for shape in told.values() for name in shape.get("properties", {}) if name.lower() != name] == []


def test_each_operation_takes_a_key_a_token_or_both_but_those_that_need_none() -> None:
    assert set(document()["components"]["securitySchemes"]) == {"Credential", "Token"}
    either = [{"Credential": []}, {"Token": []}, {"Credential": [], "Token": []}]
    asked = {route.path: route.operation.get("security") for route in every_route()}
    keyless = {path for path, security in asked.items() if security != either}
    begins = {"/auth/login-intent", "/auth/login-intent/{intent_id}/verify", "/auth/cli-grants", "/auth/refresh"}
    begins.add("/auth/cli-grants/{grant_id}")
    assert keyless == {"/callbacks/{token}", "/incoming/{tool_id}"} | begins


def test_the_document_is_served_as_json(nobody: Caller, settings: Any) -> None:
    assert json.loads(json.dumps(document()))["openapi"].startswith("3.")


@pytest.fixture(scope="module")
def described() -> Any:
    # Imported by who needs it: it takes a second of every process that collects this file.
    import schemathesis

    schema = schemathesis.openapi.from_dict(document())
    schema.app = ApiDjango()
    return schema


@pytest.mark.slow
@pytest.mark.parametrize("route", turns.each(routes(), of=2, ids=list(map(str, routes()))))
def test_generated_requests_are_answered_as_the_document_says(
    route: Route, described: Any, machine: KeyCaller, alice: PersonCaller
) -> None:
    intent_id = machine.submit()
    account_id = str(machine.agent.id)
    known = {"intent_id": intent_id, "thread_id": intent_id, "account_id": account_id, "address": "demo"}
    headers = machine.headers | (
        alice.headers
        if route.path.startswith(("/tasks", "/me", "/approvals", "/calendars", "/policies", "/schedules"))
        else {}
    )

    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    @settings(max_examples=6, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(case=described[f"/v1{route.path}"][route.method].as_strategy(), real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {**(case.path_parameters or {}), **{k: v for k, v in known.items() if k in route.names}}
        answer = case.call(headers=headers)
        case.validate_response(
            answer, checks=[not_a_server_error, status_code_conformance, response_schema_conformance], headers=headers
        )

    ask()


@pytest.mark.slow
def test_the_description_is_the_same_each_time_it_is_asked_for() -> None:
    first = json.dumps(api.get_openapi_schema())
    assert json.dumps(api.get_openapi_schema()) == first
