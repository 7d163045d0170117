"""A passkey without a device: it answers what a page asks of the browser, as an authenticator does."""

import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from html import unescape
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

from tests.pages.browser import HOST, Browser, Page

ORIGIN = f"http://{HOST}"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """Made by `add`; `discoverable` ones sign in by themselves, and `verifies` who holds them."""

    def __init__(self, *, verifies: bool = True, discoverable: bool = True) -> None:
        self.id, self.flags = os.urandom(32), PRESENT | (VERIFIED if verifies else 0)
        self.discoverable, self.origin, self.count = discoverable, ORIGIN, 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.user = ""

    def created(self, options: dict[str, Any]) -> str:
        asked = options["publicKey"]
        self.user = asked["user"]["id"]
        key = cbor.encode(ES256.from_cryptography_key(self._key.public_key()))
        data = self._data(asked["rp"]["id"], ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked)
        extra = {"credProps": {"rk": self.discoverable}}
        return self._sent({"attestationObject": text(attested), "clientDataJSON": text(client)}, extra)

    def signed(self, options: dict[str, Any]) -> str:
        asked = options["publicKey"]
        client, data = self._client("webauthn.get", asked), self._data(asked["rpId"], 0)
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "authenticatorData": text(data),
            "clientDataJSON": text(client),
            "signature": text(signature),
            "userHandle": self.user,
        }
        return self._sent(response, {})

    def _data(self, rp: str, flags: int) -> bytes:
        self.count += 1
        return sha256(rp.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _sent(self, response: dict[str, str], extensions: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "clientExtensionResults": extensions,
                "response": response,
            }
        )


def data(page: Page) -> Any:
    """What a page asks of the browser."""
    found = re.search(r'<script id="passkey-data" type="application/json">(.*?)</script>', page.html, re.S)
    assert found, page.text
    return json.loads(unescape(found[1]))


def add(browser: Browser, passkey: Passkey, name: str = "Phone") -> Page:
    """Add a passkey, as somebody does who has shown that it is them."""
    asked = data(browser.get("/account/passkeys/new"))["creation_options"]
    return browser.post("/account/passkeys/new", {"name": name, "credential": passkey.created(asked)})


def asked(browser: Browser, to: str) -> Any:
    return json.loads(browser.post(f"/account/passkeys/options/{to}").raw)


def sign_in(browser: Browser, passkey: Passkey, **more: str) -> Page:
    given = passkey.signed(asked(browser, "sign-in"))
    return browser.post("/account/passkeys/sign-in", {"credential": given} | more)


def decoded(text_: str) -> bytes:
    return urlsafe_b64decode(text_ + "=" * (-len(text_) % 4))
