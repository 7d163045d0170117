"""What becomes of requests of a group that waited too long for a lock."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from psycopg.errors import AdminShutdown, LockNotAvailable

from axme_site import groups, metrics
from intents.api.common import CountedRequest
from intents.api.grouped import taking
from intents.api.grouped.taking import Done, Lane
from intents.engine.sharing import NothingDone, or_nothing
from intents.kernel.errors import Unavailable


def waiting(
    monkeypatch: pytest.MonkeyPatch, letters: str, *, locked: str, seconds: float = 0.0, lost: str = ""
) -> tuple[list[Done], list[str]]:
    """What becomes of requests of these workspaces, of which some are locked, so that each group with one of them waits for
    so many seconds; and the groups that were tried. By the one that is `lost` the connection is."""
    monkeypatch.setattr(taking, "count", lambda actor, endpoint: CountedRequest(None))
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(taking, "time", SimpleNamespace(monotonic=lambda: clock.now))
    ran: list[str] = []

    def run(taken: Sequence[Any]) -> list[str | None]:
        letters = "".join(one.letter for one in taken)
        ran.append(letters)
        with or_nothing():
            if letters == lost:
                raise OperationalError from AdminShutdown()
            if set(locked) & set(letters):
                clock.now += seconds
                raise OperationalError from LockNotAvailable()
        return ["{}"] * len(taken)

    call, actors = SimpleNamespace(endpoint="POST v1/intents"), (SimpleNamespace(workspace_id=one) for one in letters)
    taken: list[Any] = [SimpleNamespace(letter=one.workspace_id, actor=one, call=call, taken_at=0.0) for one in actors]
    return taking.run(Lane("test", run), taken), ran


def test_what_waited_too_long_is_told_so_of_its_workspace_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    done, ran = waiting(monkeypatch, "agba", locked="g")
    assert [one.answer for one in done] == ["{}", None, "{}", "{}"]
    assert [type(one.error) for one in done] == [type(None), OperationalError, type(None), type(None)]
    assert ran == ["agba", "aa", "g", "b"]


def test_where_many_workspaces_wait_the_last_are_told_so_without_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    done, ran = waiting(monkeypatch, "aghijb", locked="ghij", seconds=3.0)
    assert ran == ["aghijb", "a", "g", "h", "i"]
    assert [one.answer for one in done] == ["{}", *[None] * 5]
    assert [(one.undone, type(one.error)) for one in done[1:]] == [(True, OperationalError)] * 5


def test_where_the_connection_is_lost_then_what_was_done_before_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done, ran = waiting(monkeypatch, "agba", locked="g", lost="g")
    assert [one.answer for one in done] == ["{}", None, None, "{}"]
    assert [type(one.error.__cause__) for one in done if one.error] == [AdminShutdown, LockNotAvailable]
    assert ran == ["agba", "aa", "g"]


def test_who_waited_too_long_is_told_as_on_the_ordinary_path() -> None:
    """There a unit of work says that its intent is busy: the database is there, and is not counted as away."""
    error, cause, undone = Unavailable("the intent is busy"), OperationalError(), NothingDone()
    undone.__cause__, error.__cause__, cause.__cause__ = error, cause, LockNotAvailable()
    assert undone.waited is error
    before = metrics.REGISTRY.get_sample_value("axme_database_errors_total")
    reply = groups._failed(error, "/v1/approvals/<approval_id>/decision")
    assert (reply.status, json.loads(reply.body)["error"]["message"]) == (503, error.message)
    assert dict(reply.headers)[b"retry-after"] == b"1"
    assert metrics.REGISTRY.get_sample_value("axme_database_errors_total") == before
