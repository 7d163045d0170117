"""What a worker does untold while Redis is away, but for looking what is due."""

from types import SimpleNamespace
from typing import Any

import pytest

from axme_site import celery, standby


class Tasks(dict[str, Any]):
    """Knows with what each was called last."""

    def __missing__(self, name: str) -> Any:
        return lambda *args: self.update({name: args})


def test_it_removes_and_carries_out_briefly_as_all_else_waits_for_that(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {name: entry | {"schedule": 0} for name, entry in celery.app.conf.beat_schedule.items()}
    assert told["intents.jobs.retain"]["args"] == (celery.BULK_SECONDS,)
    tasks = Tasks()
    monkeypatch.setattr(standby, "app", SimpleNamespace(conf=SimpleNamespace(beat_schedule=told), tasks=tasks))
    step: Any = standby.Standby(None)
    step._looker = SimpleNamespace(needed=True)
    step._others()
    brief = {"intents.jobs.retain": (celery.BRIEF_SECONDS,), "inbox.jobs.carry_out": (celery.BRIEF_SECONDS,)}
    assert tasks == {name: entry["args"] for name, entry in told.items() if name != celery.SWEEP} | brief
