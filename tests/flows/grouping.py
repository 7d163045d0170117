"""Submits on both paths: the short one, where those that arrive together share a transaction, and the ordinary one."""

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from tests.load import quick
from tests.load.quick import Answer
from tests.load.sites import Scaled

SUBMIT = "/v1/intents"
TRIES = 10
SHORT, ORDINARY = "application/json", "text/plain"
"""The API reads bodies of whatever kind; the short path takes those alone that say they are JSON."""
RIVALS = "rivals/production"
Headers = Sequence[tuple[str, str]]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
ADDRESS = re.compile(r"\bagent-\d+")
"""What `Scaled.address` makes."""
MADE = ("date", "server", "x-request-id", "x-trace-id", "content-length")

LATER = "2099-01-01T00:00:00Z"
SOUND: dict[str, dict[str, Any]] = {
    "plain": {},
    "with all fields": {
        "reply_to": "agent://myorg/production/asker",
        "deadline_at": LATER,
        "remind_after_seconds": 60,
        "remind_interval_seconds": 60,
        "max_reminders": 2,
        "escalate_to": "agent://myorg/production/boss",
        "max_delivery_attempts": 3,
        "from_agent": "agent://myorg/production/ignored",
        "correlation_id": str(uuid4()),
    },
    "as JavaScript spells it": {"correlationId": str(uuid4()), "replyTo": "asker", "deadlineAt": LATER},
    "in other letters": {"payload": {"größe": "ä\u00e9\u4e2d\U0001f600", "z": 1.5, "a": [1e20, None, True]}},
    "with an opaque address": {"reply_to": "initiator://ann"},
    "without a payload": {"payload": {}},
    "for a person": {"human_task": {"title": "Pay?"}},
    "for a person with all that is flat": {
        "human_task": {
            "title": "Pay?",
            "assignees": ["approver"],
            "risk": "high",
            "allowed_outcomes": ["approved", "rejected"],
        },
        "deadline_at": LATER,
    },
    "for a person who fills in a form": {"human_task": {"title": "Pay?", "form_schema": {"type": "object"}}},
    "with an @": {"reply_to": "mailto://ann@example.com"},
}
UNSOUND: dict[str, Any] = {
    "not JSON": b"{",
    "not UTF-8": b'{"intent_type": "\xff"}',
    "nothing": b"",
    "a list": [],
    "a key twice": b'{"intent_type": "a.v1", "intent_type": "b.v1", "to_agent": "x"}',
    "NUL": {"payload": {"a": "\x00"}},
    "half a pair": b'{"intent_type": "a.v1", "to_agent": "x", "payload": {"a": "\\ud800"}}',
    "a number too large": {"payload": {"a": 2**60}},
    "too deep": b'{"intent_type": "a.v1", "to_agent": "x", "payload": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
    "an unknown field": {"surprise": 1},
    "both spellings": {"replyTo": "a", "reply_to": "b"},
    "a type that is none": {"intent_type": "No Type!"},
    "nobody": {"to_agent": "agent://other/workspace/agent"},
    "no address": {"to_agent": "agent://a/b/c/d"},
    "an address of a run": {"to_agent": "scenarios/run"},
    "a person": {"to_agent": "ann@example.com"},
    "in the past": {"deadline_at": "2020-01-01T00:00:00Z"},
    "a time without its zone": {"deadline_at": "2099-01-01T00:00:00"},
    "a payload too large": {"payload": {"a": "x" * 140_000}},
    "a body too large": b" " * 800_000 + b"{}",
    "no question": {"human_task": {"surprise": 1}},
}
"""What submits may hold beside what each needs, and what they may not."""


class Seen(NamedTuple):
    """An answer without what is anew in each."""

    status: int
    headers: dict[str, str]
    body: str


def submission(address: str, n: int = 0, **more: Any) -> dict[str, Any]:
    return {"intent_type": "test.group.v1", "to_agent": address, "payload": {"n": n}} | more


def remember(site: Scaled, *keys: str) -> None:
    """Let the web processes look the keys up: they believe them for two seconds."""
    for url in site.urls:
        for key in keys or (site.api_key,):
            httpx.get(f"{url}/v1/intents?limit=1", headers={"x-api-key": key}, timeout=30)


def remember_person(site: Scaled, headers: Mapping[str, str]) -> None:
    """The same of who comes by these credentials."""
    for url in site.urls:
        httpx.get(f"{url}/v1/me", headers=headers, timeout=30)


def grouped(site: Scaled) -> int:
    """How many requests went by the short path until now."""
    texts = [httpx.get(f"{url}/metrics", timeout=30).text for url in site.urls]
    found = (one for text in texts for one in re.findall(r"^axme_group_requests_sum\S* (\S+)", text, re.M))
    return sum(int(float(one)) for one in found)


