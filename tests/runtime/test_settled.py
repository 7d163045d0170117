"""What a process of its own does before it works: the collector need not walk again and again what was loaded for good."""

import gc
import sys

import pytest
from celery.signals import celeryd_init, worker_init

from axme_site import serve
from axme_site.celery import app


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    done: list[object] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    monkeypatch.setattr(sys, "setswitchinterval", done.append)
    return done


def test_a_worker_begins_as_the_web_does(done: list[object]) -> None:
    celeryd_init.send(sender="worker@host", instance=None, conf=app.conf, options={})
    assert done == ["frozen", serve.SWITCH_SECONDS]


def test_one_in_the_webs_process_leaves_that_to_it(done: list[object]) -> None:
    """It may begin again and again there, and would keep each time what is to be let go of."""
    worker_init.send(sender=None)
    assert done == []
