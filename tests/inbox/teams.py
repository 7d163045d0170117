"""Teams as this server meets it: Microsoft's Bot Connector, which sends activities with tokens of its own and takes those of
the bot, the document that names its keys, and where the bot gets its token. All of it over HTTP, in their format."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote

from joserfc import jwk, jwt

from tests.callers import Answer, Caller
from tests.security.edge import Loop

APP, PASSWORD = "c9e8c047-2a74-40a2-b28a-b162d5f5327c", "a password of the bot"
TENANT, PERSON = "72f988bf-86f1-41af-91ab-2d7cd011db47", "7faf8ab2-3d56-4244-b585-20c8a42ed2b8"
MRI = "29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85g"
CONVERSATION = "a:17I0kl9EkpE1O9PH5TWrzrLNwnWWcfrU7QZjKR0WSfOpzbfcAg2I"
ISSUER = "https://api.botframework.com"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "microsoft", "use": "sig"})
STRANGER = jwk.RSAKey.generate_key(2048, {"kid": "microsoft", "use": "sig"})
_numbers = count(1)


@dataclass
class Teams:
    """`posted` is what the connector was told: the conversation and the activity. It answers with `status`. `keys` are those
    that are published, `asked` counts how often, `tokens` how often the bot asked for one. `standing` are the activities as
    members see them, by conversation and id."""

    loop: Loop
    url: str = ""
    status: int = 201
    keys: list[dict[str, Any]] = field(default_factory=lambda: [published(KEY)])
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: int = 0
    tokens: int = 0
    standing: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return f"{self.url}/emea/"

    def token(self, *, key: jwk.RSAKey = KEY, kid: str = "microsoft", **claims: Any) -> str:
        now = int(time.time())
        said = {"iss": ISSUER, "aud": APP, "nbf": now, "exp": now + 3600, "serviceurl": self.service} | claims
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": kid, "typ": "JWT"}, said, key)

    def send(self, activity: dict[str, Any], *, token: str | None = None, spoilt: bytes = b"") -> Answer:
        headers = {"authorization": f"Bearer {self.token() if token is None else token}"} if token != "" else {}
        return self.loop.send(Caller(headers), "POST", "/teams/messages", body=json.dumps(activity).encode() + spoilt)

    def activity(self, kind: str, *, person: str = PERSON, tenant: str = TENANT, **more: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "id": f"f:{next(_numbers):08x}-4eed-622f-e820-6d82bf91692f",
            "timestamp": "2026-11-30T14:00:00.000Z",
            "serviceUrl": self.service,
            "channelId": "msteams",
            "from": {"id": MRI, "name": "Bob", "aadObjectId": person},
            "conversation": {"conversationType": "personal", "id": CONVERSATION, "tenantId": tenant},
            "recipient": {"id": f"28:{APP}", "name": "AXME Inbox"},
            "channelData": {"tenant": {"id": tenant}},
        } | more

    def write(self, text: str = "hello", **more: Any) -> Answer:
        return self.send(self.activity("message", text=text, textFormat="plain", **more))

    def pressing(self, action: dict[str, Any], inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The activity of who presses a button of a card, with what is typed on it."""
        said = {"type": "Action.Execute", "verb": action["verb"], "data": action["data"] | (inputs or {})}
        value = {"action": said, "trigger": "manual"}
        return self.activity("invoke", **({"name": "adaptiveCard/action", "value": value} | more))

    def press(self, action: dict[str, Any], inputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The card that takes the place of the one whose button is pressed."""
        told = self.send(self.pressing(action, inputs, **more)).ok()
        assert (told["statusCode"], told["type"]) == (200, "application/vnd.microsoft.card.adaptive")
        card: dict[str, Any] = told["value"]
        return card

    def decide(self, card: dict[str, Any], outcome: str, comment: str = "", **more: Any) -> dict[str, Any]:
        return self.press(button(card, "axme_decide"), answer(card, outcome, comment), **more)


def published(key: jwk.RSAKey, *endorsements: str) -> dict[str, Any]:
    """A key as the Bot Connector publishes it."""
    return key.as_dict(private=False) | {"endorsements": list(endorsements) or ["msteams", "webchat"]}


def answer(card: dict[str, Any], outcome: str, comment: str = "") -> dict[str, str]:
    """What is chosen and typed on a card."""
    choices = next(one for one in card["body"] if one.get("id") == "outcome")["choices"]
    chosen = next(one["value"] for one in choices if one["title"] == outcome)
    return {"outcome": chosen, "comment": comment}


def button(card: dict[str, Any], verb: str) -> dict[str, Any]:
    """What a card's button says to the bot."""
    rows = [one["actions"] for one in card["body"] if one["type"] == "ActionSet"]
    found: dict[str, Any]
    (found,) = [one for row in [*rows, card.get("actions", [])] for one in row if one.get("verb") == verb]
    return found


def opens(card: dict[str, Any]) -> list[str]:
    """Where a card's buttons lead."""
    rows = [one["actions"] for one in card["body"] if one["type"] == "ActionSet"]
    return [one["url"] for row in [*rows, card.get("actions", [])] for one in row if one["type"] == "Action.OpenUrl"]


def words(card: dict[str, Any]) -> str:
    """All that a card says."""
    lines = [one["inlines"] for one in card["body"] if one["type"] == "RichTextBlock"]
    return "\n".join(run["text"] for line in lines for run in line)


@contextmanager
def microsoft(teams: Teams) -> Iterator[Teams]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("/openidconfiguration"):
                algorithms = {"id_token_signing_alg_values_supported": ["RS256"]}
                self._answer(200, {"issuer": ISSUER, "jwks_uri": f"{teams.url}/keys"} | algorithms)
            else:
                teams.asked += 1
                self._answer(200, {"keys": teams.keys})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == f"/{TENANT}/oauth2/v2.0/token":
                teams.tokens += 1
                scope = f"{ISSUER}/.default"
                asked = {"grant_type": "client_credentials", "client_id": APP, "client_secret": PASSWORD, "scope": scope}
                assert parse_qs(body.decode()) == {name: [value] for name, value in asked.items()}
                self._answer(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": f"bots-{teams.tokens}"})
                return
            before, _, conversation = self.path.removesuffix("/activities").rpartition("/")
            assert before == "/emea/v3/conversations"
            assert self.headers["Authorization"] == f"Bearer bots-{teams.tokens}"
            activity = json.loads(body)
            teams.posted.append((unquote(conversation), activity))
            activity_id = f"1485983408{len(teams.standing):03}"
            if teams.status < 300:
                teams.standing[unquote(conversation), activity_id] = activity
            self._answer(teams.status, {"id": activity_id})

        def do_PUT(self) -> None:
            activity = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            before, _, activity_id = self.path.rpartition("/activities/")
            before, _, conversation = before.rpartition("/")
            assert before == "/emea/v3/conversations"
            assert self.headers["Authorization"] == f"Bearer bots-{teams.tokens}"
            key = unquote(conversation), activity_id
            known = key in teams.standing and activity["id"] == activity_id
            if known and teams.status < 300:
                teams.standing[key] = activity
            self._answer((200 if known else 404) if teams.status < 300 else teams.status, {"id": activity_id})

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            raw = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    teams.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield teams
    finally:
        server.shutdown()
        server.server_close()
