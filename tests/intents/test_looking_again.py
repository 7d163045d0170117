"""For how long a credential is believed that was looked up."""

from types import SimpleNamespace
from typing import Any

import pytest

from intents import auth
from tests.callers import KeyCaller, PersonCaller


def test_looking_again_believes_for_as_long_as_the_first_time(
    worker: KeyCaller, alice: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never for longer: what is revoked must be found out within 5 s."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(auth, "time", SimpleNamespace(monotonic=lambda: clock.now))
    assert auth.TRUST_SECONDS < 5.0
    for secret in (worker.secret, alice.secret):
        assert auth.trusted_for(secret) is None
    worker.get("/intents").ok()
    alice.get("/intents").ok()
    for secret in (worker.secret, alice.secret):
        before = clock.now
        clock.now += auth.TRUST_SECONDS - 0.5
        assert auth.trusted_for(secret) == 0.5
        auth.look_again(secret)
        assert auth.trusted_for(secret) == auth.TRUST_SECONDS
        clock.now += auth.TRUST_SECONDS + 1.0
        assert auth.trusted_for(secret) == -1.0
        clock.now = before
    clock.now += 10.0
    assert auth.remembered(worker.secret) is None
    assert auth.remembered_person(alice.secret, "") is None


def test_a_credential_is_believed_from_when_it_was_asked_for_however_late_the_answer(
    worker: KeyCaller, alice: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been revoked while the answer was on its way."""
    clock, look_up = SimpleNamespace(now=1000.0), auth._look_up
    monkeypatch.setattr(auth, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def slowly(*asked: Any) -> Any:
        found = look_up(*asked)
        clock.now += auth.TRUST_SECONDS - 0.5
        return found

    monkeypatch.setattr(auth, "_look_up", slowly)
    for caller in (worker, alice):
        caller.get("/intents").ok()
        assert auth.trusted_for(caller.secret) == 0.5
        auth.look_again(caller.secret)
        assert auth.trusted_for(caller.secret) == 0.5
