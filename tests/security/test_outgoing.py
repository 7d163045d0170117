"""URLs that others give lead to nothing inside of the server's network, by whichever door they come: a canary listens."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from intents.accounts.models import Agent
from intents.dispatch.bindings import http
from intents.dispatch.posted import OutgoingPush
from intents.kernel import clock
from intents.sending import connector, isolated
from intents.sending.channels import NotSent
from intents.sending.connector import Fault, Unanswered
from intents.webhooks import outbox
from intents.webhooks.models import Subscription
from intents.webhooks.outbox import OutgoingWebhook
from tests.callers import KeyCaller
from tests.conftest import make_machine
from tests.intents.certificates import Authority
from tests.intents.proxies import proxy, resolves
from tests.intents.receivers import receiver, says, trust
from tests.intents.spellings import SPELLINGS

ELSEWHERE = [ip_network("10.99.0.0/16"), ip_network("fd99::/16")]
"""Networks that are allowed; nobody asks for them."""
INSIDE = ["127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo"]


class Canary:
    """Listens on all addresses of this machine, of both families. `came` are who connected."""

    def __init__(self) -> None:
        self.came: list[str] = []
        both = socket.has_dualstack_ipv6()
        family, where = (socket.AF_INET6, "::") if both else (socket.AF_INET, "")
        self._listening = socket.create_server((where, 0), family=family, dualstack_ipv6=both, backlog=64)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                taken, peer = self._listening.accept()
                self.came.append(str(peer[0]))
                taken.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nin")
                taken.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    connector.close()
    listening.close()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that are connected to, by whatever of this process."""
    tried: list[Any] = []
    really = socket.create_connection

    def connect(address: Any, *rest: Any, **options: Any) -> Any:
        tried.append(address)
        return really(address, *rest, **options)

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


def spelled(canary: Canary) -> list[str]:
    return [spelling.replace("PORT", str(canary.port)) for spelling in SPELLINGS]


def refused(url: str) -> Unanswered:
    with pytest.raises(Unanswered) as raised:
        connector.post(url, headers={}, body=b"{}", seconds=5)
    return raised.value


def test_there_are_many_spellings() -> None:
    assert len(set(SPELLINGS)) >= 200


