"""Intents that an agent has in its hands, two alike, so that what it does with one by each path can be compared."""

import re
from typing import Any, NamedTuple

import httpx

from tests.flows import grouping
from tests.flows.grouping import ORDINARY, SHORT, SUBMIT, ask, dumped, stored, submission
from tests.load.sites import Scaled

TOKEN = "the lease's token"
PLACE = re.compile(r'"mailbox_seq":\d+')


class Case(NamedTuple):
    """A call with a body, after others."""

    call: str
    body: Any
    before: tuple[tuple[str, Any], ...] = ()


def claimed(site: Scaled, address: str, count: int) -> list[tuple[str, str]]:
    """So many intents that the agent at this address holds, with the tokens of its leases, in the order they came."""
    headers = {"x-api-key": site.api_key}
    url = site.urls[0]
    made = [httpx.post(f"{url}{SUBMIT}", json=submission(address), headers=headers, timeout=30).json() for _ in range(count)]
    name = address.rpartition("/")[2]
    body = {"max": count, "wait_seconds": 1}
    got = httpx.post(f"{url}/v1/agents/{name}/claim", json=body, headers=headers, timeout=30).json()["intents"]
    tokens = {one["intent_id"]: one["lease_token"] for one in got}
    return [(one["intent_id"], tokens[one["intent_id"]]) for one in made]


def prepared(site: Scaled, case: Case, address: str) -> list[tuple[str, bytes]]:
    """Two intents to which the same was done: the paths to the call on each, and the bodies."""
    found = []
    for intent_id, token in claimed(site, address, 2):
        for call, body in case.before:
            headers = {"x-api-key": site.api_key}
            path = f"{site.urls[0]}{SUBMIT}/{intent_id}/{call}"
            done = httpx.request(grouping.method_of(path), path, json=body, headers=headers, timeout=30)
            assert done.status_code in (200, 201)
        body = case.body
        if isinstance(body, dict) and body.get("lease_token") == TOKEN:
            body = body | {"lease_token": token}
        found.append((f"{SUBMIT}/{intent_id}/{case.call}", dumped(body)))
    return found


def traced(site: Scaled) -> list[tuple[str, str]]:
    return [("x-api-key", site.api_key), ("x-trace-id", "traced"), ("x-request-id", "mine")]


def of(path: str) -> str:
    """The intent of a path."""
    return path.split("/")[3]


def blind(text: str) -> str:
    """Without what is anew, the address and places in its mailbox too."""
    return grouping.anew(PLACE.sub("PLACE", grouping.ADDRESS.sub("ADDRESS", text)))


def told_alike(site: Scaled, case: Case, status: int) -> None:
    (path, body), (other, same) = prepared(site, case, site.address())
    grouping.remember(site)
    ordinary = ask(site, body, traced(site), kind=ORDINARY, path=path)
    short = ask(site, same, traced(site), kind=SHORT, path=other)
    assert short.status_code == ordinary.status_code == status, short.text
    assert blind(short.text) == blind(ordinary.text)
    assert blind(stored(site, of(other))) == blind(stored(site, of(path)))
