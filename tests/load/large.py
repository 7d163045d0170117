"""Deliveries and histories of any size: what was accepted piece by piece arrives whole, over every mode."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.load import checks
from tests.load.races import Tell, quiet
from tests.load.sites import Scaled
from tests.load.sse import Open

PIECE = 122_880
"""Bytes of one result or checkpoint: near the limit of 128 KiB."""
WAYS = ("stream", "poll", "claim")
SENDERS = 4


class Caller:
    def __init__(self, site: Scaled, url: str) -> None:
        self.url = url
        self._key = site.api_key
        self.http = httpx.Client(base_url=url, headers={"x-api-key": site.api_key}, timeout=180)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *exception: object) -> None:
        self.http.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        found: dict[str, Any] = answer.json()
        return found

    def submit(self, address: str) -> str:
        return str(
            self.post("/v1/intents", {"intent_type": "test.large.v1", "to_agent": address, "payload": {}})["intent_id"]
        )

    def open(self, path: str, **params: Any) -> Open:
        return Open(f"{self.url}{path}", self._key, params=params)

    def work(self, address: str, way: str) -> dict[str, Any]:
        """The next delivery of an agent, by one of WAYS."""
        agent = f"/v1/agents/{address.removeprefix('agent://')}"
        if way == "stream":
            with self.open(f"{agent}/intents/stream", wait_seconds=60) as stream:
                return stream.wait_for("intent.delivered", 180).data
        if way == "poll":
            found = self.get(f"{agent}/intents", wait_seconds=60)["intents"]
        else:
            found = self.post(f"{agent}/claim", {"wait_seconds": 60})["intents"]
        (one,) = found
        handed: dict[str, Any] = one
        return handed


def piece(number: int) -> str:
    """PIECE bytes that no other number has."""
    start = hashlib.sha256(str(number).encode()).hexdigest()
    return start + "x" * (PIECE - len(start))


def deliveries(site: Scaled, *, children: int, tell: Tell = quiet) -> dict[str, Any]:
    """Over every server and way an agent waits for `children` others and is handed what all of them gave, at the first
    attempt."""
    sizes = []
    for number, url in enumerate(site.urls):
        with Caller(site, url) as caller:
            for way in WAYS:
                tell(f"delivery by {way} from server {number}")
                sizes.append(_delivered(site, caller, way, children))
    checks.nothing_is_broken(site)
    return {"deliveries": len(sizes), "bytes_each": min(sizes)}


def _delivered(site: Scaled, caller: Caller, way: str, children: int) -> int:
    """The size of one such delivery."""
    address = site.address("large")
    parent = caller.submit(address)
    caller.work(address, "poll")
    child = {"intent_type": "test.large.v1", "to_agent": site.address("child"), "payload": {}}
    wait = {"for": "agent", "until": "all", "intents": [child] * children}
    ids = caller.post(f"/v1/intents/{parent}/wait", wait)["event"]["details"]["child_intent_ids"]
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda at: caller.post(f"/v1/intents/{ids[at]}/resume", {"big": piece(at)}), range(children)))
    handed = caller.work(address, way)
    assert (handed["intent_id"], handed["delivery_attempt"]) == (parent, 1)
    results = {intent_id: ended["result"] for intent_id, ended in handed["resume"]["results"].items()}
    assert results == {intent_id: {"big": piece(at)} for at, intent_id in enumerate(ids)}
    caller.post(f"/v1/intents/{parent}/resume", {"done": True, "lease_token": handed["lease_token"]})
    return len(json.dumps(handed))


def histories(site: Scaled, *, checkpoints: int, tell: Tell = quiet) -> dict[str, Any]:
    """One intent with many large checkpoints: its list gives all of them whole, in answers of bounded size; its event
    stream every one, also to a reader that takes it in small pieces."""
    with Caller(site, site.urls[0]) as writer:
        intent_id = writer.submit(site.address("large"))
        for number in range(checkpoints):
            tell(f"checkpoint {number} of {checkpoints}")
            writer.post(f"/v1/intents/{intent_id}/checkpoint", {"step": number, "state": piece(number)})
        ended = writer.post(f"/v1/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "read now"})
    seqs = list(range(1, ended["event"]["seq"] + 1))
    largest = 0
    for number, url in enumerate(site.urls):
        with Caller(site, url) as caller:
            tell(f"list from server {number}")
            events, sizes = _listed(caller, intent_id)
            assert [one["seq"] for one in events] == seqs
            states = [one["details"]["state"] for one in events if one["event_type"] == "intent.checkpoint"]
            assert states == [piece(at) for at in range(checkpoints)]
            largest = max(largest, *sizes)
            tell(f"stream from server {number}")
            with caller.open(f"/v1/intents/{intent_id}/events/stream", since=0, wait_seconds=60) as stream:
                stream.wait_closed(180)
            assert [int(frame.id) for frame in stream.events()] == seqs
            assert list(_in_small_pieces(caller, intent_id)) == seqs
    return {"checkpoints": checkpoints, "bytes": checkpoints * PIECE, "largest_answer": largest}


def _listed(caller: Caller, intent_id: str) -> tuple[list[dict[str, Any]], list[int]]:
    """All events by the list, and the sizes of its answers."""
    events: list[dict[str, Any]] = []
    sizes: list[int] = []
    since: int | None = 0
    while since is not None:
        page = caller.get(f"/v1/intents/{intent_id}/events", since=since)
        sizes.append(len(json.dumps(page)))
        events += page["events"]
        since = page["next_since"]
    return events, sizes


def _in_small_pieces(caller: Caller, intent_id: str) -> Iterator[int]:
    """The numbers of all events by one stream."""
    url = f"/v1/intents/{intent_id}/events/stream"
    with caller.http.stream("GET", url, params={"since": 0, "wait_seconds": 60}) as response:
        rest = b""
        for data in response.iter_raw(4096):
            *lines, rest = (rest + data).split(b"\n")
            yield from (int(line[4:]) for line in lines if line.startswith(b"id: "))