def test_the_canary_sings_when_somebody_comes(canary: Canary, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    answer = connector.post(f"http://127.1:{canary.port}/", headers={}, body=b"{}")
    assert (answer.body, len(canary.came)) == (b"in", 1)


@pytest.mark.parametrize("networks", [[], ELSEWHERE])
def test_no_spelling_of_an_address_inside_is_connected_to(
    canary: Canary, attempts: list[Any], settings: Any, networks: list[Any]
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = networks
    faults = {refused(url).fault for url in spelled(canary)}
    assert (attempts, canary.came) == ([], [])
    assert faults <= {Fault.REFUSED, Fault.DNS}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/gr\u00fc\u00dfe", "/?q=\u0645", "/\u202etxt"])
def test_a_path_that_is_not_written_with_escapes_is_refused_where_it_is_given_and_where_it_is_posted_to(
    workspace: Any, machine: KeyCaller, attempts: list[Any], path: str
) -> None:
    url = f"https://receiver.example{path}"
    make_machine(workspace, "called")
    assert machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": url}).status == 422
    found = refused(url)
    assert (found.fault, "%-escapes" in found.text, attempts) == (Fault.REFUSED, True, [])


@pytest.mark.parametrize("said", INSIDE)
def test_a_name_that_leads_inside_is_not_connected_to_nor_its_other_addresses(
    canary: Canary, attempts: list[Any], monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    resolves(monkeypatch, alias=said)
    assert refused(f"https://alias.example:{canary.port}/").fault == Fault.REFUSED
    assert (attempts, canary.came) == ([], [])


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_connected_to(
    canary: Canary, attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolves(monkeypatch, rebinding="192.0.2.1")
    monkeypatch.setattr("intents.sending.reachable.is_reachable", lambda ip, networks=(): str(ip) == "192.0.2.1")
    with pytest.raises(Unanswered):
        connector.post(f"https://rebinding.example:{canary.port}/", headers={}, body=b"{}", seconds=0.5)
    assert asked == ["rebinding.example"]
    assert (attempts, canary.came) == ([("192.0.2.1", canary.port)], [])


def test_a_peer_that_is_another_than_was_asked_for_gets_nothing(
    canary: Canary, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a route or a firewall that leads elsewhere."""
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("10.99.0.0/16")]
    really = socket.create_connection
    astray = lambda address, *rest, **options: really(("127.0.0.1", canary.port), *rest, **options)  # noqa: E731
    monkeypatch.setattr(socket, "create_connection", astray)
    assert refused("http://10.99.0.1/").fault == Fault.REFUSED


def test_unencrypted_it_goes_to_the_owners_networks_alone(
    attempts: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ELSEWHERE
    resolves(monkeypatch, plain="8.8.8.8")
    found = refused("http://plain.example/")
    assert (found.fault, "https" in found.text, attempts) == (Fault.REFUSED, True, [])


def away(canary: Canary) -> dict[str, Any]:
    """Answers that lead to the canary, by their path."""
    there = f"http://127.0.0.2:{canary.port}/"
    moved = {f"/{status}": says(f"{status} Moved", b"", f"location: {there}") for status in (300, 301, 302, 303, 307, 308)}
    refresh = says("200 OK", f'<meta http-equiv="refresh" content="0;url={there}">'.encode(), f"refresh: 0; url={there}")
    return moved | {"/refresh": refresh, "/201": says("201 Created", b"", f"location: {there}")}


def test_no_answer_leads_on(canary: Canary, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver(away(canary)) as moving:
        for path in away(canary):
            connector.post(f"http://127.0.0.1:{moving.port}{path}", headers={}, body=b"{}")
    assert (len(moving.requests), canary.came) == (8, [])


@pytest.mark.django_db
def test_no_url_of_an_agent_reaches_what_is_inside(
    workspace: Any, machine: KeyCaller, canary: Canary, attempts: list[Any], settings: Any
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ELSEWHERE
    agent = make_machine(workspace, "called").agent
    taken = 0
    for url in spelled(canary):
        answer = machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": url})
        assert answer.status in (200, 422), url
        if answer.status == 422:
            continue
        taken += 1
        kept = Agent.objects.get(id=agent.id)
        push = OutgoingPush(
            uuid4(), 1, uuid4(), uuid4(), uuid4(), kept.id, kept.callback_url, kept.signing, "{}", clock.now()
        )
        with pytest.raises(NotSent):
            http.send(push)
    assert taken > 50
    assert (attempts, canary.came) == ([], [])


@pytest.mark.django_db
def test_no_url_of_a_subscription_reaches_what_is_inside(
    machine: KeyCaller, canary: Canary, attempts: list[Any], settings: Any
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ELSEWHERE
    first = machine.post("/webhooks/subscriptions", {"callback_url": "https://a.example/", "event_types": ["intent.*"]})
    path = f"/webhooks/subscriptions/{first.ok()['subscription']['subscription_id']}"
    taken = 0
    for url in spelled(canary):
        changed = machine.patch(path, {"callback_url": url})
        made = machine.post("/webhooks/subscriptions", {"callback_url": url, "event_types": ["intent.*"]})
        assert changed.status == made.status in (200, 422), url
        if made.status == 422:
            continue
        taken += 1
        kept = Subscription.objects.get(id=made.json["subscription"]["subscription_id"])
        message = OutgoingWebhook(
            id=uuid4(),
            attempt=1,
            subscription_id=kept.id,
            event_id=uuid4(),
            body="{}",
            url=kept.callback_url,
            signing=bytes(kept.signing),
            intent_id=None,
            ordered=False,
            at=clock.now(),
            workspace_id=kept.workspace_id,
            at_once=4,
        )
        with pytest.raises(NotSent):
            outbox.send(message)
    assert taken > 50
    assert (attempts, canary.came) == ([], [])


def chats(urls: list[str]) -> list[dict[str, Any]]:
    """What became of a message to each of these addresses."""
    message = {"title": "Hello", "parts": ["there"], "closing": ["", ""]}
    said: list[dict[str, Any]] = isolated.call("tests.security.chats", message | {"urls": urls}, seconds=120)["said"]
    return said


def as_chats(urls: list[str]) -> list[str]:
    return [one.replace("http", kind, 1) for one in urls for kind in ("json", "xml")] + urls


@pytest.mark.parametrize("networks", [[], ELSEWHERE])
def test_no_address_of_a_chat_reaches_what_is_inside(canary: Canary, settings: Any, networks: list[Any]) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = networks
    names = [f"jsons://{name}.example:{canary.port}/" for name in ("inside", "both")]
    others = [
        f"{kind}://user:secret@127.0.0.1:{canary.port}/" for kind in ("mailtos", "mailto", "rsyslog", "syslog", "growl")
    ]
    said = chats([*as_chats(spelled(canary)), *names, *others])
    assert [one for one in said if one["ok"]] == []
    assert canary.came == []
    # They were tried, not only found to be no addresses.
    assert sum("not on the open internet" in one["answer"] for one in said) > 50


def test_no_answer_of_a_chat_leads_on(canary: Canary, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver(away(canary)) as moving:
        said = chats([f"json://127.0.0.1:{moving.port}{path}" for path in away(canary)])
    assert (len(said), len(moving.requests), canary.came) == (8, 8, [])


def test_chats_go_by_the_proxy_to_an_address_that_was_checked(
    canary: Canary, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    trust(authority.trusted, monkeypatch)
    with (
        receiver({"/": says("200 OK", b"", "connection: close")}, authority.serving("rebinding.example")) as chat,
        proxy(chat.port) as between,
    ):
        settings.OUTGOING_PROXY = between.url
        urls = [f"jsons://{name}.example:8443/" for name in ("rebinding", "inside", "both", "rebinding")]
        # What talks no HTTP does not go past it.
        past = [f"mailtos://user:secret@8.8.8.8:{canary.port}/?from=me@there.example&to=you@there.example"]
        said = chats(urls + past)
    assert [one["ok"] for one in said] == [True, False, False, False, False]
    assert "not on the open internet" in said[3]["answer"]
    assert between.lines == ["CONNECT 8.8.8.8:8443 HTTP/1.1"]
    assert (len(chat.requests), canary.came) == (1, [])
