"""A server for the adapters' programs, which run as their readers run them."""

import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.processes import ROOT, Process
from tests.examples.programs import SECONDS, Ground
from tests.load.checks import eventually

EXAMPLES = ROOT / "adapters" / "examples"
sys.path.append(str(ROOT / "adapters"))


class Desk:
    """The people who are asked, and the services that are waited for."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.programs: list[Process] = []
        self.http = httpx.Client(base_url=ground.site.urls[0], headers=ground.key, timeout=60)
        self.person = {"authorization": f"Bearer {ground.site.keys['AXME_ACTOR_TOKEN']}", "x-api-key": ""}

    def start(self, python: str, program: str, *arguments: str, **variables: str) -> Process:
        """Start an adapter's example by this interpreter."""
        command = [python, str(EXAMPLES / f"{program}.py"), *arguments]
        more = {"PYTHONPATH": str(ROOT / "adapters"), "AXME_LEASE_SECONDS": "2"} | variables
        process = self.ground.run(program, command, **more)
        self.programs.append(process)
        return process

    def all_asked(self, title: str, count: int, state: str = "undecided") -> list[dict[str, Any]]:
        """The tasks of this title that are open, or in another `state`, once there are so many; there are no more, however
        often a program was killed."""
        found: list[dict[str, Any]] = []

        def are_there() -> bool:
            answer = self.http.get("/v1/tasks", params={"state": state, "limit": 200}).raise_for_status()
            found[:] = [task for task in answer.json()["tasks"] if task["human_task"]["title"] == title]
            return len(found) >= count

        eventually(are_there, f"{count} are asked {title!r}; {[p.output[-2000:] for p in self.programs]}", SECONDS)
        assert len(found) == count
        return found

    def refunds(self) -> list[dict[str, Any]]:
        """The tasks of the two refunds that a framework's example asks for at once, that of A first."""
        tasks = self.all_asked("Call refund?", 2)
        return sorted(tasks, key=lambda task: str(self.payload(task)["arguments"]["order"]))

    def asked(self, title: str, state: str = "undecided") -> dict[str, Any]:
        return self.all_asked(title, 1, state)[0]

    def payload(self, task: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.intent(task["intent_id"])["payload"]
        return found

    def decide(self, task: dict[str, Any], outcome: str, *, status: int = 200, **more: Any) -> None:
        body = {"outcome": outcome} | more
        answer = self.http.post(f"/v1/tasks/{task['task_id']}/decide", json=body, headers=self.person)
        assert answer.status_code == status, answer.text

    def decide_in_vain(self, task: dict[str, Any], outcome: str = "approved") -> None:
        """What decides nothing of an open task: an empty answer, one to another id, and a machine's."""
        for empty in ("", "  ", "nothing"):
            self.decide(task, empty, status=422)
        for other in (task["intent_id"], str(uuid4())):
            self.decide(task | {"task_id": other}, outcome, status=404)
        path, said = f"/v1/intents/{task['intent_id']}/resume", {"outcome": outcome}
        assert self.http.post(path, json={"task_result": said}).status_code == 403
        assert self.intent(task["intent_id"])["status"] == "WAITING"

    def cancel(self, task: dict[str, Any]) -> None:
        """End the intent of a task."""
        why = {"status": "CANCELED", "reason": "not needed"}
        self.http.post(f"/v1/intents/{task['intent_id']}/resolve", json=why).raise_for_status()

    def done(self, tool: str, job: str, **result: Any) -> None:
        """A service says that it is done with a job."""
        body = {"external_id": job, "result": result}
        self.http.post(f"/v1/tools/{tool}/completions", json=body).raise_for_status()

    def submit(self, address: str, intent_type: str, payload: dict[str, Any]) -> str:
        body = {"intent_type": intent_type, "to_agent": address, "payload": payload}
        made: str = self.http.post("/v1/intents", json=body).raise_for_status().json()["intent_id"]
        return made

    def intent(self, intent_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v1/intents/{intent_id}").raise_for_status().json()["intent"]
        return found

    def ends(self, intent_id: str) -> dict[str, Any]:
        eventually(
            lambda: self.intent(intent_id)["status"] in {"COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"}, "it ends", SECONDS
        )
        return self.intent(intent_id)


@pytest.fixture(scope="module")
def module_ground() -> Iterator[Ground]:
    ground = Ground()
    yield ground
    ground.end()


@pytest.fixture
def desk(module_ground: Ground) -> Iterator[Desk]:
    desk = Desk(module_ground)
    with desk.http:
        yield desk
    module_ground.stop_programs()
