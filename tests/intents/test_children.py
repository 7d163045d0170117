"""Parents that wait for children: what the children's ends do to them, and theirs to the children."""

import re
from datetime import timedelta
from typing import Any

import pytest

from intents.engine.models import Delivery, Intent
from intents.engine.services import children
from intents.kernel import failpoints, statements
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.waiting import handed, kinds, look, resume_of, states, wait


def child(to_agent: str = "helper", **fields: Any) -> dict[str, Any]:
    return {"intent_type": "part.make.v1", "to_agent": to_agent, "payload": {}} | fields


def family(shop: KeyCaller, worker: KeyCaller, count: int, **body: Any) -> tuple[str, list[str]]:
    """A parent that waits for `count` children: the ids."""
    parent = shop.submit()
    return parent, wait(worker, parent, "agent", intents=[child(payload={"n": n}) for n in range(count)], **body)[
        "child_intent_ids"
    ]


def finish(machine: KeyCaller, intent_id: str, **result: Any) -> None:
    machine.post(f"/intents/{intent_id}/resume", result).ok()


CANCEL = {"status": "CANCELED", "reason": "no more"}


def test_a_parent_goes_on_when_all_its_children_have_ended(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent, (a, b, c) = family(shop, worker, 3)
    shown = machine.intent(a)
    assert (shown["parent_intent_id"], shown["from_agent"], shown["status"]) == (
        parent,
        "agent://myorg/production/order-service",
        "SUBMITTED",
    )
    assert machine.intent(parent)["child_intent_ids"] == [a, b, c]
    finish(machine, a, part="a")
    machine.post(f"/intents/{b}/fail", {"error": {"code": "no_stock"}}).ok()
    look()
    assert states(parent) == ["open"]
    machine.post(f"/intents/{c}/resolve", CANCEL).ok()
    look()
    assert resume_of(worker) == {
        "until": "all",
        "results": {
            a: {"status": "COMPLETED", "result": {"part": "a"}},
            b: {"status": "FAILED", "error": {"code": "no_stock"}},
            c: {"status": "CANCELED", "reason": "no more"},
        },
    }
    assert kinds(shop, parent).count("resumed") == 1


def test_a_parent_goes_on_with_the_first_of_any(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent, (a, b) = family(shop, worker, 2, until="any")
    finish(machine, b, part="b")
    look()
    assert resume_of(worker) == {"until": "any", "results": {b: {"status": "COMPLETED", "result": {"part": "b"}}}}
    finish(machine, a, part="a")
    look()
    assert kinds(shop, parent).count("resumed") == 1
    assert (states(parent), shop.intent(parent)["status"]) == (["satisfied"], "IN_PROGRESS")


def test_an_end_of_the_wait_before_does_not_end_the_next(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent, (a, b) = family(shop, worker, 2, until="any")
    finish(machine, a)
    look()
    handed(worker)
    (c,) = wait(worker, parent, "agent", intents=[child()])["child_intent_ids"]
    finish(machine, b)
    look()
    assert states(parent) == ["satisfied", "open"]
    finish(machine, c, part="c")
    look()
    assert resume_of(worker)["results"] == {c: {"status": "COMPLETED", "result": {"part": "c"}}}


def test_an_end_told_while_the_parent_waits_for_something_else_changes_nothing(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller
) -> None:
    parent, (a, b) = family(shop, worker, 2, until="any")
    finish(machine, a)
    look()
    handed(worker)
    wait(worker, parent, "tool", tool="printer")
    finish(machine, b)
    look()
    assert states(parent) == ["satisfied", "open"]
    assert not Delivery.objects.filter(binding="parent", state="ready").exists()


def test_a_childs_end_is_told_once(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent, (a,) = family(shop, worker, 1)
    finish(machine, a)
    assert Delivery.objects.filter(binding="parent", target=parent, state="ready").count() == 1
    assert (children.relay(), children.relay()) == (1, 0)
    assert kinds(shop, parent).count("resumed") == 1


def test_many_ends_at_once_resume_once(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parents = [family(shop, worker, 4, until=until) for until in ("any", "all", "any")]
    for _, ids in parents:
        for one in ids:
            finish(machine, one)
    assert children.relay() == 12
    for parent, _ in parents:
        assert kinds(shop, parent).count("resumed") == 1


def test_what_children_came_to_is_read_once_their_parent_goes_on(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = [family(shop, worker, 3) for _ in range(2)]
    really, read = statements.rows, list[str]()

    def rows(query: str, params: Any) -> Any:
        found = really(query, params)
        read.extend(word for row in found for cell in row for word in re.findall(r"came to \d", str(cell)))
        return found

    def relayed() -> set[str]:
        read.clear()
        with monkeypatch.context() as patched:
            patched.setattr(statements, "rows", rows)
            children.relay()
        return set(read)

    for number, (_, ids) in enumerate(families):
        finish(machine, ids[0], part=f"came to {number}")
    assert relayed() == set()
    for one in (*families[0][1][1:], families[1][1][1]):
        finish(machine, one)
    assert relayed() == {"came to 0"}
    assert [states(parent) for parent, _ in families] == [["satisfied"], ["open"]]


def test_grandchildren_go_back_up_the_line(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    top, (middle,) = family(shop, worker, 1)
    answer = wait(machine, middle, "agent", intents=[child("deep"), child("deep")])
    assert machine.intent(middle)["child_intent_ids"] == answer["child_intent_ids"]
    for one in answer["child_intent_ids"]:
        finish(machine, one, depth=2)
    look()
    assert (states(middle), states(top)) == (["satisfied"], ["open"])
    finish(machine, middle, depth=1)
    look()
    assert resume_of(worker)["results"] == {middle: {"status": "COMPLETED", "result": {"depth": 1}}}


@pytest.mark.parametrize("how", ["CANCELED", "FAILED", "TIMED_OUT", "bulk"])
def test_the_open_children_of_a_parent_that_ends_are_canceled(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, bob: PersonCaller, how: str
) -> None:
    parent = shop.submit(deadline_at=rfc3339(now.now + timedelta(seconds=60)))
    asked = [child(), child("deep"), child("people", human_task={"title": "Go?"})]
    done, middle, human = wait(worker, parent, "agent", intents=asked)["child_intent_ids"]
    (deep,) = wait(machine, middle, "agent", intents=[child()], timeout_seconds=30)["child_intent_ids"]
    finish(machine, done)
    assert len(bob.get("/me/tasks").ok()["tasks"]) == 1
    match how:
        case "TIMED_OUT":
            now.advance(seconds=60)
        case "bulk":
            now.advance(seconds=1)
            machine.post("/intents/bulk-cancel", {"older_than_hours": 0, "dry_run": False, "limit": 1}).ok()
        case _:
            shop.post(f"/intents/{parent}/resolve", {"status": how, "reason": "x", "error": {}}).ok()
    look()
    ends = {str(row.id): row.status for row in Intent.objects.all()}
    assert ends[done] == "COMPLETED"
    assert ends[human] == "CANCELED"
    assert ends[parent] == ("CANCELED" if how == "bulk" else how)
    # When the parent's deadline comes, the middle one's own wait has been over for half a minute.
    assert ends[middle] in (("CANCELED", "FAILED") if how == "TIMED_OUT" else ("CANCELED",))
    assert ends[deep] == "CANCELED"
    assert bob.get("/me/tasks").ok()["tasks"] == []
    look()
    assert not Delivery.objects.filter(state="ready").exists()


def test_the_children_of_a_parent_that_completes_go_on(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent, (a, b) = family(shop, worker, 2, until="any")
    finish(machine, a)
    look()
    worker.post(f"/intents/{parent}/resume", {"done": 1}).ok()
    assert machine.intent(b)["status"] == "SUBMITTED"
    finish(machine, b)
    look()
    assert kinds(shop, parent)[-1] == "completed"


def test_a_wait_for_children_that_is_over_leaves_them_at_work(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller
) -> None:
    parent, (a,) = family(shop, worker, 1, timeout_seconds=60, on_timeout="resume")
    now.advance(seconds=60)
    look()
    assert resume_of(worker) == {"expired": True}
    finish(machine, a)
    look()
    assert kinds(shop, parent).count("resumed") == 1


def test_a_refused_child_leaves_no_other_behind(shop: KeyCaller, worker: KeyCaller) -> None:
    parent = shop.submit()
    refused = worker.post(
        f"/intents/{parent}/wait", {"for": "agent", "intents": [child(), child("agent://rivals/production/x")]}
    )
    assert refused.status in (404, 422), refused.raw
    assert Intent.objects.count() == 1
    assert shop.intent(parent)["status"] == "SUBMITTED"


def test_a_repeated_wait_makes_its_children_once(shop: KeyCaller, worker: KeyCaller) -> None:
    parent = shop.submit()
    body = {"for": "agent", "intents": [child(), child()]}
    first = worker.post(f"/intents/{parent}/wait", body, key="k")
    again = worker.post(f"/intents/{parent}/wait", body, key="k")
    assert first.ok()["child_intent_ids"] == again.ok()["child_intent_ids"]
    assert Intent.objects.count() == 3


class Crashed(BaseException):
    pass


@pytest.mark.parametrize("place", ["mid_batch", "before_commit"])
def test_a_relay_that_dies_has_told_nothing_and_tells_all_the_next_time(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    parents = [family(shop, worker, 2) for _ in range(3)]
    for _, ids in parents:
        for one in ids:
            finish(machine, one)

    def die(name: str) -> None:
        if name == place:
            raise Crashed

    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "hit", die)
        with pytest.raises(Crashed):
            children.relay()
    assert [states(parent) for parent, _ in parents] == [["open"]] * 3
    assert Delivery.objects.filter(binding="parent", state="ready").count() == 6
    assert children.relay() == 6
    for parent, _ in parents:
        assert kinds(shop, parent).count("resumed") == 1
