"""Decisions that arrive together, on both paths: each is answered as if it had come alone."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from tests.flows import grouping
from tests.flows.conftest import Sites
from tests.flows.grouping import ORDINARY, SHORT, SUBMIT, ask, at_once_at_last, dumped, seen, stored, submission
from tests.load import checks
from tests.load.sites import Scaled


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled()
    site.start("uvicorn", workers=0, beats=0)
    yield site
    checks.nothing_is_broken(site)


class Asked(NamedTuple):
    """An intent that waits for a decision, and its task."""

    intent: str
    task: str

    @property
    def approval(self) -> str:
        return f"/v1/approvals/{self.intent}/decision"

    @property
    def decide(self) -> str:
        return f"/v1/tasks/{self.task}/decide"


def asked(site: Scaled, count: int, **task: Any) -> list[Asked]:
    body = submission(site.address()) | {"human_task": {"title": "Pay?"} | task}
    headers = {"x-api-key": site.api_key}
    made = httpx.post(f"{site.urls[0]}{SUBMIT}/batch", json={"intents": [body] * count}, headers=headers, timeout=60).json()
    ids = [one["intent_id"] for one in made["intents"]]
    tasks = dict(site.rows("SELECT intent_id::text, id::text FROM inbox_task WHERE intent_id::text = ANY(%s)", ids))
    return [Asked(one, tasks[one]) for one in ids]


def token(site: Scaled, who: str = "MANAGER") -> dict[str, str]:
    return {"authorization": f"Bearer {site.keys[f'DEMO_{who}_TOKEN']}"}


BOTH_WAYS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "yes": ("approval", {"decision": "approve"}, {}),
    "an outcome with a comment": ("decide", {"outcome": "rejected", "comment": "größer"}, {}),
    "a form, which its group leaves": ("decide", {"outcome": "approved", "data": {}}, {"form_schema": {"type": "object"}}),
}
"""The call, its body, and what the task asks for."""


@pytest.mark.parametrize("name", BOTH_WAYS)
@pytest.mark.parametrize("with_key", [True, False], ids=["with the agent's key", "by the person alone"])
def test_a_decision_is_done_and_told_alike(site: Scaled, name: str, with_key: bool) -> None:
    call, body, task = BOTH_WAYS[name]
    person = token(site) | ({"x-api-key": site.api_key} if with_key else {})
    keyed = [*person.items(), ("x-trace-id", "traced"), ("x-request-id", "mine"), ("idempotency-key", f"{uuid4()}")]
    for _ in range(grouping.TRIES):  # a process may just have forgotten who it is
        one, other = asked(site, 2, **task)
        grouping.remember_person(site, person)
        before = grouping.grouped(site)
        short = ask(site, dumped(body), keyed, kind=SHORT, path=getattr(other, call))
        if grouping.grouped(site) > before:
            break
    else:
        pytest.fail("it does not go by the short path")
    ordinary = ask(site, dumped(body), keyed[:-1], kind=ORDINARY, path=getattr(one, call))
    assert short.status_code == 200, short.text
    assert seen(short) == seen(ordinary)
    assert list(short.json()) == list(ordinary.json())
    assert stored(site, other.intent) == stored(site, one.intent)
    for kind in (SHORT, ORDINARY):
        again = ask(site, dumped(body), keyed, kind=kind, path=getattr(other, call))
        assert (again.text, again.headers["idempotent-replayed"]) == (short.text, "true")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"decision": "maybe"}, {}, 422),
        ({"decision": "approve", "surprise": 1}, {}, 422),
        ({"decision": "approve"}, {"authorization": "Bearer axme_pat_unknown"}, 401),
        ({"decision": "approve"}, {"authorization": "Basic x"}, 401),
        ({"decision": "approve"}, {"x-api-key": "axme_sa_unknown"}, 401),
        ({"decision": "approve"}, {"authorization": "Bearer {key}"}, 403),
        ({"decision": "approve"}, {"idempotency-key": ""}, 422),
    ],
)
def test_what_is_refused_is_told_alike(site: Scaled, body: dict[str, Any], headers: dict[str, str], status: int) -> None:
    (one,) = asked(site, 1)
    given = {name: value.replace("{key}", site.api_key) for name, value in (token(site) | headers).items()}
    grouping.remember(site)
    grouping.remember_person(site, token(site))
    short, ordinary = (ask(site, dumped(body), [*given.items()], kind=kind, path=one.approval) for kind in (SHORT, ORDINARY))
    assert seen(short) == seen(ordinary)
    assert short.status_code == status, short.text


def test_of_many_decisions_that_come_together_each_has_its_own_answer(site: Scaled) -> None:
    """Two people each decide one of the same tasks, in one moment; a few are malformed, or by who may not."""
    tasks = asked(site, 48)
    wishes: list[tuple[dict[str, Any], dict[str, str]]] = []
    paths: list[str] = []
    for n, one in enumerate(tasks):
        for who, word in (("MANAGER", "approve"), ("DEPUTY", "reject")):
            body = {"decision": word, "comment": f"{who} {n}"} | ({"surprise": n} if n % 12 == 5 else {})
            headers = {"idempotency-key": f"of {one.task}"} | ({} if n % 12 == 7 else token(site, who))
            wishes.append((body, headers))
            paths.append(one.approval)
    grouping.remember(site)
    for who in ("MANAGER", "DEPUTY"):
        grouping.remember_person(site, token(site, who) | {"x-api-key": site.api_key})
    answers = at_once_at_last(site, wishes, paths)
    for n, one in enumerate(tasks):
        pair = list(zip(answers[2 * n : 2 * n + 2], wishes[2 * n : 2 * n + 2], strict=True))
        if n % 12 in (5, 7):
            assert {answer.status for answer, _ in pair} == {422 if n % 12 == 5 else 403}
            continue
        assert sorted(answer.status for answer, _ in pair) == [200, 409], pair
        (won,) = ((answer.json()["approval"], body) for answer, (body, _) in pair if answer.status == 200)
        told, body = won
        assert {name: told[name] for name in ("approval_id", *body)} == {"approval_id": one.task, **body}
        (lost,) = (answer.json()["error"] for answer, _ in pair if answer.status == 409)
        assert (lost["code"], lost["details"]["task_id"]) == ("already_decided", one.task)
