"""Phones and browsers are told by Web Push: encrypted for the device, signed by the server, forgotten when gone."""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pytest_django.fixtures import Settings

from inbox.notifications.channels import push
from inbox.notifications.channels.push import Device
from inbox.notifications.models import ChatAddress, Message
from inbox.tasks import lists
from intents.accounts.models import SignInRules
from intents.accounts.models.sign_in import Requirement
from intents.kernel import clock, secrets
from intents.kernel.actors import Role
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.absent import at_once, away
from tests.inbox.conftest import ask, person
from tests.inbox.outgoing import send, states
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

__all__ = ["at_once"]

pytestmark = pytest.mark.slow

ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36"


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class PushService:
    """A push service with one device: what came, with its headers. Answers with `status`."""

    status: int = 201
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen secret b"
    url: str = ""

    @property
    def device(self) -> Device:
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return Device(f"{self.url}/push/1", text(point), text(self.auth))

    def read(self) -> list[Any]:
        """What the device shows."""
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))
            for _, body in self.came
        ]


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    made = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def own(who: PersonCaller, service: PushService) -> str:
    """A device of somebody, told of all risks before email: its id."""
    row = ChatAddress.objects.create(
        user=who.user,
        name="Chrome on Android",
        service="device",
        sealed=secrets.encrypt(service.device.text()),
        created_at=who.token.created_at,
    )
    risks = ["critical", "high", "medium", "low"]
    channels = [{"by": str(row.id), "risks": risks}, {"by": "email", "risks": risks}]
    who.patch("/me/notification-settings", {"channels": channels}).ok()
    return str(row.id)


def test_a_device_is_told_in_a_way_that_only_it_can_read(shop: KeyCaller, bob: PersonCaller, service: PushService) -> None:
    own(bob, service)
    asked = ask(shop, title="Refund 129.00 EUR?", risk="high")
    send()
    assert states() == [("device", "sent", 1, "answered 201")]
    ((headers, body),) = service.came
    assert b"Refund" not in body
    shown = {
        "title": "Waiting for you",
        "body": "Refund 129.00 EUR?",
        "url": f"/inbox/{asked.task_id}",
        "tag": asked.task_id,
    }
    assert service.read() == [shown | {"waiting": 1}]
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert int(headers["ttl"]) > 0
    assert states()[0][:3] == ("device", "sent", 1)


def test_a_message_brings_the_number_for_the_icon_that_the_page_would_show(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, service: PushService
) -> None:
    """What a stand-in is asked counts as well; of those who may not decide, nothing."""
    own(bob, service)
    own(alice, service)
    ask(shop, assignees=[bob.user.email], risk="critical")
    ask(shop, assignees=[alice.user.email], risk="critical")
    send()
    assert [one["waiting"] for one in service.read()] == [1, 1]
    away(alice, stand_in=bob.user.email)
    service.came.clear()
    ask(shop, assignees=[bob.user.email], risk="critical")
    send()
    assert {one["waiting"] for one in service.read()} == {3, lists.counts(person(bob)).waiting}
    assert lists.waiting(replace(person(bob), role=Role.VIEWER)) == 0


def test_who_may_not_act_in_the_workspace_is_told_no_number(
    shop: KeyCaller, bob: PersonCaller, service: PushService
) -> None:
    own(bob, service)
    ask(shop, assignees=[bob.user.email], risk="critical")
    long_ago = clock.now() - timedelta(days=30)
    bob.user.memberships.update(created_at=long_ago)
    SignInRules.objects.create(workspace_id=person(bob).workspace_id, requires=Requirement.SECOND_FACTOR, since=long_ago)
    send()
    assert ["waiting" in one for one in service.read()] == [False]


