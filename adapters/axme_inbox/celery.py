"""Celery: its workers do what an agent is called for, by a view of `axme_inbox.django`, and its tasks submit."""

import asyncio
from typing import Any

from celery import Celery, Task

from axme_inbox import submitting
from axme_inbox.client import Json
from axme_inbox.running import Agent


def worker(app: Celery, agent: Agent) -> Task:
    """A task that works on one delivery of the agent's, which it is given, until the intent is over or waits. No worker is
    held while it waits; when the wait is over the agent is called anew.

    What was in a message that is lost, or with a worker that died, comes again when its lease ends, and a message that comes
    late is let go: the queue need not be durable. For the pools prefork, threads and solo.
    """

    @app.task(name=f"axme_inbox.{agent.address}", ignore_result=True)
    def deliver(delivery: Json) -> None:
        asyncio.run(agent.work(delivery))

    return deliver


def submit(to: Agent | str, payload: Json | None = None, *, key: str, **more: Any) -> str:
    """Submit from a task or a view; the id of the intent. Under the same `key` once, however often the task is tried."""
    return asyncio.run(submitting.submit(to, payload, key=key, **more)).id