OURS_LOCKED = """
SELECT FROM intents_workspace w JOIN intents_organization o ON o.id = w.organization_id
WHERE o.slug = 'myorg' FOR UPDATE OF w
"""
"""No submit of this workspace goes on while a transaction has done so."""


def method_of(path: str) -> str:
    """Of a call that is grouped."""
    return "PUT" if "/steps/" in path else "POST"


def ask(site: Scaled, body: bytes, headers: Headers, *, kind: str, path: str = SUBMIT) -> httpx.Response:
    given = [("content-type", kind), *headers]
    return httpx.request(method_of(path), f"{site.urls[0]}{path}", content=body, headers=given, timeout=30)


def ask_short(site: Scaled, body: bytes, headers: Headers, *, path: str = SUBMIT) -> tuple[httpx.Response, bool]:
    """The answer on the short path, if it takes this at all, and whether it did. A process may just have forgotten a key."""
    for _ in range(TRIES):
        remember(site)
        before = grouped(site)
        answer = ask(site, body, headers, kind=SHORT, path=path)
        if took := grouped(site) > before:
            break
    return answer, took


def seen(answer: httpx.Response) -> Seen:
    headers = {name: value for name, value in answer.headers.items() if name not in MADE}
    return Seen(answer.status_code, headers, anew(answer.text))


def anew(text: str) -> str:
    return _DIGEST.sub("DIGEST", _TIME.sub("TIME", _ID.sub("ID", text)))


def stored(site: Scaled, intent_id: str) -> str:
    """What the API shows of an intent, its history and its steps, without what is anew in each."""
    headers = {"x-api-key": site.api_key}
    paths = [f"{SUBMIT}/{intent_id}{part}" for part in ("", "/events", "/steps")]
    return anew("\n".join(httpx.get(site.urls[0] + path, headers=headers, timeout=30).text for path in paths))


def at_once(
    site: Scaled, wishes: Sequence[tuple[dict[str, Any], dict[str, str]]], paths: Sequence[str] = ()
) -> list[Answer]:
    """Send bodies with headers of their own in one moment, to these paths, or else submit them."""
    asked = zip(paths or [SUBMIT] * len(wishes), wishes, strict=True)
    made = [
        quick.post(path, body, {"x-api-key": site.api_key} | headers, method=method_of(path))
        for path, (body, headers) in asked
    ]
    answers: list[Answer] = quick.crowded(site.urls, lambda crowd: crowd.at_once(made))
    return answers


def at_once_at_last(
    site: Scaled, wishes: Sequence[tuple[dict[str, Any], dict[str, str]]], paths: Sequence[str] = ()
) -> list[Answer]:
    """`at_once`, and again, as clients do, what was told to come again: for on a busy machine another may hold its row for
    longer than anybody waits for it."""
    paths = paths or [SUBMIT] * len(wishes)
    answers = at_once(site, wishes, paths)
    for _ in range(TRIES):
        late = [place for place, answer in enumerate(answers) if answer.status == 503]
        if not late:
            break
        again = at_once(site, [wishes[place] for place in late], [paths[place] for place in late])
        for place, answer in zip(late, again, strict=True):
            answers[place] = answer
    return answers


def minute_now() -> int:
    return int(time.time()) // 60


def early_in_a_minute(*, but: int) -> int:
    """Wait until another minute than `but` is in its first three quarters: which."""
    while minute_now() == but or time.time() % 60 > 45:
        time.sleep(0.5)
    return minute_now()


def rivals_key(site: Scaled) -> str:
    """A key of an agent of another organization's workspace."""
    organization = RIVALS.partition("/")[0]
    for command in (
        ["create_organization", organization],
        ["create_workspace", RIVALS],
        ["create_agent", "sender", "--workspace", RIVALS],
        ["create_key", "sender", "--workspace", RIVALS],
    ):
        done = site.run(command[0], [sys.executable, "manage.py", *command])
        assert done.wait() == 0, done.output
    return next(line for line in done.output.splitlines() if line.startswith("axme_sa_"))


def when_poisoned(
    site: Scaled, value: str, act: str, *, on: str = "INSERT", where: tuple[str, str] = ("intents_intent", "intent_type")
) -> None:
    """Let the database do `act`, statements of PL/pgSQL, when an intent of this type is inserted, or `on` its UPDATE; or
    else, where `where` is a table and its column, a row with this value there."""
    table, column = where
    name = f"act_{time.monotonic_ns()}"
    with site.connect() as connection:
        connection.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act} RETURN NEW; END $$;"
            f"CREATE TRIGGER {name} BEFORE {on} ON {table} FOR EACH ROW "
            f"WHEN (NEW.{column} = '{value}') EXECUTE FUNCTION {name}()"
        )
        connection.commit()


def dumped(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
