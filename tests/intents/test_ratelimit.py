"""With a limit set, each account has its share of each endpoint, and every answer tells what is left of it."""

import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from intents.kernel import ratelimit
from tests.callers import Answer, Caller, KeyCaller, PersonCaller

LIMIT = 3


@pytest.fixture(params=["in this process", "in Redis"])
def limited(request: pytest.FixtureRequest, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a window that does not end meanwhile, and with patience for a Redis on a busy machine."""
    monkeypatch.setattr(ratelimit, "PATIENCE_SECONDS", 60.0)
    settings.RATE_LIMIT_PER_MINUTE = LIMIT
    settings.REDIS_URL = request.getfixturevalue("redis_url") if request.param == "in Redis" else ""
    ratelimit._counter.cache_clear()
    ratelimit._counter()
    settings.REDIS_URL = ""
    monkeypatch.setattr(ratelimit, "WINDOW_SECONDS", 10**9)
    yield
    ratelimit._counter.cache_clear()


def shown(answer: Answer) -> tuple[str, str]:
    return answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]


def test_every_answer_tells_what_is_left(limited: None, machine: KeyCaller) -> None:
    assert [shown(machine.get("/intents")) for _ in range(LIMIT)] == [("3", "2"), ("3", "1"), ("3", "0")]


def test_a_refusal_of_the_request_tells_it_too(limited: None, machine: KeyCaller) -> None:
    assert shown(machine.get("/intents", limit="x")) == ("3", "2")


def test_one_more_than_the_limit_is_429_until_the_window_opens_again(limited: None, machine: KeyCaller) -> None:
    for _ in range(LIMIT):
        machine.get("/intents").ok()
    refused = machine.get("/intents")
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    assert shown(refused) == ("3", "0")
    assert 1 <= int(refused.headers["retry-after"]) <= ratelimit.WINDOW_SECONDS
    reset = int(refused.headers["x-ratelimit-reset"])
    assert reset % ratelimit.WINDOW_SECONDS == 0
    assert 0 <= reset - time.time() <= ratelimit.WINDOW_SECONDS


def test_each_account_and_each_endpoint_has_its_own(
    limited: None, machine: KeyCaller, shop: KeyCaller, alice: PersonCaller
) -> None:
    for _ in range(LIMIT + 1):
        last = machine.get("/intents")
    assert last.status == 429
    assert [caller.get("/intents").status for caller in (shop, alice)] == [200, 200]
    assert machine.get("/capabilities").status == 200
    one, other = shop.submit(), shop.submit()
    # One endpoint, whatever the id in its path.
    assert shown(shop.get(f"/intents/{one}")) == ("3", "2")
    assert shown(shop.get(f"/intents/{other}")) == ("3", "1")


def test_a_redis_that_is_away_lets_requests_pass(machine: KeyCaller, settings: LazySettings) -> None:
    settings.RATE_LIMIT_PER_MINUTE, settings.REDIS_URL = 1, "redis://127.0.0.1:1/0"
    ratelimit._counter.cache_clear()
    assert [machine.get("/intents").status for _ in range(3)] == [200, 200, 200]
    ratelimit._counter.cache_clear()


def test_without_a_limit_no_answer_speaks_of_one(machine: KeyCaller, nobody: Caller) -> None:
    assert not [name for name in machine.get("/intents").headers if name.startswith("x-ratelimit")]
    assert not [name for name in nobody.get("/intents").headers if name.startswith("x-ratelimit")]