def test_the_push_service_can_tell_who_sends(shop: KeyCaller, bob: PersonCaller, service: PushService) -> None:
    own(bob, service)
    ask(shop)
    send()
    claimed = service.came[0][0]["authorization"]
    token, key = (part.strip().partition("=")[2] for part in claimed.removeprefix("vapid ").split(","))
    assert key == push.public_key()
    assert Vapid02.verify(claimed)
    told = json.loads(raw(token.split(".")[1]))
    assert told["aud"] == service.url
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))


def test_a_device_that_is_gone_is_forgotten_and_the_next_channel_tells(
    shop: KeyCaller, bob: PersonCaller, service: PushService, mailbox: Mailbox
) -> None:
    own(bob, service)
    service.status = 410
    ask(shop, title="Refund 129.00 EUR?")
    send()
    assert not ChatAddress.objects.exists()
    (email,) = Message.objects.filter(channel="email")
    assert email.state == "sent"
    assert [one.service for one in ChatAddress.objects.all()] == []


def test_a_device_that_is_busy_is_tried_again(shop: KeyCaller, bob: PersonCaller, service: PushService) -> None:
    own(bob, service)
    service.status = 429
    ask(shop)
    send()
    assert states()[0][:3] == ("device", "ready", 1)
    assert ChatAddress.objects.count() == 1


def test_a_browser_becomes_a_device_once_and_can_be_removed(bob: PersonCaller, service: PushService) -> None:
    browser = Browser().sign_in(bob.user)
    given = {"endpoint": "https://push.example/1", "p256dh": service.device.p256dh, "auth": service.device.auth}
    for _ in range(2):
        browser.post("/settings/notifications/devices/new", given, user_agent=ANDROID)
    (row,) = ChatAddress.objects.all()
    assert (row.name, row.service) == ("Chrome on Android", "device")
    assert Device.opened(row.sealed) == Device(**given)
    page = browser.get("/settings/notifications")
    assert push.public_key() in page.html
    assert "Remove Chrome on Android" in page.html
    browser.post("/settings/notifications/devices/new", given | {"endpoint": "https://push.example/2"})
    assert ChatAddress.objects.count() == 2
    browser.post(f"/settings/notifications/chats/{row.id}/remove", {})
    assert ChatAddress.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"endpoint": "http://push.example/1"}, "endpoint"),
        ({"endpoint": "https://user:secret@push.example/1"}, "endpoint"),
        ({"endpoint": "https://push.example/" + "x" * 2000}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"p256dh": ""}, "p256dh"),
        ({"p256dh": text(b"\x04" + bytes(64))}, "p256dh"),
        ({"p256dh": text(bytes(64))}, "p256dh"),
        ({"auth": text(bytes(15))}, "auth"),
        ({"auth": "not base64 at all %%%"}, "auth"),
    ],
)
def test_what_is_no_device_is_refused_by_its_field(change: dict[str, str], place: str) -> None:
    made = PushService(url="https://push.example").device
    with pytest.raises(InvalidField) as refused:
        Device.of({"endpoint": made.endpoint, "p256dh": made.p256dh, "auth": made.auth} | change)
    assert refused.value.details["field"] == place


def test_the_key_is_the_same_in_each_process_and_another_for_another_server(settings: Settings) -> None:
    before = push.public_key()
    assert push.public_key() == before
    settings.SECRET_KEY = "another secret of another server, as long as it has to be"
    assert push.public_key() != before


def test_a_home_screen_gets_its_name_its_icons_and_a_page_without_a_network(bob: PersonCaller) -> None:
    nobody = Browser()
    told = json.loads(nobody.get("/manifest.webmanifest").raw)
    assert (told["start_url"], told["display"], told["scope"]) == ("/inbox", "standalone", "/")
    assert {(one["sizes"], one["purpose"]) for one in told["icons"] if "purpose" in one} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    offline = nobody.get("/offline")
    assert "No connection" in offline.html
    worker = nobody.get("/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "/inbox" not in worker.html
    signed_in = Browser().sign_in(bob.user)
    assert bob.user.email not in signed_in.get("/offline").html
    assert signed_in.get("/worker.js").raw == worker.raw
