"""What the server refuses at `/mcp` in the place of its door, before the id of a message is known: in JSON-RPC as well."""

import pytest
from django.db import OperationalError

from axme_site.drain import gate
from intents import auth
from tests.mcp.rpc import Rpc
from tests.mcp.test_door import LIST, error


@pytest.mark.parametrize(
    ("fails", "status", "code", "name"),
    [
        (OperationalError("gone"), 503, -32010, "unavailable"),
        (RuntimeError("a bug"), 500, -32603, "internal_error"),
    ],
)
def test_what_fails(
    agent: Rpc, monkeypatch: pytest.MonkeyPatch, fails: Exception, status: int, code: int, name: str
) -> None:
    def authenticate(given: object) -> None:
        raise fails

    monkeypatch.setattr(auth, "authenticate", authenticate)
    answer = agent.send(LIST)
    told = error(answer)
    assert (answer.status, answer.json["id"], told["code"], told["data"]["code"]) == (status, None, code, name)
    assert told["data"]["request_id"] == answer.headers["x-request-id"]
    assert int(answer.headers["content-length"]) == len(answer.raw)
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)


def test_a_stopping_process(agent: Rpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "draining", True)
    answer = agent.send(LIST)
    assert (answer.status, error(answer)["code"], answer.headers["connection"]) == (503, -32010, "close")


def test_what_no_head_may_hold(agent: Rpc) -> None:
    for headers, status in (({"content-encoding": "gzip"}, 415), ({"x-much": "x" * 20_000}, 431)):
        answer = agent.send(LIST, headers)
        assert (answer.status, error(answer)["code"]) == (status, -32600)
