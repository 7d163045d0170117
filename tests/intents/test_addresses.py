"""Every spelling of one address meets in one mailbox; an address of another workspace is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.kernel.actors import full_address
from intents.kernel.addresses import local_name
from intents.kernel.errors import AgentNotFound, InvalidAddress
from tests.callers import KeyCaller


def name_of(address: str) -> str:
    return local_name(address, org="myorg", workspace="production")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("order-service", "order-service"),
        ("agent://order-service", "order-service"),
        ("agent://myorg/production/order-service", "order-service"),
        ("myorg/production/order-service", "order-service"),
        ("agent://conformance/sender", "conformance/sender"),
        ("conformance/sender", "conformance/sender"),
        ("  padded  ", "padded"),
        ("a", "a"),
        ("A.b_c@d+e-9", "A.b_c@d+e-9"),
    ],
)
def test_an_address_has_one_name_in_its_workspace(address: str, name: str) -> None:
    assert name_of(address) == name


@pytest.mark.parametrize("address", ["agent://rivals/production/order-service", "agent://myorg/staging/order-service"])
def test_an_address_of_another_workspace_is_unknown(address: str) -> None:
    with pytest.raises(AgentNotFound):
        name_of(address)


@pytest.mark.parametrize(
    "address",
    ["", "agent://", "a//b", "/a", "a/", "a/b/c/d", "a b", "-a", "ä", "a\x00", "a\nb", "https://a/b", "a" * 121, "x/" * 200],
)
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddress):
        name_of(address)


PARTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,30}", fullmatch=True)


@given(st.lists(PARTS, min_size=1, max_size=2))
def test_the_full_form_of_a_name_is_an_address_of_that_name(parts: list[str]) -> None:
    name = "/".join(parts)
    assert name_of(name) == name
    assert name_of(full_address("myorg", "production", name)) == name


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        name = name_of(text)
    except (InvalidAddress, AgentNotFound):
        return
    assert name_of(name) == name


def test_the_spelling_sent_is_echoed_and_found_by_any_other(machine: KeyCaller) -> None:
    intent_id = machine.submit(to_agent="agent://conformance/sender")
    assert machine.intent(intent_id)["to_agent"] == "agent://conformance/sender"
    found = machine.get("/intents", to_agent="conformance/sender").ok()["intents"]
    assert [row["intent_id"] for row in found] == [intent_id]


def test_an_intent_to_another_workspace_is_refused_as_unknown(machine: KeyCaller, foreign_machine: KeyCaller) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "agent://rivals/production/demo", "payload": {}}
    refused = machine.post("/intents", body)
    assert (refused.status, refused.code) == (404, "agent_not_found")
    body["to_agent"] = "agent://rivals/nowhere/demo"
    assert machine.post("/intents", body).status == 404


def test_an_unregistered_address_has_a_mailbox_unless_the_workspace_requires_registration(machine: KeyCaller) -> None:
    machine.submit(to_agent="not-yet")
    workspace = machine.agent.workspace
    workspace.require_registered_agents = True
    workspace.save()
    refused = machine.post("/intents", {"intent_type": "a.b.v1", "to_agent": "not-yet", "payload": {}})
    assert (refused.status, refused.code) == (404, "agent_not_found")
    machine.submit(to_agent="demo")
