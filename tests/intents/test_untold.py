"""Work that was leased for somebody whom the server could not tell of it any more, since the database went away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

from intents.engine import outbox
from intents.engine.models import Delivery, DeliveryState
from intents.engine.services import deliveries
from tests.callers import KeyCaller
from tests.intents.factory import take
from tests.security.edge import Loop

AWAY = OperationalError("the server closed the connection unexpectedly")


def lost(work: Callable[..., Any], *, error: Exception = AWAY, done: bool = True, times: int = 1) -> Callable[..., Any]:
    """`work` whose answer is lost the first `times`, after it was committed if `done`."""
    left = [error] * times

    def run(*args: Any, **named: Any) -> Any:
        if not left:
            return work(*args, **named)
        if done:
            work(*args, **named)
        raise left.pop()

    return run


@pytest.mark.parametrize("done", [True, False])
def test_it_is_free_again_once_the_database_is_back_and_its_attempt_does_not_count(
    worker: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    ids = {shop.submit() for _ in range(2)}
    monkeypatch.setattr(deliveries, "dispatch", lost(deliveries.dispatch, error=InterfaceError("closed"), done=done))
    with pytest.raises(InterfaceError):
        take(worker, limit=2)
    assert take(worker, limit=2) == []
    monkeypatch.setattr(outbox, "return_undelivered", lost(outbox.return_undelivered, done=False))
    with pytest.raises(OperationalError):
        deliveries.return_untold()
    assert deliveries.any_untold()
    deliveries.return_untold()
    assert not deliveries.any_untold()
    assert {(str(one.intent.id), one.delivery.attempt) for one in take(worker, limit=2)} == {(one, 1) for one in ids}


def test_what_somebody_else_has_by_now_is_not_taken_from_them(
    worker: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.submit()
    monkeypatch.setattr(deliveries, "dispatch", lost(deliveries.dispatch))
    with pytest.raises(OperationalError):
        take(worker)
    outbox.make_ready([Delivery.objects.get().id])
    (held,) = take(worker)
    deliveries.return_untold()
    left = Delivery.objects.get()
    assert (left.state, left.lease_token) == (DeliveryState.LEASED, held.delivery.lease_token)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["stream", "claim"])
def test_whoever_waits_at_a_door_gets_it_soon(
    loop: Loop, worker: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    intent_id = shop.submit()
    monkeypatch.setattr(deliveries, "dispatch", lost(deliveries.dispatch))
    path = f"/agents/{worker.actor.name}"
    if door == "stream":
        stream = loop.open(worker, "GET", f"{path}/intents/stream")
        while (event := stream.read()) is not None and "intent.delivered" not in event:
            pass
        stream.leave()
        assert event is not None
        assert intent_id in event
    else:
        assert loop.send(worker, "POST", f"{path}/claim", body=b"{}").status == 503
        answer = loop.send(worker, "POST", f"{path}/claim", body=b'{"wait_seconds": 50}')
        assert [one["intent_id"] for one in answer.ok()["intents"]] == [intent_id]
