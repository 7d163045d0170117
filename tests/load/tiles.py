"""What the overview counts, beside the lists it leads to, while work comes and goes."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.load import checks
from tests.load.sites import Site
from tests.load.trouble import Tell, quiet

RISKS = ("low", "medium", "high", "critical")
FAILURE = {"error": {"code": "x"}}


class _Writer:
    """Submits an intent and lets it go somewhere."""

    def __init__(self, site: Site, number: int, seed: int) -> None:
        self._chance = random.Random(f"{seed} {number}")
        self._addresses = [site.address() for _ in range(3)]
        base = f"{site.urls[number % len(site.urls)]}/v1"
        self._agent = httpx.Client(base_url=base, headers={"x-api-key": site.api_key}, timeout=120)
        token = site.keys["DEMO_MANAGER_TOKEN"]
        self._person = httpx.Client(
            base_url=base, headers={"x-api-key": site.api_key, "authorization": f"Bearer {token}"}, timeout=120
        )

    def act(self) -> None:
        case = self._chance.choice(
            ["new", "ask", "ask", "decide", "nobody", "tool", "time", "fail", "retry", "dead", "done", "cancel"]
        )
        fields: dict[str, Any] = {}
        if case in ("ask", "decide", "nobody"):
            fields["human_task"] = {"title": "Pay?", "risk": self._chance.choice(RISKS)}
            fields["human_task"] |= {"assignees": ["nobody@myorg.example"]} if case == "nobody" else {}
        if case == "dead":
            fields["max_delivery_attempts"] = 1
        body = {"intent_type": "test.tile.v1", "to_agent": self._chance.choice(self._addresses), "payload": {}} | fields
        intent_id = self._post(self._agent, "/intents", body)["intent_id"]
        wait = {
            "tool": {"for": "tool", "tool": "t", "external_id": intent_id},
            "time": {"for": "time", "delay_seconds": 7200},
        }
        match case:
            case "tool" | "time":
                self._post(self._agent, f"/intents/{intent_id}/wait", wait[case])
            case "fail" | "retry" | "dead":
                self._post(self._agent, f"/intents/{intent_id}/fail", FAILURE | {"retryable": case != "fail"})
            case "done":
                self._post(self._agent, f"/intents/{intent_id}/resume", {})
            case "cancel":
                self._post(self._agent, f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"})
            case "decide":
                self._post(self._person, f"/approvals/{intent_id}/decision", {"decision": "approve"})

    def _post(self, client: httpx.Client, path: str, body: Any) -> Any:
        answer = client.post(path, json=body)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def close(self) -> None:
        self._agent.close()
        self._person.close()


class _Reader:
    """Compares each number with the list it leads to."""

    def __init__(self, site: Site, number: int, patience: float) -> None:
        headers = {"authorization": f"Bearer {site.keys['DEMO_OPS_TOKEN']}"}
        self._http = httpx.Client(base_url=site.urls[number % len(site.urls)], headers=headers, timeout=120)
        self._patience = patience
        self.compared = 0
        self.longest = 0.0

    def look(self) -> None:
        """Each number before and after its list, which must have been in between. Raises AssertionError for a number below
        nothing, or one that differs for too long."""
        for address in self._numbers():
            started = time.monotonic()
            while True:
                before, total, after = self._numbers()[address], self._total(address), self._numbers()[address]
                if min(before, after) <= total <= max(before, after):
                    break
                taken = time.monotonic() - started
                assert taken < self._patience, f"{address}: {before}, its list {total}, {after} after {taken:.1f} s"
                self.longest = max(self.longest, taken)
            self.compared += 1

    def agree(self) -> None:
        """At rest each number is its list's. Raises AssertionError for one that is not in time."""
        started = time.monotonic()
        while wrong := {
            address: (value, total) for address, value in self._numbers().items() if (total := self._total(address)) != value
        }:
            assert time.monotonic() - started < self._patience, wrong

    def _numbers(self) -> dict[str, int]:
        found = self._get("/v1/operations/overview")
        tiles = found["tiles"] + [cell for cells in found["ageing"].values() for cell in cells]
        numbers = {tile["list"]: int(tile["value"]) for tile in tiles}
        assert min(numbers.values()) >= 0, numbers
        return numbers

    def _total(self, address: str) -> int:
        return int(self._get(address)["total"])

    def _get(self, address: str) -> Any:
        answer = self._http.get(address)
        assert answer.status_code == 200, (address, answer.text)
        return answer.json()

    def close(self) -> None:
        self._http.close()


def while_all_changes(
    site: Site, *, writers: int, acts: int, pace: float, readers: int, seed: int, patience: float, tell: Tell = quiet
) -> dict[str, Any]:
    """`writers` each do `acts` things, `pace` seconds from one to the next; `readers` compare meanwhile, and once more when
    all is at rest. A number that differs from its list is looked at again, for `patience` seconds."""
    writing = threading.Event()

    def write(number: int) -> None:
        writer = _Writer(site, number, seed)
        for done in range(acts):
            writer.act()
            tell(f"act {done} of {acts}")
            time.sleep(pace)
        writer.close()

    def read(reader: _Reader) -> None:
        while not writing.is_set():
            reader.look()

    watching = [_Reader(site, number, patience) for number in range(readers)]
    with ThreadPoolExecutor(writers + readers) as pool:
        reading = [pool.submit(read, one) for one in watching]
        try:
            for one in [pool.submit(write, number) for number in range(writers)]:
                one.result()
        finally:
            writing.set()
        for one in reading:
            one.result()
    watching[0].agree()
    for reader in watching:
        reader.close()
    checks.nothing_is_broken(site)
    return {
        "acts": writers * acts,
        "compared": sum(one.compared for one in watching),
        "longest_unequal_seconds": round(max(one.longest for one in watching), 2),
    }
