"""Messages to phones and browsers that nobody looks at: Web Push.

Encrypted for the device alone (RFC 8291), so that the push service between sees nothing; signed with this server's own key
(RFC 8292, VAPID), which is made from its secret, so that each process has the same.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from py_vapid import Vapid02

from inbox.notifications import selectors, wording
from inbox.notifications.models import ChatAddress
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.selectors import DEVICE
from inbox.notifications.services.messages import MessageOutbox, OutgoingMessage
from inbox.tasks import lists
from intents.accounts.selectors import people
from intents.kernel import secrets
from intents.kernel.errors import InvalidField
from intents.sending import connector
from intents.sending.channels import Channel, NotSent
from intents.sending.connector import Unanswered
from intents.sending.outbox import SendResult

KEPT_SECONDS = 86_400
"""How long a push service keeps a message for a device that is off."""
LONGEST = 2000
"""Characters of a device's address."""
POINT_BYTES, SECRET_BYTES = 65, 16
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""
GONE = (404, 410)
"""The device does not take messages any more."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where a browser is reached, and what messages for it are encrypted with, as its PushSubscription has them."""

    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Device":
        """What a browser sent. Raises InvalidField for `endpoint`, `p256dh` or `auth`."""
        endpoint = str(given.get("endpoint", ""))
        if not endpoint.startswith("https://") or len(endpoint) > LONGEST:
            raise InvalidField("endpoint", "an address that begins with https://")
        try:
            connector.target(endpoint)
        except Unanswered as error:
            raise InvalidField("endpoint", error.text) from None
        for name, size in (("p256dh", POINT_BYTES), ("auth", SECRET_BYTES)):
            if len(_bytes(str(given.get(name, "")))) != size:
                raise InvalidField(name, f"{size} bytes as base64url")
        device = cls(endpoint, str(given["p256dh"]), str(given["auth"]))
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(device.p256dh))
        except ValueError:
            raise InvalidField("p256dh", "a point on the curve P-256") from None
        return device

    @classmethod
    def opened(cls, sealed: bytes) -> "Device":
        """A stored device. Raises ValueError."""
        return cls(**json.loads(secrets.decrypt(sealed)))

    def text(self) -> str:
        """As it is stored, to be encrypted."""
        return json.dumps({"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth})


def send(message: OutgoingMessage) -> str:
    """What the push service answered. Raises NotSent, with GONE's status as its detail."""
    assert message.sealed is not None
    try:
        device = Device.opened(message.sealed)
    except ValueError:
        raise NotSent("its address cannot be read any more: allow it again on the device", permanent=True) from None
    urgent = any(item.risk in ("critical", "high") for item in message.items)
    headers = _claims(device.endpoint) | {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(KEPT_SECONDS),
        "urgency": "high" if urgent else "normal",
    }
    try:
        answer = connector.post(device.endpoint, headers=headers, body=sealed_for(device, payload(message)))
    except Unanswered as none:
        raise NotSent(none.text) from None
    if answer.status >= 300:
        permanent = 400 <= answer.status < 500 and answer.status not in (408, 425, 429)
        raise NotSent(f"answered {answer.status}", permanent=permanent, detail=answer.status)
    return f"answered {answer.status}"


@wording.in_its_language
def payload(message: OutgoingMessage) -> dict[str, str | int]:
    """What the device shows: a title, a line, what opens when it is touched, and the number on the icon."""
    told = _shown(message)
    return told if message.waiting is None else told | {"waiting": message.waiting}


def _shown(message: OutgoingMessage) -> dict[str, str | int]:
    first = message.items[0]
    if message.total > 1:
        return {"title": wording.subject(message), "body": wording.headline(first), "url": "/inbox", "tag": "inbox"}
    tag = str(first.task_id or first.notification_id)
    url = urlsplit(wording.link(first)).path
    body = "\n".join(filter(None, (wording.headline(first), wording.standing(first))))
    return {"title": wording.says(first), "body": body, "url": url, "tag": tag}


def sealed_for(device: Device, told: Mapping[str, str | int]) -> bytes:
    """A message that only the device can read."""
    own = ec.generate_private_key(ec.SECP256R1())
    sealed: bytes = http_ece.encrypt(
        json.dumps(told).encode(),
        salt=os.urandom(16),
        private_key=own,
        dh=_bytes(device.p256dh),
        auth_secret=_bytes(device.auth),
        version="aes128gcm",
    )
    return sealed


def public_key() -> str:
    """What browsers subscribe with: base64url of the point."""
    point = _own_key().public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def _own_key() -> ec.EllipticCurvePrivateKey:
    return _key(settings.SECRET_KEY)


@lru_cache(1)
def _key(secret: str) -> ec.EllipticCurvePrivateKey:
    made = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=b"axme web push").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(made) % (ORDER - 1) + 1, ec.SECP256R1())


def _claims(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    # Whom a push service writes to when something is wrong.
    admin = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    signed = Vapid02(_own_key()).sign({"aud": f"{parts.scheme}://{parts.netloc}", "sub": admin})
    return {name.lower(): value for name, value in signed.items()}


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


class DeviceOutbox(MessageOutbox):
    """Each message says how many tasks wait. What a device that is gone was told goes to the person's next channel, and the
    device is forgotten."""

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingMessage]:
        """Somebody's devices are all told the same number. Who may not act where they are told from has none."""
        counted: dict[tuple[UUID | None, UUID | None], int | None] = {}
        for message in super().prepare(rows):
            whose = (message.user_id, message.workspace_id)
            if whose not in counted:
                counted[whose] = _waiting(*whose)
            yield replace(message, waiting=counted[whose])

    def settle(self, results: Sequence[SendResult[OutgoingMessage]]) -> None:
        super().settle(results)
        left = (one.message.address_id for one in results if not one.sent and one.detail in GONE)
        gone = [device_id for device_id in left if device_id]
        if gone:
            ChatAddress.objects.filter(id__in=gone, service=DEVICE).delete()


def _waiting(user_id: UUID | None, workspace_id: UUID | None) -> int | None:
    if user_id is None or workspace_id is None:
        return None
    person = people.present(workspace_id=workspace_id, user_id=user_id)
    return lists.waiting(person) if person else None


def destinations(contacts: Sequence[Contact]) -> Iterator[Destination]:
    """The devices that people allowed it on, each a channel of its own."""
    for row in selectors.devices_of([one.user_id for one in contacts]):
        yield Destination(row.user_id, DEVICE, by=str(row.id), where=_("this device"), name=row.name, address_id=row.id)


CHANNEL = Channel(DEVICE, DeviceOutbox(DEVICE), send)
PERSONAL = PersonalChannel(
    channel=CHANNEL,
    label=gettext_lazy("Phone or browser"),
    icon="smartphone",
    destinations=destinations,
    fragment="settings/notifications/devices.html",
)
