"""Push configs as clients of either version write them: where they want to be told, and what is to be sent along."""

import json
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.conf import settings

from intents.a2a.dialects import JSON, Dialect
from intents.a2a.models import PushConfig
from intents.kernel import secrets
from intents.kernel.errors import InvalidField
from intents.sending import connector

LONGEST_SECRET = 4096
PORTS = {"http": 80, "https": 443}
TOKEN = "token"  # noqa: S105 - the name of a field


class WantedConfig(NamedTuple):
    """A push config that a client sets: `said` are its token and its authentication, as it wrote them."""

    name: str
    url: str
    said: JSON


def sent_with(params: JSON, dialect: Dialect) -> WantedConfig | None:
    """What a message sets for its task. Raises InvalidField."""
    configuration = params.get("configuration")
    name = dialect.push_name
    found = configuration.get(name) if isinstance(configuration, dict) else None
    return None if found is None else read(found, f"configuration.{name}")


def read(sent: Any, place: str) -> WantedConfig:
    """Raises InvalidField naming what is wrong with it."""
    if not isinstance(sent, dict):
        raise InvalidField(place, "must be an object")
    under = f"{place}." if place else ""
    url = _text(sent, "url", f"{under}url", 2048)
    if not url:
        raise InvalidField(f"{under}url", "is required")
    try:
        scheme = connector.target(url).scheme
    except connector.Unanswered as refusal:
        raise InvalidField(f"{under}url", refusal.text) from None
    if scheme != "https" and not settings.OUTGOING_ALLOWED_NETWORKS:
        raise InvalidField(f"{under}url", "the URL has to begin with https://")
    said: JSON = {}
    if token := _text(sent, TOKEN, f"{under}{TOKEN}", LONGEST_SECRET):
        said[TOKEN] = token
    if sent.get("authentication") is not None:
        said["authentication"] = _authentication(sent["authentication"], f"{under}authentication")
    return WantedConfig(_text(sent, "id", f"{under}id", 255), url, said)


def _authentication(sent: Any, place: str) -> JSON:
    """One scheme, whichever version wrote it, and its credentials."""
    if not isinstance(sent, dict):
        raise InvalidField(place, "must be an object")
    schemes = sent.get("schemes") or []
    if not isinstance(schemes, list) or len(schemes) > 1:
        raise InvalidField(f"{place}.schemes", "a list of one scheme")
    scheme = _text({"scheme": schemes[0]} if schemes else sent, "scheme", f"{place}.scheme", 40)
    credentials = _text(sent, "credentials", f"{place}.credentials", LONGEST_SECRET)
    if not scheme or not credentials:
        raise InvalidField(place, "a scheme, such as Bearer, and its credentials")
    if not scheme.replace("-", "").isalnum():
        raise InvalidField(f"{place}.scheme", "the name of an HTTP authentication scheme")
    return {"scheme": scheme, "credentials": credentials}


def _text(sent: JSON, name: str, place: str, most: int) -> str:
    """A text that fits into the line of a header; empty without one."""
    value = sent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most or not (value.isascii() and value.isprintable()):
        raise InvalidField(place, f"must be a text of at most {most} printable ASCII characters")
    return value


def target_of(workspace_id: UUID, url: str) -> UUID:
    """What shares its places under way: an origin, for each workspace, however its host and its port are written."""
    parts = connector.target(url)
    port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    return uuid5(workspace_id, f"{parts.scheme}://{parts.hostname}{port}")


def sealed(wanted: WantedConfig) -> bytes:
    return secrets.encrypt(json.dumps(wanted.said))


def _said(row: PushConfig) -> JSON:
    """Raises ValueError where it cannot be read any more."""
    said: JSON = json.loads(secrets.decrypt(bytes(row.sealed)))
    return said


def headers(row: PushConfig) -> dict[str, str]:
    """What is sent along with each notification. Raises ValueError where it cannot be read any more."""
    said = _said(row)
    found = {"x-a2a-notification-token": said[TOKEN]} if TOKEN in said else {}
    if given := said.get("authentication"):
        found["authorization"] = f"{given['scheme']} {given['credentials']}"
    return found


def shown(row: PushConfig, dialect: Dialect) -> JSON:
    """A push config as its client reads it."""
    try:
        said = _said(row)
    except ValueError:
        said = {}
    given = said.pop("authentication", None)
    if given and dialect.kinds:
        given = {"schemes": [given["scheme"]], "credentials": given["credentials"]}
    fields = {"id": row.name, "url": row.url, **said, **({"authentication": given} if given else {})}
    task = {"taskId": str(row.intent_id)}
    return task | ({dialect.push_name: fields} if dialect.kinds else fields)
