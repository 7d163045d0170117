"""What failed is left alone for a while, and then tried by one."""

import pytest

from intents.kernel import breaker


def test_after_a_pause_one_tries_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now[0])
    made = breaker.Breaker(5.0)
    assert made.admits()
    assert made.admits()
    assert made.open("away")
    assert not made.open("away")
    assert not made.admits()
    now[0] += 5.1
    assert [made.admits(), made.admits()] == [True, False]
    assert not made.open("away")
    now[0] += 5.1
    assert made.admits()
    assert made.close()
    assert not made.close()
    assert made.admits()
    assert made.admits()
