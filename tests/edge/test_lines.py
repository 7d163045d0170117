"""Who waits for a thread, and for whom."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from axme_site.askers import asker
from axme_site.lines import Busy, Lines
from axme_site.threads import Threads
from intents import auth
from intents.accounts.models import Workspace
from tests.callers import KeyCaller, PersonCaller


def test_the_first_of_each_line_go_in_turn() -> None:
    lines: Lines[str] = Lines(100)
    for one in ("a1", "a2", "a3", "b1", "c1", "c2"):
        lines.add(one[0], one)
    assert [lines.next() for _ in range(4)] == ["a1", "b1", "c1", "a2"]
    lines.add("b", "b2")
    assert [lines.next() for _ in range(3)] == ["c2", "a3", "b2"]
    assert len(lines) == 0
    with pytest.raises(StopIteration):
        lines.next()


def test_each_has_an_equal_share_of_the_places() -> None:
    lines: Lines[str] = Lines(4)
    for _ in range(4):
        lines.add("a", "a")
    with pytest.raises(Busy):
        lines.add("a", "a")
    lines.add("b", "b")
    lines.add("b", "b")
    for one in "ab":
        with pytest.raises(Busy):
            lines.add(one, one)
    assert len(lines) == 6


def test_all_together_have_twice_as_many() -> None:
    lines: Lines[int] = Lines(4)
    for number in range(8):
        lines.add(number, number)
    with pytest.raises(Busy):
        lines.add("another", 8)


@pytest.fixture
def one_thread() -> Iterator[Threads]:
    made = Threads(1, "t", longest_queue=1000)
    yield made
    made.stop(1)


def test_who_sends_hundreds_holds_up_no_other_and_no_group(one_thread: Threads) -> None:
    may_end, order = threading.Event(), list[str]()

    async def main() -> None:
        jobs = [one_thread.run_for("many", may_end.wait, 60)]
        jobs += [one_thread.run_for("many", order.append, "many") for _ in range(300)]
        jobs.append(one_thread.run_for("another", order.append, "another"))
        jobs.append(one_thread.run(order.append, "ours"))
        may_end.set()
        await asyncio.gather(*jobs)

    asyncio.run(main())
    # The first may still have waited when the others came.
    assert {"another", "ours"} <= {*order[:4]}
    assert len(order) == 302


def scope(*headers: tuple[str, str], client: str = "192.0.2.1") -> dict[str, object]:
    return {"headers": [(name.encode(), value.encode()) for name, value in headers], "client": (client, 1)}


def test_a_request_is_its_workspaces_whose_credential_was_looked_up(
    workspace: Workspace, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth.forget()
    key, bearer = ("x-api-key", shop.secret), ("authorization", f"Bearer {bob.secret}")
    assert {asker(scope(key)), asker(scope(bearer))} == {"192.0.2.1"}
    for caller in (shop, worker, bob):
        caller.get("/intents")
    ours = {asker(scope(one)) for one in (key, ("x-api-key", worker.secret), bearer)}
    assert ours == {workspace.id}
    auth.forget()
    monkeypatch.setattr(auth, "TRUST_SECONDS", -1)
    shop.get("/intents")
    assert auth.remembered(shop.secret) is None
    assert asker(scope(key)) == workspace.id, "though it is to be looked up again"
    assert asker(scope(("x-api-key", "axme_sa_unknown"))) == "192.0.2.1"


def test_another_is_its_sessions_or_its_addresss(settings: Settings) -> None:
    session = f"{settings.SESSION_COOKIE_NAME}=abc"
    assert asker(scope(("cookie", f"csrftoken=x; {session}; other=1"))) == session.encode()
    assert asker(scope(("cookie", "csrftoken=x"))) == "192.0.2.1"
    assert asker({"headers": [], "client": None}) == ""
    forwarded = ("x-forwarded-for", "203.0.113.9, 198.51.100.7")
    assert asker(scope(forwarded)) == "192.0.2.1", "anybody may say so"
    settings.BEHIND_PROXY = True
    assert asker(scope(forwarded)) == "198.51.100.7"
