"""The description of the API that is committed is that of the code, and changes that break programs are found."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from axme_site.management.commands import openapi
from tests.docs.test_pages import ROOT
from tests.openapi_changes import breaking

COMMITTED = ROOT / "docs" / "openapi.json"


def test_the_committed_description_is_that_of_the_code() -> None:
    assert COMMITTED.read_text() == openapi.document(), "make openapi"


def test_nothing_breaks_between_a_description_and_itself() -> None:
    document = json.loads(COMMITTED.read_text())
    assert breaking(document, copy.deepcopy(document)) == []


def document() -> dict[str, Any]:
    """One operation that takes and answers a few fields, by way of a reference."""
    fields = {"id": {"type": "string"}, "state": {"type": "string", "enum": ["on", "off"]}, "all": {"$ref": "#/x/Lamp"}}
    lamp = {"type": "object", "properties": fields, "required": ["id"], "additionalProperties": False}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}}
    operation = {"parameters": [{"in": "query", "name": "limit"}], "requestBody": body, "responses": {"200": body}}
    return {"paths": {"/lamps": {"post": operation}}, "components": {"schemas": {"Lamp": lamp}}}


def operation_of(new: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = new["paths"]["/lamps"]["post"]
    return found


def lamp_of(new: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = new["components"]["schemas"]["Lamp"]
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda new: new["paths"].pop("/lamps"), "POST /lamps is gone"),
        (lambda new: operation_of(new)["parameters"].clear(), "takes no query limit any more"),
        (lambda new: operation_of(new)["parameters"][0].update(required=True), "demands the query limit"),
        (lambda new: operation_of(new).update(responses={"202": {}}), "answers 200 no more"),
        (lambda new: lamp_of(new)["properties"].pop("id"), "answers without id"),
        (lambda new: lamp_of(new)["properties"].pop("id"), "takes no field id any more"),
        (lambda new: lamp_of(new)["properties"]["id"].update(type="integer"), "string became integer"),
        (lambda new: lamp_of(new)["required"].append("state"), "demands the field state"),
        (lambda new: lamp_of(new)["properties"]["state"]["enum"].remove("off"), "takes no 'off' any more"),
    ],
)
def test_a_change_that_breaks_programs_is_named(change: Callable[[dict[str, Any]], Any], words: str) -> None:
    new = document()
    change(new)
    assert [one for one in breaking(document(), new) if one.endswith(words)]


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["paths"].update({"/more": {}}),
        lambda new: lamp_of(new)["properties"].update(more={"type": "string"}),
        lambda new: operation_of(new)["parameters"].append({"in": "query", "name": "more"}),
    ],
)
def test_what_is_added_breaks_nobody(change: Callable[[dict[str, Any]], Any]) -> None:
    new = document()
    change(new)
    assert breaking(document(), new) == []
